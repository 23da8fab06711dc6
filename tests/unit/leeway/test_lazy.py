import subprocess
import sys

import pytest
from typer.testing import CliRunner

from leeway.__main__ import app
from leeway.lazy import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_of_its_own(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0
    assert f"leeway {name} [OPTIONS]" in result.output.replace("root ", "leeway ")


def test_the_help_lists_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert [name for name in COMMANDS if f" {name} " not in shown] == []


def test_a_misspelt_command_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(app, ["valdate"])
    assert result.exit_code == 2
    assert "'validate'" in result.output


def test_a_command_does_not_wait_for_the_imports_of_the_others() -> None:
    program = (
        "import sys; from leeway.lazy import command_of; command_of('status');"
        "print([name for name in ('lark', 'sqlalchemy', 'fastapi') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"
