"""Reading what the group gives this process, and feeding it to the readers."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import structlog

from services.ingest.committer import Commits
from services.ingest.desk import Desk
from services.ingest.holdings import Holdings
from services.ingest.lag import Lag
from services.ingest.opening import Places
from services.ingest.plan import CounterFactory, plans
from services.ingest.trouble import Complaints
from services.ingest.watch import Logs, Watch
from shared.domain.errors import BrokerUnavailable, LeewayError, OffsetOutOfRange
from shared.domain.slo import Catalogue
from shared.health import SILENCE_SECONDS
from shared.kafka.partition import Partition

READ_SECONDS = 0.2
BATCH_RECORDS = 1_000
IDLE_SECONDS = 0.05
SENDING_TURNS = 4  # of the event loop between two reads
RETRY_SECONDS = 1.0
FINISH_SECONDS = 10.0
STALL_SECONDS = 180.0

log = structlog.get_logger(__name__)


class StalledConsumer(LeewayError):
    """The client does not fetch any more, and nothing says why."""


class RawLog(Logs, Places, Commits, Protocol):
    """The raw topics, as a member of the group sees them."""

    def seconds_since_fetch(self) -> float | None: ...

    def assignment(self) -> frozenset[Partition]: ...

    async def read(
        self, timeout_s: float, max_records: int
    ) -> Mapping[Partition, Sequence[Any]]: ...

    def seek(self, partition: Partition, offset: int) -> None: ...

    def pause(self, partitions: Iterable[Partition]) -> None: ...

    def resume(self, partitions: Iterable[Partition]) -> None: ...


class Pipeline:
    """One loop that reads, one that watches, and a reader for every partition held."""

    def __init__(self, raw: RawLog, desk: Desk, watch: Watch, holdings: Holdings) -> None:
        self._raw = raw
        self._desk = desk
        self._watch = watch
        self._holdings = holdings
        self._paused: set[Partition] = set()
        self._reads = False  # whether any reader takes records
        self._answered_at = time.monotonic()
        self._complaints = Complaints("reading")

    def adopt(self, catalogue: Catalogue, new_counter: CounterFactory) -> None:
        """Count by this revision of the definitions from now on."""
        self._holdings.adopt(plans(catalogue, new_counter))
        self._desk.metrics.revision.set(catalogue.revision)
        self._desk.survey.ask_for_look()

    async def run(self, stopping: asyncio.Event) -> None:
        """Read until told to stop; then finish the batch in hand, send, commit."""
        async with asyncio.TaskGroup() as tasks:
            self._holdings.open(tasks)
            helping = [
                tasks.create_task(self._watch.run()),
                tasks.create_task(self._desk.committer.run()),
                tasks.create_task(Lag(self._raw, self._holdings, self._desk.metrics).run()),
            ]
            reading = tasks.create_task(self._read_until(stopping))
            await stopping.wait()
            await asyncio.wait([reading], timeout=FINISH_SECONDS)
            reading.cancel()
            await self._finish()
            for task in helping:
                task.cancel()
            self._holdings.close()

    def reasons(self) -> list[str]:
        """Return why this process does not read all that it could, nothing when it does."""
        found = [reader.stopped for reader in self._holdings if reader.stopped]
        if self._holdings.plans.keys() - self._watch.missing and self._holdings.owned is None:
            found.append("waiting for the group to hand out partitions")
        opening = sum(not (r.is_reading or r.stopped) for r in self._holdings)
        if opening:
            found.append(f"{opening} partitions are being opened")
        if self._reads and not self._paused and self.poll_age() > SILENCE_SECONDS:
            found.append(f"Kafka was not read for {self.poll_age():.0f} s")
        troubles = (self._complaints, self._watch.complaints, self._desk.committer.complaints)
        return found + [trouble.text for trouble in troubles if trouble.text]

    def warnings(self) -> list[str]:
        """Return what there is nothing to read of: for ever, perhaps, so others must not wait."""
        return [f"the topic {topic} is missing" for topic in sorted(self._watch.missing)]

    def poll_age(self) -> float:
        """Return the seconds since Kafka last answered a fetch, or since reading began.

        The client forgets when that was at each rebalance; here it is remembered.
        """
        now, age = time.monotonic(), self._raw.seconds_since_fetch()
        if age is not None:
            self._answered_at = now - age
        return now - self._answered_at

    async def _read_until(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            if self._desk.changed.is_set():
                self._desk.changed.clear()
                self._seek()
            self._resume()
            if not self._reads:
                await asyncio.sleep(IDLE_SECONDS)
                continue
            try:
                batches = await self._raw.read(READ_SECONDS, BATCH_RECORDS)
            except OffsetOutOfRange as error:
                self._out_of_range(error)
            except BrokerUnavailable as error:
                self._complaints.about(error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._take(batches)
                await self._give_way()

    async def _give_way(self) -> None:
        """Let others go on: the client gives what it has without a pause.

        Sending takes many small steps, which would each wait for a batch of records.
        """
        sending = any(not reader.is_settled for reader in self._holdings)
        for _ in range(SENDING_TURNS if sending else 1):
            await asyncio.sleep(0)

    def _take(self, batches: Mapping[Partition, Sequence[Any]]) -> None:
        """Hand the records on; nothing may be awaited between reading and this."""
        now = time.monotonic()
        self._complaints.over()
        if batches:
            self._answered_at = now
        else:
            self._check_stall()
        for partition, records in batches.items():
            reader = self._holdings.get(partition)
            if reader is not None and reader.is_reading:
                reader.take(records, now)
                if reader.is_full:
                    self._pause(partition)

    def _seek(self) -> None:
        """Set the positions of the sessions that were opened, and stop the others."""
        held = self._raw.assignment()
        for reader in self._holdings:
            if reader.wants_seek and reader.session and reader.partition in held:
                with suppress(BrokerUnavailable):  # taken away at this moment
                    self._raw.seek(reader.partition, reader.session.next_offset)
                    reader.sought()
            elif reader.stopped:
                self._pause(reader.partition)
        if any(reader.wants_seek for reader in self._holdings):
            self._desk.changed.set()
        reads = any(reader.is_reading for reader in self._holdings)
        if reads and not self._reads:
            self._answered_at = time.monotonic()
        self._reads = reads

    def _pause(self, partition: Partition) -> None:
        if partition in self._raw.assignment():
            with suppress(BrokerUnavailable):
                self._raw.pause([partition])
                self._paused.add(partition)

    def _resume(self) -> None:
        """Read on where enough was sent; a partition without a session stays paused."""
        for partition in tuple(self._paused):
            reader = self._holdings.get(partition)
            if partition not in self._raw.assignment():
                self._paused.discard(partition)
            elif reader is not None and reader.is_reading and not reader.is_full:
                with suppress(BrokerUnavailable):
                    self._raw.resume([partition])
                    self._paused.discard(partition)

    def _out_of_range(self, error: OffsetOutOfRange) -> None:
        """Begin the sessions again whose place the log does not hold."""
        log.warning("reading again from the commit", cause=str(error))
        partitions = [Partition(*key) for key in error.positions]
        self._desk.metrics.sessions_dropped.labels("OffsetOutOfRange").inc(len(partitions))
        for partition in partitions:
            self._pause(partition)
        self._holdings.restart(partitions)

    async def _finish(self) -> None:
        """Send and commit what was read, as far as that is possible in the time there is."""
        deadline = time.monotonic() + FINISH_SECONDS
        while (now := time.monotonic()) < deadline:
            for reader in self._holdings:
                reader.flush_if_due(now, last=True)
            waiting = [r.partition for r in self._holdings if r.is_reading and not r.is_settled]
            if not waiting:
                return
            await asyncio.sleep(IDLE_SECONDS)
        log.warning("ending with counts that were not sent", partitions=len(waiting))

    def _check_stall(self) -> None:
        """End the process when the client hangs while Kafka answers: a restart is safe."""
        hangs = self._reads and not self._paused and self.poll_age() > STALL_SECONDS
        if hangs and not self._watch.complaints.text:
            raise StalledConsumer(f"Kafka answers, but nothing was fetched for {STALL_SECONDS} s")
