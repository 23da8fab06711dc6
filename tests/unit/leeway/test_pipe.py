"""A command whose output nobody reads any more."""

import os

import pytest

from leeway.pipe import Pipe


@pytest.mark.parametrize("text", ["one line", "x" * 1_000_000])
def test_a_command_ends_as_done_when_the_reader_of_its_pipe_has_seen_enough(text: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with Pipe(os.fdopen(writer, "wb")) as out, pytest.raises(SystemExit) as ended:
        print(text, file=out, flush=True)
    assert ended.value.code == 0
