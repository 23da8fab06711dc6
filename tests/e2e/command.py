"""The command line as a function."""

from collections.abc import Mapping
from typing import Protocol

from tests.e2e.running import Ended


class Command(Protocol):
    """Runs one command, and tells how it ended."""

    def __call__(
        self, *arguments: str, given: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Ended: ...
