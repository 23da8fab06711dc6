"""What tests of the commands may ask for."""

import io
import os
import sys
from collections.abc import Mapping

import pytest

from leeway.__main__ import main
from tests.e2e.command import Command
from tests.e2e.running import Ended


@pytest.fixture
def leeway(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command line in this process: a new one takes seconds to start."""

    def run(*arguments: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> Ended:
        monkeypatch.setattr(sys, "argv", ["leeway", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        for name in [name for name in os.environ if name.startswith("LEEWAY_")]:
            monkeypatch.delenv(name)
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Ended(int(ended.value.code or 0), told.out, told.err)

    return run
