"""The evaluator's work: own shards, read their counts, evaluate, publish and save."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from services.evaluator.held import Holding
from services.evaluator.intake import Intake
from services.evaluator.publisher import Publisher
from services.evaluator.saver import Saver
from services.evaluator.silence import SilenceFeed
from services.evaluator.takeover import Takeover
from services.evaluator.vitals import Vitals
from services.evaluator.waiting import wait_for
from shared.clock import second_of
from shared.domain.errors import BrokerUnavailable
from shared.kafka.partition import Partition

READ_SECONDS = 0.5  # how long one read waits for something to arrive
LAG_SECONDS = 10.0  # between two looks at how much waits to be read
STOPPING_SECONDS = 10.0  # for reading what is left, and again for saving it
TURNED_BACK = 60  # seconds that the clock may go back; beyond, everything is loaded anew

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are done, in seconds."""

    tick: float = 1.0
    flush: float = 5.0
    stale_after: int = 60
    poll: float = 2.0  # of the definitions
    retry: float = 1.0


class Evaluator:
    """Keeps the shards that the group assigned to this process; also the group's listener."""

    def __init__(
        self,
        *,
        holding: Holding,
        takeover: Takeover,
        intake: Intake,
        publisher: Publisher,
        saver: Saver,
        silences: SilenceFeed,
        vitals: Vitals,
        pace: Pace,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._takeover = takeover
        self._holding = holding
        self._intake = intake
        self._publisher = publisher
        self._saver = saver
        self._silences = silences
        self._vitals = vitals
        self._pace = pace
        self._now = now
        self._at = 0
        self._stopping = False
        self._reading = asyncio.Lock()
        self._ticked = asyncio.Event()
        self._happened = asyncio.Event()  # something did to an alert
        self._assigned = asyncio.Event()

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """Take no more records; what is held stays until the group has decided."""
        self._holding.suspend()

    async def assigned(self, partitions: frozenset[Partition]) -> None:
        """Own exactly these partitions; they are loaded elsewhere, so this returns at once."""
        self._holding.assign({partition.number for partition in partitions})
        self._assigned.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; then read what is left, save it, and return."""
        works = (
            self._follow,
            self._take_over,
            self._read,
            self._measure,
            self._tick,
            self._publish,
            self._save,
        )
        async with asyncio.TaskGroup() as tasks:
            helpers = [tasks.create_task(work(), name=work.__name__) for work in works]
            await stopping.wait()
            self._stopping = True
            await self._finish()
            for helper in helpers:
                helper.cancel()

    async def _read(self) -> None:
        """Read on and on; waiting for the group to decide must not hold up the ticks."""
        while True:
            async with self._reading:
                if self._stopping:
                    return
                try:
                    await self._intake.read(READ_SECONDS)
                    self._vitals.broker_answered()
                except BrokerUnavailable as error:
                    self._vitals.broker_failed(error)
            await asyncio.sleep(self._pace.retry if self._vitals.broker else 0)

    async def _measure(self) -> None:
        while True:
            await self._intake.measure()
            await asyncio.sleep(LAG_SECONDS)

    async def _tick(self) -> None:
        due = time.monotonic()
        while True:
            due = max(due + self._pace.tick, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            self.tick()

    def tick(self) -> None:
        """Evaluate everything as of now."""
        now = second_of(self._now())
        if now < self._at - TURNED_BACK:
            log.warning("the clock was turned back: loading everything anew", by=self._at - now)
            self._holding.held.clear()
        elif now < self._at:
            now = self._at
        started, self._at = time.perf_counter(), now
        for held in self._holding.held.values():
            held.shard.advance(now, self._pace.stale_after, self._silences.known)
        self._vitals.ticked(time.perf_counter() - started)
        self._ticked.set()
        if any(held.shard.alerting.happened for held in self._holding.held.values()):
            self._happened.set()

    async def _follow(self) -> None:
        while True:
            await self._silences.refresh(self._now())
            if await self._takeover.follow():
                self._assigned.set()
            await asyncio.sleep(self._pace.poll)

    async def _take_over(self) -> None:
        while True:
            self._assigned.clear()
            await self._takeover.take_missing()
            await wait_for(self._assigned, self._pace.retry)

    async def _publish(self) -> None:
        while True:
            await self._ticked.wait()
            self._ticked.clear()
            if not await self._publisher.publish(self._at):
                await asyncio.sleep(self._pace.retry)

    async def _save(self) -> None:
        """Save regularly, and at once what happened to alerts."""
        due = time.monotonic() + self._pace.flush
        while True:
            await wait_for(self._happened, due - time.monotonic())
            self._happened.clear()
            urgent = time.monotonic() < due
            if not await self._saver.save(urgent=urgent):
                due = time.monotonic() + self._pace.retry
            elif not urgent:
                due = time.monotonic() + self._pace.flush

    async def _finish(self) -> None:
        """Read the log to its end, evaluate, and save everything, as far as time allows."""
        try:
            async with asyncio.timeout(STOPPING_SECONDS):
                await self._drain()
        except (TimeoutError, BrokerUnavailable) as error:
            log.warning("what is left in the counts log is read at the next start", why=str(error))
        self.tick()
        try:
            async with asyncio.timeout(STOPPING_SECONDS):
                saved = await self._saver.save(everything=True)
                await self._publisher.publish(self._at)
        except TimeoutError:
            saved = False
        log.info("stopped", saved=saved)

    async def _drain(self) -> None:
        if any(held.reading for held in self._holding.held.values()):
            async with self._reading:
                await self._read_to_the_end()

    async def _read_to_the_end(self) -> None:
        for number, end in (await self._intake.remaining()).items():
            while (held := self._holding.held.get(number)) and held.reading:
                if held.shard.progress.next_offset >= end:
                    break
                await self._intake.read(0.1)
