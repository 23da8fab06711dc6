"""Reads definitions out of texts, files, folders and standard input."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from shared.definitions.document import Document, document_of
from shared.definitions.json_text import parse_json
from shared.definitions.node import Duplicate, Node, UnreadableText
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

    @property
    def empty(self) -> list[str]:
        """The files that could be read and hold no definition, as those of comments alone do."""
        full = {document.file for document in self.documents}
        full |= {problem.file for problem in self.problems}
        return [file for file in self.files if file not in full]


def read_text(
    text: str, file: str, *, strict: bool = False
) -> tuple[list[Document], list[Problem]]:
    """Return the documents of a YAML or JSON text, and what is wrong with the text itself.

    Strict reads as the reference tool does: YAML 1.1, and of two equal keys the last one counts.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    duplicates: list[Duplicate] = []
    try:
        for root in _roots(text.removeprefix("\ufeff"), file, duplicates, strict=strict):
            for node in root.value if isinstance(root.value, list) else [root]:
                if isinstance(node.value, dict):
                    documents.append(document_of(node.plain(), file, node))
                elif node.value is not None:
                    problems.append(
                        Problem("an object was expected", "", node.line, node.column, file)
                    )
    except UnreadableText as error:
        problems.append(Problem(str(error), "", error.line, error.column, file))
    problems.extend(
        Problem(f"the key {twice.key!r} is there twice", "", twice.line, twice.column, file)
        for twice in (() if strict else duplicates)
    )
    return documents, problems


def read_paths(paths: Sequence[Path], *, strict: bool = False) -> Reading:
    """Read files, folders (*.yaml, *.yml and *.json below them) and `-`, standard input.

    What is hidden below a folder, its name beginning with a dot, is left out.
    """
    reading = Reading()
    for path in paths:
        if str(path) == STANDARD_INPUT:
            _read_into(reading, sys.stdin.buffer.read(), STANDARD_INPUT, strict=strict)
        elif path.is_dir():
            for file in files_below(path):
                _read_file_into(reading, file, strict=strict)
        else:
            _read_file_into(reading, path, strict=strict)
    return reading


def _roots(text: str, file: str, duplicates: list[Duplicate], *, strict: bool) -> Iterator[Node]:
    if file.endswith(".json"):
        yield parse_json(text, duplicates)
        return
    if text.lstrip()[:1] in ("{", "["):
        with suppress(UnreadableText):
            yield parse_json(text, duplicates)
            return
        duplicates.clear()
    yield from parse_yaml(text, duplicates, as_in_go=strict)


def files_below(folder: Path) -> list[Path]:
    """Return what may hold definitions, in order.

    None that is hidden: Kubernetes mounts a ConfigMap's files twice.
    """
    return sorted(
        file
        for file in folder.rglob("*")
        if file.suffix in SUFFIXES
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        and file.is_file()
    )


def _read_file_into(reading: Reading, file: Path, *, strict: bool) -> None:
    if str(file) in reading.files:
        return
    try:
        data = file.read_bytes()
    except OSError as error:
        reading.files.append(str(file))
        reading.problems.append(Problem(error.strerror or str(error), file=str(file)))
        return
    _read_into(reading, data, str(file), strict=strict)


def _read_into(reading: Reading, data: bytes, file: str, *, strict: bool) -> None:
    reading.files.append(file)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reading.problems.append(Problem("the text is not UTF-8", "", line, 0, file))
        return
    documents, problems = read_text(text, file, strict=strict)
    reading.documents.extend(documents)
    reading.problems.extend(problems)
