"""Brings the assigned shards into memory, and lets them follow the definitions."""

import asyncio
import time
from collections.abc import Callable

import structlog

from services.evaluator.catalogue import DefinitionFeed
from services.evaluator.domain.watch import Watch
from services.evaluator.figures import Figures
from services.evaluator.held import Held, Holding
from services.evaluator.intake import Intake
from services.evaluator.load import ClaimStore, load
from services.evaluator.vitals import Vitals
from shared.clock import second_of
from shared.domain.errors import BrokerUnavailable, StoreUnavailable

TIDY_SECONDS = 3600.0  # how often series that nothing defines are looked for

log = structlog.get_logger(__name__)


class Takeover:
    """Claims, loads and starts shards; `shards` is how many there are in all."""

    def __init__(
        self,
        shards: int,
        store: ClaimStore,
        feed: DefinitionFeed,
        holding: Holding,
        intake: Intake,
        vitals: Vitals,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._shards = shards
        self._store = store
        self._feed = feed
        self._holding = holding
        self._intake = intake
        self._vitals = vitals
        self._now = now
        self._tidied = 0.0

    async def take_missing(self) -> None:
        """Take every assigned shard whose records are not read; what fails is tried again later."""
        try:
            for number in self._holding.missing(time.monotonic()):
                await self._take(number)
        except StoreUnavailable as error:
            self._vitals.store_failed("load", error)
        except BrokerUnavailable as error:
            self._vitals.broker_failed(error)

    async def follow(self) -> bool:
        """Read the definitions if they changed, and go by them; return whether they did."""
        changed = await self._feed.refresh()
        if changed:
            for number in list(self._holding.held):
                await self._redefine(number)
        if self._now() - self._tidied >= TIDY_SECONDS:
            self._tidied = self._now()
            for held in self._holding.held.values():
                held.shard.drop_undefined(second_of(self._now()))
        return changed

    async def _take(self, number: int) -> None:
        held = self._holding.held.get(number)
        if held is None:
            held = await self._load(number)
        if held is not None:
            await self._intake.start(held)

    async def _load(self, number: int) -> Held | None:
        """Return the shard under a new claim; None when it is not ours, or not defined, yet."""
        definitions = self._feed.current
        watch = await self._watch(number)
        if watch is None:
            return None
        generation = self._holding.generation
        loaded = await load(self._store, number, self._shards, watch, second_of(self._now()))
        self._vitals.store_answered()
        if number not in self._holding.assigned:
            return None
        held = Held(loaded.shard, loaded.epoch, Figures(loaded.shard), generation)
        self._holding.held[number] = held
        log.info("shard loaded", shard=number, epoch=held.epoch, rows=held.shard.counters.rows)
        if self._feed.current is not definitions:
            await self._redefine(number)
        return self._holding.held.get(number)

    async def _redefine(self, number: int) -> None:
        """Let a shard go by the current definitions; drop it when it must be loaded anew."""
        watch = await self._watch(number)
        held = self._holding.held.get(number)
        if held is None or watch is None:
            return
        if held.shard.reaches(watch):
            held.shard.use(watch, second_of(self._now()))
        else:
            log.info("loading a shard anew for a longer window", shard=number)
            self._holding.drop(number)

    async def _watch(self, number: int) -> Watch | None:
        current = self._feed.current
        return (
            None
            if current is None
            else await asyncio.to_thread(current.watch, number, second_of(self._now()))
        )
