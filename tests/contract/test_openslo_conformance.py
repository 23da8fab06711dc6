"""The strict mode gives the verdict of the reference tool, measured on the OpenSLO projects' files.

The files are not part of this repository: LEEWAY_TEST_CONFORMANCE names the folder that holds
`openslo/`, else it is looked for beside the repository. Without it, tests/unit/definitions holds
one case of our own per rule.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from leeway.formatting.formatter import form_of, formatted
from shared.definitions.check import check
from shared.definitions.document import document_of
from shared.definitions.form import check_form
from shared.definitions.reader import read_paths, read_text
from shared.definitions.schema import json_schema
from shared.domain.errors import Problem

VALID = "valid"
BESIDE = Path(__file__).parents[2].parent / "shared" / "conformance"
NAMED_PROPERTY = re.compile(r"^  - '(.*?)'(?: with value .*)?:$", re.MULTILINE)
RENAMED = {"spec.service": "spec.serviceRef"}  # v2alpha's rule calls the property by its old name


@pytest.fixture(scope="module")
def suite() -> Path:
    folder = Path(os.environ.get("LEEWAY_TEST_CONFORMANCE", BESIDE)) / "openslo"
    if not folder.is_dir():
        pytest.skip(f"no conformance suite in {folder}; LEEWAY_TEST_CONFORMANCE names another")
    return folder


def judged(document: dict[str, Any]) -> tuple[Problem, ...]:
    return check([document_of(document)], strict=True).errors


def test_every_case_of_the_reference_tool_gets_its_verdict_and_its_paths(suite: Path) -> None:
    lines = (suite / "go-sdk-v1-cases.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    different: list[str] = []
    for case in cases:
        found = judged(case["document"])
        paths = {problem.path for problem in found}
        expected = {error["path"] for error in case.get("errors", ())}
        if (case["verdict"] == VALID) is bool(found) or (expected and paths != expected):
            different.append(f"{case['id']}: {case['verdict']} {expected}, not {found}")
    assert different == []
    assert len(cases) == 1092
    assert sum(case["verdict"] == VALID for case in cases) == 420


def test_every_case_reads_the_same_from_text(suite: Path) -> None:
    lines = (suite / "go-sdk-v1-cases.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines[::20]:
        case = json.loads(line)
        text = json.dumps(case["document"], indent=2)
        for file in ("case.json", "case.yaml"):
            documents, problems = read_text(text, file)
            assert problems == []
            assert [document.body for document in documents] == [case["document"]]


def test_the_json_schema_gives_the_verdict_of_the_default_form(suite: Path) -> None:
    validator = Draft202012Validator(json_schema())
    lines = (suite / "go-sdk-v1-cases.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        case = json.loads(line)
        found = check_form(document_of(case["document"]), strict=False).problems
        assert validator.is_valid(case["document"]) is not bool(found), (case["id"], found)


def test_every_file_of_the_manifest_gets_its_verdict(suite: Path) -> None:
    manifest = json.loads((suite / "manifest.json").read_text(encoding="utf-8"))
    different: list[str] = []
    for entry in manifest:
        reading = read_paths([suite / entry["file"]], strict=True)
        found = [*reading.problems, *check(reading.documents, strict=True).errors]
        if (entry["go_sdk_0.9.2"] == VALID) is bool(found):
            different.append(f"{entry['file']}: {entry['go_sdk_0.9.2']}, not {found}")
        missing = properties_in(entry.get("error", "")) - {problem.path for problem in found}
        if missing:
            different.append(f"{entry['file']}: nothing is said about {missing}")
    assert different == []
    assert len(manifest) == 186


def test_files_that_can_be_read_can_be_formatted_and_stay_so(suite: Path) -> None:
    manifest = json.loads((suite / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest[::4]:  # all take a minute
        path = suite / entry["file"]
        text, form = path.read_text(encoding="utf-8"), form_of(path.name, "")
        if not read_text(text, path.name)[1]:
            result = formatted(text, path.name, form)  # raises when it means something else
            assert formatted(result, path.name, form) == result, path


def properties_in(message: str) -> set[str]:
    return {RENAMED.get(path, path) for path in NAMED_PROPERTY.findall(message)}
