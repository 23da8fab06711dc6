"""How a command ends when it does not succeed: one message for a person, one code for a script."""

from enum import IntEnum

from shared.domain.errors import LeewayError


class ExitCode(IntEnum):
    """What the shell learns."""

    DONE = 0
    NO = 1  # the answer is no: invalid files, a breached SLO, a stack that fell
    USAGE = 2
    UNREACHABLE = 3  # the server, broker or database


class CommandFailed(LeewayError):
    """A command ends here; the message says what is wrong, where, and what to do."""

    def __init__(self, message: str, code: ExitCode = ExitCode.NO) -> None:
        super().__init__(message)
        self.code = code
