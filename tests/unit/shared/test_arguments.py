"""Services are told by their environment, and say so to whoever gives them arguments."""

import sys

import pytest

from services.ingest.settings import IngestSettings
from shared.arguments import take_no_arguments


def given(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["services/ingest/__main__.py", *arguments])


def test_nothing_is_said_where_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch)
    take_no_arguments("ingest", IngestSettings)


@pytest.mark.parametrize("argument", ["-h", "--help"])
def test_help_lists_what_is_read(
    argument: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, argument)
    with pytest.raises(SystemExit) as ended:
        take_no_arguments("ingest", IngestSettings)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ended.value.code == 0
    assert ["LEEWAY_KAFKA_BOOTSTRAP", "required"] in lines
    assert ["LEEWAY_EMIT_SECONDS", "0.5"] in lines
    assert ["LEEWAY_KAFKA_SSL_CA_FILE"] in lines


def test_an_argument_that_would_be_ignored_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, "--port", "9000")
    with pytest.raises(SystemExit) as ended:
        take_no_arguments("ingest", IngestSettings)
    assert ended.value.code == 2
    assert "takes no arguments, but '--port' was given" in capsys.readouterr().err
