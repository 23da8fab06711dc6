"""A command whose output nobody reads any more."""

import io
import os

import pytest

from leeway.pipe import Pipe


@pytest.mark.parametrize("text", ["one line", "x" * 1_000_000])
def test_a_command_ends_as_done_when_the_reader_of_its_pipe_has_seen_enough(text: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as unread, pytest.raises(SystemExit) as ended:
        print(text, file=Pipe(unread), flush=True)
    assert ended.value.code == 0


def test_what_a_pipe_writes_to_stays_open() -> None:
    stdout = io.BytesIO()
    for word in ("one", "two"):
        print(word, file=Pipe(stdout))
    assert stdout.getvalue() == b"one\ntwo\n"
