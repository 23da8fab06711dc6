"""Rejected records on their way to the dead-letter topic, no more of them than people can read.

Only the letters are limited: the counts of rejected records stay exact.
"""

from collections import Counter, deque
from collections.abc import Sequence
from typing import Protocol, cast

from services.ingest.domain.record import Rejected
from services.ingest.metrics import Metrics
from shared.kafka.dead_letters import DeadLetter, Original

LETTERS_PER_SECOND, LETTERS_AT_ONCE = 200, 2_000
BYTES_PER_SECOND, BYTES_AT_ONCE = 4 << 20, 32 << 20


class DeadLetterLog(Protocol):
    """The dead-letter topic."""

    async def send_all(self, letters: Sequence[DeadLetter]) -> int:
        """Append the letters, and return how many were refused for good."""


class Allowance:
    """How many letters may still go out: two buckets that fill again with time."""

    def __init__(self) -> None:
        self._letters = float(LETTERS_AT_ONCE)
        self._bytes = float(BYTES_AT_ONCE)
        self._at: float | None = None

    def refill(self, now: float) -> None:
        """Add what has become free by `now` (seconds of any steady clock)."""
        passed = 0.0 if self._at is None else now - self._at
        self._at = now
        self._letters = min(LETTERS_AT_ONCE, self._letters + passed * LETTERS_PER_SECOND)
        self._bytes = min(BYTES_AT_ONCE, self._bytes + passed * BYTES_PER_SECOND)

    def grants(self, size: int) -> bool:
        """Whether a letter of this many bytes may go out; if so it is taken as sent."""
        size = min(size, BYTES_AT_ONCE)
        if self._letters < 1 or self._bytes < size:
            return False
        self._letters -= 1
        self._bytes -= size
        return True


class LetterBox:
    """The dead letters of one session that wait to be sent before its next commit."""

    def __init__(self, log: DeadLetterLog, allowance: Allowance, metrics: Metrics) -> None:
        self._log = log
        self._allowance = allowance
        self._metrics = metrics
        self._waiting: deque[DeadLetter] = deque()

    def put(self, rejected: Sequence[Rejected], now: float) -> None:
        """Keep as many of these as the allowance grants."""
        self._allowance.refill(now)
        for reason, count in Counter(each.reason for each in rejected).items():
            self._metrics.dead_letters.labels(reason.value).inc(count)
        withheld = 0
        for each in rejected:
            if self._allowance.grants(len(each.record.value or b"")):
                record = cast(Original, each.record)
                self._waiting.append(DeadLetter(record, each.reason.value, each.detail))
            else:
                withheld += 1
        if withheld:
            self._metrics.dead_letters_withheld.labels("limit").inc(withheld)

    async def settle(self, below: int) -> None:
        """Send the letters of the records below this offset, and wait until they are kept."""
        due = []
        while self._waiting and self._waiting[0].record.offset < below:
            due.append(self._waiting.popleft())
        if due:
            refused = await self._log.send_all(due)
            if refused:
                self._metrics.dead_letters_withheld.labels("refused").inc(refused)
