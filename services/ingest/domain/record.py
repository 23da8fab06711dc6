"""A record as it came from Kafka, and what becomes of one that may not be counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.domain.reason import Reason


class Raw(Protocol):
    """A record of a raw topic; `timestamp` is in milliseconds, below 0 when missing."""

    @property
    def offset(self) -> int: ...

    @property
    def timestamp(self) -> int: ...

    @property
    def key(self) -> bytes | None: ...

    @property
    def value(self) -> bytes | None: ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that may not be counted, and why."""

    record: Raw
    reason: Reason
    detail: str
