"""Standard output into a pipe: the command ends quietly when nobody reads on."""

import io
import os
import sys
from typing import NoReturn

from leeway.exit import ExitCode


class Pipe(io.TextIOWrapper):
    """Stdout whose reader may have seen enough (`leeway history | head -1`): that is no failure.

    An error would be caught on its way by what prints, and end with a 1: the answer is no.
    """

    def write(self, text: str, /) -> int:
        """Write, or end the command."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._end()

    def flush(self) -> None:
        """Flush, or end the command."""
        try:
            super().flush()
        except BrokenPipeError:
            self._end()

    def close(self) -> None:
        """Flush, and leave open what it writes to: that belongs to the stdout there was before."""
        self.flush()

    def _end(self) -> NoReturn:
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
        sys.exit(ExitCode.DONE)


def open_stdout() -> None:
    """Let stdout be such a pipe, unless it is a terminal."""
    out = sys.stdout
    if isinstance(out, io.TextIOWrapper) and not isinstance(out, Pipe) and not out.isatty():
        sys.stdout = Pipe(out.buffer, out.encoding, out.errors, line_buffering=out.line_buffering)
