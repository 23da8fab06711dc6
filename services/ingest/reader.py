"""One partition that this process holds: its session, and the delivery of what it counts."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from services.ingest.dead_letters import LetterBox
from services.ingest.delivery import deliver
from services.ingest.desk import Desk
from services.ingest.domain.record import Raw
from services.ingest.domain.resume import Commit, metadata_of, resume
from services.ingest.domain.session import Emission, Session
from services.ingest.metrics import Progress
from services.ingest.opening import outset_of
from services.ingest.plan import TopicPlan
from services.ingest.survey import TopicReplaced
from shared.domain.errors import BrokerUnavailable, RefusedMessage, TruncatedLog
from shared.kafka.partition import Commit as Place
from shared.kafka.partition import Partition
from shared.wire import NEVER, Source

HEARTBEAT_SECONDS = 5.0
FIRST_CLAIM_SECONDS = 0.5  # until a session has claimed to be complete up to some moment
CELLS_PER_SECOND = 20_000  # that one source may send again
LONGEST_INTERVAL = 30.0  # below the time after which an objective is stale
WAITING_EMISSIONS = 32  # beyond these the partition is not read on
RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


class SourceReader:
    """Reads one partition by one revision of the definitions, for as long as it is held.

    It takes records only while `is_reading`; after `park` everything stands still until `unpark`.
    """

    def __init__(self, partition: Partition, plan: TopicPlan, desk: Desk) -> None:
        self.partition = partition
        self.session: Session | None = None
        self.stopped = ""  # why it will not be read any more
        self.topic_id = ""  # of the incarnation that is read, or was when it was stopped
        self._plan = plan
        self._desk = desk
        self._letters = LetterBox(desk.letters, desk.allowance, desk.metrics)
        self._progress: Progress | None = None
        self._sought = False
        self._unparked = asyncio.Event()
        self._unparked.set()
        self._news = asyncio.Event()
        self._still = asyncio.Event()  # set while no emission is on its way to Kafka
        self._still.set()
        self._due = 0.0
        self._heartbeat_due = 0.0

    @property
    def is_reading(self) -> bool:
        """Whether records of the partition are taken."""
        return self._sought and self.session is not None and self._unparked.is_set()

    @property
    def wants_seek(self) -> bool:
        """Whether the session is open and its position is to be set."""
        return not self._sought and self.session is not None and self._unparked.is_set()

    @property
    def is_full(self) -> bool:
        """Whether too much waits to be sent."""
        return self.session is not None and len(self.session.outbox) > WAITING_EMISSIONS

    @property
    def is_settled(self) -> bool:
        """Whether all that was queued is sent and committed."""
        if self.session is None:
            return True
        return not self.session.outbox and not self._desk.committer.waits_for(self.partition)

    def sought(self) -> None:
        """Note that the log's position is the session's."""
        self._sought = True

    def park(self) -> None:
        """Take no records and begin no emission: the partition may be somebody else's."""
        self._unparked.clear()
        self._sought = False

    def unpark(self) -> None:
        """Go on where the session stood."""
        self._sought = False
        self._unparked.set()

    async def still(self) -> None:
        """Wait until no emission is on its way to Kafka."""
        await self._still.wait()

    def take(self, records: Sequence[Raw], now: float) -> None:
        """Count the next records of the partition."""
        session = self.session
        if session is None:
            return
        session.stamp = self._desk.survey.begun
        if rejected := session.add(records):
            self._letters.put(rejected, now)
        if session.outbox:
            self._news.set()

    def flush_if_due(self, now: float, *, last: bool = False) -> None:
        """Queue what is new when it is time, or a heartbeat; with `last` whatever is new."""
        session = self.session
        if session is None or session.outbox or not self.is_reading:
            return
        due = last or now >= self._due
        if (due and session.has_news) or (not last and now >= self._heartbeat_due):
            session.stamp = self._desk.survey.begun
            if emission := session.flush():
                stretched = emission.size / CELLS_PER_SECOND
                interval = max(self._desk.emit_seconds, min(stretched, LONGEST_INTERVAL))
                self._due = now + interval - self._desk.emit_seconds / 2
                claims = session.complete_until != NEVER
                self._heartbeat_due = now + (HEARTBEAT_SECONDS if claims else FIRST_CLAIM_SECONDS)
                self._news.set()

    def report(self) -> None:
        """Bring the metrics up to date."""
        if self._progress is not None:
            self._progress.report()

    async def run(self) -> None:
        """Open a session and deliver what it counts, again after every trouble that may pass.

        Returns when the log was truncated. Raises RefusedMessage, which ends the process.
        """
        while not self.stopped:
            try:
                self.session = await self._open()
                self._desk.changed.set()
                await self._deliver()
            except TruncatedLog as error:
                self._stop(error)
            except (BrokerUnavailable, TopicReplaced) as error:
                await self._drop(error)

    async def _open(self) -> Session:
        desk, partition = self._desk, self.partition
        found = await outset_of(partition, desk.places, desk.survey)
        self.topic_id = found.topic.id
        start = resume(found.commit, found.log_start, found.log_end)
        log.info(
            "reading",
            partition=str(partition),
            offset=start.position,
            s=start.s,
            end=found.log_end,
        )
        self._letters = LetterBox(desk.letters, desk.allowance, desk.metrics)
        self._due = self._heartbeat_due = 0.0
        counter = self._plan.counter()
        self._progress = Progress(desk.metrics, self._plan.source, counter)
        return Session(
            partition.topic,
            Source(found.topic.id, partition.number),
            start,
            counter,
            revision=self._plan.revision,
            partitions=found.topic.partitions,
        )

    async def _deliver(self) -> None:
        while self.session is not None:
            await self._news.wait()
            self._news.clear()
            await deliver(self.session, self, self)
            self._still.set()

    async def _drop(self, error: Exception) -> None:
        self._close()
        self._desk.metrics.sessions_dropped.labels(type(error).__name__).inc()
        log.warning(
            "reading again from the commit", partition=str(self.partition), cause=str(error)
        )
        await asyncio.sleep(RETRY_SECONDS)

    def _stop(self, error: TruncatedLog) -> None:
        self._close()
        self.stopped = f"{self.partition}: {error}"
        log.error("stopped reading", partition=str(self.partition), cause=str(error))

    def _close(self) -> None:
        self._desk.committer.forget(self.partition)
        self.report()
        self.session, self._sought = None, False
        self._still.set()
        self._desk.changed.set()

    async def confirm(self, emission: Emission) -> None:
        """Wait until the partition is ours to send for, and the topic surely the same."""
        self._still.set()
        source = emission.messages[0].source
        await self._desk.survey.confirm(self.partition.topic, source.topic_id, emission.stamp)
        await self._unparked.wait()
        self._still.clear()

    async def append_all(self, messages: Mapping[int, bytes]) -> None:
        """Append to the counts topic; a refusal names the source, the chunk and the size."""
        try:
            await self._desk.counts.append_all(messages)
        except RefusedMessage as error:
            sizes = ", ".join(f"{q}: {len(message)} bytes" for q, message in messages.items())
            first = self.session.outbox[0].messages[0].first if self.session else None
            raise RefusedMessage(
                f"{error} (source {self.partition}, chunk from offset {first}, {sizes})"
            ) from error
        self._desk.metrics.messages.inc(len(messages))

    async def settle(self, below: int) -> None:
        """Await the dead letters of all records below this offset."""
        await self._letters.settle(below)

    async def commit(self, commit: Commit) -> None:
        """Have it committed to Kafka soon, for this incarnation of the topic."""
        place = Place(commit.e, metadata_of(commit, self.topic_id))
        self._desk.committer.put(self.partition, place)
