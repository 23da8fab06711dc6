"""How much may be sent to one target at a time: a slow one must not hold up the others."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.evaluator.delivery.backoff import pause
from services.evaluator.delivery.outcome import Unreached

AT_ONCE = 8
LONGEST_CLOSED = 60.0  # seconds between two attempts to reach a target that is away


@dataclass(slots=True)
class Lane:
    """What is under way to one target.

    After a failure that may pass, the lane is closed for a while, and then one attempt shows
    whether the target is back. `held` keeps everything else away for as long as it is set.
    """

    busy: int = 0
    failures: int = 0
    closed_until: datetime | None = None
    held: bool = False

    def room(self, now: datetime) -> int:
        """Return how many attempts may begin now."""
        if self.held or (self.closed_until is not None and now < self.closed_until):
            return 0
        return max(0, (1 if self.failures else AT_ONCE) - self.busy)

    def succeeded(self) -> None:
        """Note that the target answered, whatever it said."""
        self.failures, self.closed_until = 0, None

    def failed(self, failure: Unreached, now: datetime, chance: float) -> None:
        """Note that the target could not be reached.

        What fails while the lane is closed was under way when it was: that is no further failure.
        """
        closed = self.closed_until is not None and now < self.closed_until
        self.failures += not closed
        seconds = min(LONGEST_CLOSED, pause(self.failures, chance))
        if failure.retry_after is not None:
            seconds = failure.retry_after
        until = now + timedelta(seconds=seconds)
        self.closed_until = until if self.closed_until is None else max(until, self.closed_until)


class Lanes:
    """The lanes of all targets; whoever looks for room and then uses it holds `choosing`."""

    def __init__(self) -> None:
        self.choosing = asyncio.Lock()
        self._lanes: defaultdict[str, Lane] = defaultdict(Lane)

    def of(self, target: str) -> Lane:
        """Return the lane of a target."""
        return self._lanes[target]

    def full(self, now: datetime) -> list[str]:
        """Return the targets to which nothing may be sent now."""
        return [target for target, lane in self._lanes.items() if not lane.room(now)]
