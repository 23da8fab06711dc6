import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from shared.logs import DISCREET, QUIET, SeldomRepeated, configure_logs


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*QUIET, *DISCREET)}
    yield
    root.handlers[:], root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_our_lines_and_those_of_libraries_have_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(form="json", service="ingest")
    structlog.get_logger("ours").info("read", records=3)
    logging.getLogger("aiokafka.conn").error("lost %s", "broker 1")

    ours, theirs = told(capsys)
    assert (ours["event"], ours["records"], ours["service"]) == ("read", 3, "ingest")
    assert (theirs["event"], theirs["logger"]) == ("lost broker 1", "aiokafka.conn")
    assert theirs["service"] == "ingest"
    assert {"timestamp", "level"} <= ours.keys() & theirs.keys()


@pytest.mark.parametrize(
    "name", ["httpx", "httpcore.http11", "urllib3.connectionpool", "apprise", "aiokafka.conn"]
)
def test_who_knows_secrets_never_chats(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logs(form="json", level="DEBUG")
    logging.getLogger(name).info("POST https://hooks.example.com/t0ken")

    assert told(capsys) == []


@pytest.mark.parametrize(("level", "heard"), [("INFO", 0), ("DEBUG", 1)])
def test_libraries_chat_only_when_debugging(
    capsys: pytest.CaptureFixture[str], level: str, heard: int
) -> None:
    configure_logs(form="json", level=level)
    logging.getLogger("aiokafka.consumer").info("Subscribed")

    assert len(told(capsys)) == heard


def test_what_kafkas_client_says_again_and_again_is_written_once_a_minute() -> None:
    now = 0.0
    seldom = SeldomRepeated(60, lambda: now)

    def passes(text: str, name: str = "aiokafka.conn") -> bool:
        return seldom.filter(logging.LogRecord(name, logging.ERROR, "", 0, text, None, None))

    assert [passes("lost broker 1") for _ in range(3)] == [True, False, False]
    assert passes("lost broker 2")
    assert passes("lost broker 1", "ours")
    assert passes("lost broker 1", "ours")
    now = 60.0
    assert passes("lost broker 1")


@pytest.mark.parametrize(("level", "heard"), [("INFO", 1), ("DEBUG", 2)])
def test_repetitions_are_written_only_when_debugging(
    capsys: pytest.CaptureFixture[str], level: str, heard: int
) -> None:
    configure_logs(form="json", level=level)
    for _ in range(2):
        logging.getLogger("aiokafka.conn").error("lost %s", "broker 1")

    assert len(told(capsys)) == heard


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_is_logged_with_its_traceback(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"]
) -> None:
    configure_logs(form=form)
    try:
        int("many")
    except ValueError as error:
        structlog.get_logger().critical("ended", exc_info=error)

    text = capsys.readouterr().err
    assert "ValueError" in text
    assert "test_an_exception_is_logged" in text
    assert len(text.splitlines()) == 1 or form == "console"


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_never_tells_the_values_of_variables(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"]
) -> None:
    configure_logs(form=form)
    password = "-".join(("very", "secret"))
    try:
        int(password[:0])
    except ValueError:
        structlog.get_logger("ours").exception("broken")

    assert password not in capsys.readouterr().err
