"""A shard with its store and its log, in memory: it lives tick by tick, may die and come back."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from services.api.board import Board
from services.api.catalogue import Definitions
from services.api.figures import ShardFigures
from services.api.overview import Overview
from services.api.status import Clock
from services.evaluator.domain.shard import Shard
from services.evaluator.domain.watch import Watch, slos_of, watch_of
from services.evaluator.figures import Figures
from services.evaluator.load import load
from services.evaluator.save import completed, prepare
from shared.domain.errors import Fenced
from shared.memory import MemoryShards
from shared.wire import Counts
from tests.oracle.case import Way
from tests.oracle.wire import Partitions

STALE_AFTER = 60
T = TypeVar("T")


@dataclass
class Life:
    """What an evaluator makes of a log, whoever owns the shard at the moment."""

    definitions: Definitions
    at: int
    way: Way
    log: list[tuple[int, Counts]] = field(default_factory=list)
    store: MemoryShards = field(default_factory=MemoryShards)

    def __post_init__(self) -> None:
        self._partitions = Partitions(self.way)
        self._take_over()

    def tick(self, at: int, lines: Sequence[bytes] | None) -> None:
        """Learn of some events, and let it be `at`; with None nothing is heard of the sources."""
        self.at = at
        if lines is not None:
            for message in self._partitions.messages(self.definitions, lines, at):
                heard_at = at * 1000 if message.complete_until < 0 else message.complete_until
                self.log.append((heard_at, message))
        self._catch_up()
        self.shard.advance(at, STALE_AFTER)

    def repeat(self, number: int) -> None:
        """Hear a message again that a former owner of the source sent late."""
        heard_at, _ = self.log[-1]
        self.log.append((heard_at, self.log[number % len(self.log)][1]))

    def save(self) -> None:
        """Store what there is."""
        _done(self.store.flush(self._flush()))

    def die(self) -> None:
        """Give the shard to another owner, who goes on from the store; the old one is fenced."""
        late = self._flush()
        self._take_over()
        with pytest.raises(Fenced):
            _done(self.store.flush(late))

    def define(self, definitions: Definitions) -> bool:
        """Go by other definitions; return whether the shard must be loaded anew for them."""
        self.definitions = definitions
        watch = self._watch()
        if not self.shard.reaches(watch):
            return True
        self.shard.use(watch, self.at)
        return False

    def board(self) -> Board:
        """The figures of the last tick."""
        return Board(1, {0: ShardFigures(Figures(self.shard).snapshot(self.at))})

    def statuses(self) -> list[dict[str, Any]]:
        """Where every SLO stands."""
        overview = Overview(self.definitions, self.board(), Clock(self.at, STALE_AFTER))
        return [overview.status(one.name).model_dump(mode="json") for one in overview.entries]

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that fired, as stored."""
        rows = sorted(self.store.alerts.rows.values(), key=lambda row: row.began_at)
        return [
            {
                "policy": row.policy,
                "objective": row.objective,
                "condition": row.condition,
                "group": dict(row.group),
                "reason": row.reason,
                "from": row.fired_at.isoformat(),
                "to": None if row.resolved_at is None else row.resolved_at.isoformat(),
            }
            for row in rows
            if row.fired_at is not None
        ]

    def _flush(self) -> Any:
        return _done(completed(self.store, prepare(self.shard, self._epoch)))

    def _take_over(self) -> None:
        loaded = _done(load(self.store, 0, 1, self._watch(), self.at))
        self.shard: Shard = loaded.shard
        self._epoch = loaded.epoch
        self._catch_up()

    def _catch_up(self) -> None:
        for offset in range(self.shard.progress.next_offset, len(self.log)):
            self.shard.apply(offset, *self.log[offset])
        self.shard.settle()

    def _watch(self) -> Watch:
        catalogue = self.definitions.catalogue
        return watch_of(catalogue, slos_of(catalogue, 1).get(0, []), 0, 1, self.at)


def _done(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
