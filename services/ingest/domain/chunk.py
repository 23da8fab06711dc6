"""Where one chunk of a partition ends and the next begins.

The rule looks at the records alone, so every session of every replica cuts alike: a record starts
a new chunk when it lies in a later block of offsets, or when its minute is later than that of
every record of the chunk so far. A chunk's minute is therefore that of its first record.
"""

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from services.ingest.domain.record import Raw

BLOCK = 10_000  # offsets
MINUTE = 60_000  # milliseconds

_OFFSET = attrgetter("offset")
_TIMESTAMP = attrgetter("timestamp")


class Chunk:
    """The chunk being counted. Its identity is `first`, the offset of its first record."""

    __slots__ = ("_block", "_end", "_next_minute", "first")

    def __init__(self, block: int = BLOCK) -> None:
        self._block = block
        self.first: int | None = None
        self._end = 0  # the offset at which its block ends
        self._next_minute = 0  # the least timestamp (ms) that lies in a later minute

    def take(self, records: Sequence[Raw]) -> int:
        """Return how many of these next records belong to the chunk; the one after starts anew.

        `records` has at least one; an empty chunk takes it. A missing timestamp (below 0) never
        cuts, and a chunk of such records alone is cut by the first timestamp.
        """
        if self.first is None:
            self._begin(records[0])
        length = len(records)
        if records[-1].offset >= self._end:
            length = bisect_left(records, self._end, key=_OFFSET)
        inside = records if length == len(records) else records[:length]
        if max(map(_TIMESTAMP, inside), default=-1) >= self._next_minute:
            later = self._next_minute
            length = next(i for i, record in enumerate(inside) if record.timestamp >= later)
        return length

    def close(self) -> None:
        """Make room for the next chunk."""
        self.first = None

    def _begin(self, record: Raw) -> None:
        self.first = record.offset
        self._end = (record.offset // self._block + 1) * self._block
        missing = record.timestamp < 0
        self._next_minute = 0 if missing else (record.timestamp // MINUTE + 1) * MINUTE
