"""The shards that this process owns."""

from dataclasses import dataclass, field

import structlog

from services.evaluator.domain.shard import Shard
from services.evaluator.figures import Figures
from services.evaluator.save import Prepared
from shared.sql.shard_rows import Flush

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Held:
    """One shard and what is under way with it.

    `reading`: its records are taken. `generation`: in which assignment it was claimed. `prepared`
    and then `flush`: a flush that is not done yet; its outcome may be unknown. `saved_offset` and
    `saved_at` describe the last flush, `shown` the last status that was stored.
    """

    shard: Shard
    epoch: int
    figures: Figures
    generation: int
    reading: bool = False
    prepared: Prepared | None = None
    flush: Flush | None = None
    saved_offset: int = -1
    saved_at: float = 0.0
    shown: object = None


@dataclass(slots=True)
class Holding:
    """All shards of this process, by number: those the group assigned, and what is held of them.

    `fenced` are the assigned shards that somebody else took over, with the time (monotonic
    seconds) from which on they may be claimed again: a process that was stopped for a while
    claims once, and learns from the group within `patience` seconds that nothing is its own.
    """

    patience: float
    generation: int = 0
    assigned: set[int] = field(default_factory=set)
    held: dict[int, Held] = field(default_factory=dict)
    fenced: dict[int, float] = field(default_factory=dict)

    def assign(self, numbers: set[int]) -> None:
        """Keep what is still ours; the rest is dropped, its figures with it."""
        self.generation += 1
        self.assigned = numbers
        self.fenced = {}
        self.suspend()
        for number in list(self.held):
            if number not in numbers:
                self.drop(number)

    def suspend(self) -> None:
        """Take no records until the group has decided again."""
        for held in self.held.values():
            held.reading = False

    def drop(self, number: int) -> None:
        """Forget a shard and its figures; what was not saved is counted again by its next owner."""
        self.held.pop(number, None)

    def lose(self, held: Held, now: float) -> None:
        """Drop a shard that another process has taken over since we claimed it."""
        number = held.shard.number
        if self.held.get(number) is held:
            log.warning("another process took the shard over", shard=number, epoch=held.epoch)
            self.drop(number)
            claimed_now = held.generation == self.generation
            self.fenced[number] = now + (self.patience if claimed_now else 0)

    def epochs(self) -> dict[int, int]:
        """Return the epoch under which each shard is held, by number."""
        return {number: held.epoch for number, held in self.held.items()}

    def missing(self, now: float) -> list[int]:
        """Return the assigned shards whose records are not taken yet, and may be."""
        reading = {number for number, held in self.held.items() if held.reading}
        waiting = {number for number, until in self.fenced.items() if now < until}
        return sorted(self.assigned - reading - waiting)
