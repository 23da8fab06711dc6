"""Reads definitions out of texts, files, folders and standard input."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.definitions.document import Document, document_of
from shared.definitions.json_text import parse_json
from shared.definitions.node import Node, UnreadableText
from shared.definitions.yaml_text import parse_yaml
from shared.domain.errors import Problem

STANDARD_INPUT = "-"
SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(slots=True)
class Reading:
    """Everything found under some paths; `files` also names those that hold nothing."""

    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def read_text(text: str, file: str) -> tuple[list[Document], list[Problem]]:
    """Return the documents of a YAML or JSON text, and what is wrong with the text itself."""
    documents: list[Document] = []
    problems: list[Problem] = []
    try:
        for root in _roots(text.removeprefix("\ufeff"), file):
            for node in root.value if isinstance(root.value, list) else [root]:
                if isinstance(node.value, dict):
                    documents.append(document_of(node.plain(), file, node))
                elif node.value is not None:
                    problems.append(
                        Problem("an object was expected", "", node.line, node.column, file)
                    )
    except UnreadableText as error:
        problems.append(Problem(str(error), "", error.line, error.column, file))
    return documents, problems


def read_paths(paths: Sequence[Path]) -> Reading:
    """Read files, folders (*.yaml, *.yml and *.json below them) and `-`, standard input."""
    reading = Reading()
    for path in paths:
        if str(path) == STANDARD_INPUT:
            _read_into(reading, sys.stdin.buffer.read(), STANDARD_INPUT)
        elif path.is_dir():
            for file in _files_below(path):
                _read_file_into(reading, file)
        else:
            _read_file_into(reading, path)
    return reading


def _roots(text: str, file: str) -> Iterator[Node]:
    if file.endswith(".json"):
        yield parse_json(text)
        return
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield parse_json(text)
        except UnreadableText:
            yield from parse_yaml(text)
        return
    yield from parse_yaml(text)


def _files_below(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())


def _read_file_into(reading: Reading, file: Path) -> None:
    if str(file) in reading.files:
        return
    try:
        data = file.read_bytes()
    except OSError as error:
        reading.files.append(str(file))
        reading.problems.append(Problem(error.strerror or str(error), file=str(file)))
        return
    _read_into(reading, data, str(file))


def _read_into(reading: Reading, data: bytes, file: str) -> None:
    reading.files.append(file)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reading.problems.append(Problem("the text is not UTF-8", "", line, 0, file))
        return
    documents, problems = read_text(text, file)
    reading.documents.extend(documents)
    reading.problems.extend(problems)
