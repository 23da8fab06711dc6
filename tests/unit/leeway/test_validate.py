"""`leeway validate`: what it says, and what it exits with."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from leeway.__main__ import app

SERVICE = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop}\nspec: {}\n"


def validated(folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what is said of each file by its name."""
    answer = CliRunner().invoke(app, ["validate", str(folder), "-o", "json", *more])
    files = json.loads(answer.stdout)["files"]
    return answer.exit_code, {Path(file.pop("path")).name: file for file in files}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n---\n", "[]"])
def test_where_there_is_no_definition_at_all_the_answer_is_no(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)

    code, files = validated(tmp_path)

    assert code == 1
    (error,) = files["a.yaml"]["errors"]
    assert error["message"] == "there is no definition in it"


def test_a_file_without_definitions_beside_others_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("# nothing yet\n")
    (tmp_path / "b.yaml").write_text(SERVICE)

    code, files = validated(tmp_path)

    assert code == 0
    (warning,) = files["a.yaml"]["warnings"]
    assert warning["message"] == "there is no definition in it"
    assert files["b.yaml"] == {"valid": True, "errors": [], "warnings": []}


def test_strict_has_nothing_against_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("")

    code, files = validated(tmp_path, "--strict")

    assert code == 0
    assert files["a.yaml"]["valid"]
