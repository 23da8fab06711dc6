"""Why a notification did not arrive."""

from shared.domain.errors import LeewayError


class Undelivered(LeewayError):
    """A receiver did not take a notification; the message never holds a secret."""


class Refused(Undelivered):
    """It will not take it however often it is tried: a person must do something."""


class Unreached(Undelivered):
    """Trying again may help, not before `retry_after` seconds where the receiver said so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
