"""The recipes are valid together, formatted, and all listed."""

import re
from pathlib import Path

from leeway.formatting.formatter import Form, formatted
from shared.definitions.check import check
from shared.definitions.compile import compile_catalogue
from shared.definitions.reader import read_paths

FOLDER = Path(__file__).parents[3] / "examples" / "cookbook"


def test_all_recipes_together_are_valid_without_a_warning_and_can_be_evaluated() -> None:
    reading = read_paths([FOLDER])
    found = check(reading.documents)
    assert (reading.problems, found.errors, found.warnings) == ([], (), ())
    bodies = [document.body for document in reading.documents]
    assert compile_catalogue(bodies, revision=1, counted_from={}).not_evaluated == {}


def test_every_recipe_is_formatted_and_listed() -> None:
    files = sorted(FOLDER.glob("*.yaml"))
    for file in files:
        assert formatted(file.read_text(), str(file), Form.YAML) == file.read_text()
    listed = re.findall(r"\]\((.*\.yaml)\)", (FOLDER / "README.md").read_text())
    assert sorted(listed) == [file.name for file in files]
