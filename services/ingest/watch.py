"""Looking at the topics at a steady pace: what is due goes out, and is confirmed by the look."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from services.ingest.desk import Desk
from services.ingest.holdings import Holdings
from services.ingest.reader import SourceReader
from services.ingest.trouble import Complaints
from shared.domain.errors import BrokerUnavailable
from shared.kafka.partition import Partition
from shared.kafka.topics import Topic
from shared.wire import NEVER

LOOK_SECONDS = 0.1  # between two looks, however much hurry there is
RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Logs(Protocol):
    """What the watch asks of the raw topics and tells them."""

    def subscribe(self, topics: Collection[str], listener: Holdings) -> None: ...

    async def position(self, partition: Partition) -> int: ...

    async def end_offsets(self, partitions: Collection[Partition]) -> Mapping[Partition, int]: ...


class Watch:
    """Decides when sessions emit, and up to when they are complete."""

    def __init__(
        self, logs: Logs, holdings: Holdings, desk: Desk, *, now_ms: Callable[[], int]
    ) -> None:
        self.missing: frozenset[str] = frozenset()
        self._logs = logs
        self._holdings = holdings
        self._desk = desk
        self._now_ms = now_ms
        self._subscribed: frozenset[str] = frozenset()
        self._asking: set[str] = set()
        self._measured: set[str] = set()
        self.complaints = Complaints("looking at the topics")

    async def run(self) -> None:
        """Look again and again, for ever; questions that take long are tasks of their own."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._pace()
                await self._reach_ends()
                now = time.monotonic()
                for reader in self._holdings:
                    reader.flush_if_due(now)
                try:
                    await self._look(tasks)
                except BrokerUnavailable as error:
                    self.complaints.about(error)
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    self.complaints.over()

    async def _look(self, tasks: asyncio.TaskGroup) -> None:
        at = self._now_ms()  # before anything is asked
        found = await self._desk.survey.look(self._holdings.plans)
        self._subscribe(found)
        self._holdings.restart(
            reader.partition
            for reader in self._holdings
            if reader.topic_id and reader.partition.topic in found
            if reader.topic_id != found[reader.partition.topic].id
        )
        self._probe(at, found, tasks)
        self._measure(at)

    async def _pace(self) -> None:
        await asyncio.sleep(LOOK_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._desk.emit_seconds - LOOK_SECONDS):
                await self._desk.survey.asked_for()

    async def _reach_ends(self) -> None:
        """Tell sessions that only markers are left before the end that they wait for."""
        for reader in self._holdings:
            session = reader.session
            if session is None or not session.wants_end or not reader.is_reading:
                continue
            with suppress(BrokerUnavailable):
                position = await self._logs.position(reader.partition)
                if reader.session is session and reader.is_reading:
                    session.reach(position)

    def _subscribe(self, found: Mapping[str, Topic]) -> None:
        wanted = frozenset(self._holdings.plans)
        missing = wanted - found.keys()
        if missing - self.missing:
            log.warning("topics are missing", topics=sorted(missing))
        self.missing = missing
        self._desk.metrics.missing_topics.set(len(missing))
        # A topic that was deleted stays subscribed: it may be created again at any moment.
        subscribed = (self._subscribed & wanted) | (wanted & found.keys())
        if subscribed and subscribed != self._subscribed:
            log.info("subscribing", topics=sorted(subscribed))
            self._logs.subscribe(subscribed, self._holdings)
            self._subscribed = subscribed

    def _probe(self, at: int, found: Mapping[str, Topic], tasks: asyncio.TaskGroup) -> None:
        """Ask for the ends of the partitions of each topic; one stuck topic delays no other."""
        wanting: dict[str, list[SourceReader]] = {}
        for reader in self._holdings:
            topic = found.get(reader.partition.topic)
            session = reader.session
            if topic and session and session.wants_probe and reader.topic_id == topic.id:
                wanting.setdefault(topic.name, []).append(reader)
        for name in wanting.keys() - self._asking:
            tasks.create_task(self._ask_ends(at, found[name], wanting[name]))

    async def _ask_ends(self, at: int, topic: Topic, readers: Sequence[SourceReader]) -> None:
        sessions = {reader.partition: reader.session for reader in readers}
        self._asking.add(topic.name)
        try:
            ends = await self._logs.end_offsets(list(sessions))
        except BrokerUnavailable as error:
            log.warning("no ends of the log", topic=topic.name, cause=str(error))
            await asyncio.sleep(RETRY_SECONDS)
            return
        finally:
            self._asking.discard(topic.name)
        for partition, session in sessions.items():
            if session is not None:
                session.probe(at, topic.partitions, ends[partition])

    def _measure(self, at: int) -> None:
        since: dict[str, int] = {}
        self._desk.metrics.partitions.set(len(self._holdings))
        self._desk.metrics.stopped.set(sum(bool(reader.stopped) for reader in self._holdings))
        for reader in self._holdings:
            reader.report()
            complete = reader.session.complete_until if reader.session else NEVER
            if complete != NEVER:
                topic = reader.partition.topic
                since[topic] = min(complete, since.get(topic, complete))
        for topic in self._measured - since.keys():
            self._desk.metrics.lag.remove(topic)
        self._measured = set(since)
        for topic, complete in since.items():
            self._desk.metrics.lag.labels(topic).set(max(0, at - complete) / 1000)
