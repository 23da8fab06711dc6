"""Builds ingest out of its parts and runs it."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial

import structlog
from prometheus_client import CollectorRegistry

from services.ingest.app import create_app
from services.ingest.committer import Committer
from services.ingest.dead_letters import Allowance, DeadLetterLog
from services.ingest.definitions import Definitions, DefinitionsFeed
from services.ingest.delivery import CountsLog
from services.ingest.desk import Desk
from services.ingest.domain.counting import Counter
from services.ingest.holdings import Holdings
from services.ingest.metrics import Metrics
from services.ingest.pipeline import Pipeline, RawLog
from services.ingest.plan import ReportingCounter
from services.ingest.settings import IngestSettings
from services.ingest.survey import Survey
from services.ingest.trouble import Complaints
from services.ingest.watch import Watch
from shared.domain.errors import BrokerUnavailable, StoreUnavailable
from shared.domain.slo import SLO
from shared.kafka.connection import KafkaConnection
from shared.kafka.counts_log import open_counts_writer
from shared.kafka.dead_letters import open_dead_letters
from shared.kafka.raw_log import open_raw_log
from shared.kafka.topics import (
    DEAD_LETTERS_RETENTION_MS,
    EmbeddedTopics,
    Topic,
    Topics,
    open_topics,
)
from shared.runtime import run_main, run_service
from shared.shards import agree_on_shards
from shared.sql.cluster import SqlCluster
from shared.sql.definitions import SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import require_current

RETRY_SECONDS = 2.0
DEAD_LETTER_PARTITIONS = 6
RAW_RETENTION_MS = 0  # the embedded broker keeps what it can

log = structlog.get_logger(__name__)


class Ingest:
    """Ingest with everything it is connected to; waits for what is not there yet."""

    def __init__(self, settings: IngestSettings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._pipeline: Pipeline | None = None
        self._feed: DefinitionsFeed | None = None
        self._waiting = Complaints("starting")

    def reasons(self) -> list[str]:
        """Return why ingest is not ready, nothing when it is."""
        if self._pipeline is None or self._feed is None:
            return [self._waiting.text or "connecting to Kafka and the database"]
        waiting = [] if self._feed.has_any else [self._feed.trouble]
        return waiting + self._pipeline.reasons()

    def warnings(self) -> list[str]:
        """Return what keeps some topics from being counted, and is for others to mend."""
        return [] if self._pipeline is None else self._pipeline.warnings()

    async def run(self, stopping: asyncio.Event) -> None:
        """Connect, and ingest until told to stop."""
        settings, connection = self._settings, KafkaConnection.of(self._settings)
        while not stopping.is_set():
            try:
                async with (
                    open_engine(
                        settings.database_url, lock_timeout_ms=settings.database_lock_timeout_ms
                    ) as engine,
                    open_topics(connection) as topics,
                    open_counts_writer(connection, settings.counts_topic) as counts,
                    open_dead_letters(
                        connection, settings.dead_letters_topic, settings.ingest_group
                    ) as letters,
                    open_raw_log(connection, settings.ingest_group) as raw,
                ):
                    await require_current(engine)
                    shards = await self._own_topics(topics, SqlCluster(engine))
                    view = _MadeTopics(topics) if isinstance(topics, EmbeddedTopics) else topics
                    await self._ingest(
                        self._pipeline_over(raw, counts, letters, Survey(view)),
                        SqlDefinitions(engine),
                        shards,
                        stopping,
                    )
                    return
            except (BrokerUnavailable, StoreUnavailable) as error:
                self._waiting.about(error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), RETRY_SECONDS)

    async def _own_topics(self, topics: Topics | EmbeddedTopics, cluster: SqlCluster) -> int:
        """Make sure of the topics that ingest writes, and return the number of shards."""
        settings = self._settings
        await topics.ensure(
            settings.dead_letters_topic,
            DEAD_LETTER_PARTITIONS,
            retention_ms=DEAD_LETTERS_RETENTION_MS,
        )
        return await agree_on_shards(
            topics, cluster, settings.counts_topic, settings.counts_partitions
        )

    def _pipeline_over(
        self, raw: RawLog, counts: CountsLog, letters: DeadLetterLog, survey: Survey
    ) -> Pipeline:
        desk = Desk(
            places=raw,
            committer=Committer(raw, raw.assignment),
            counts=counts,
            letters=letters,
            allowance=Allowance(),
            survey=survey,
            metrics=self._metrics,
            emit_seconds=self._settings.emit_seconds,
            changed=asyncio.Event(),
        )
        holdings = Holdings(desk)
        return Pipeline(raw, desk, Watch(raw, holdings, desk, now_ms=_now_ms), holdings)

    async def _ingest(
        self, pipeline: Pipeline, definitions: Definitions, shards: int, stopping: asyncio.Event
    ) -> None:
        feed = DefinitionsFeed(
            definitions, partial(pipeline.adopt, new_counter=partial(self._counter, shards))
        )
        self._waiting.over()
        self._pipeline, self._feed = pipeline, feed
        self._metrics.poll_age.set_function(pipeline.poll_age)
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(feed.run())
            await pipeline.run(stopping)
            following.cancel()

    def _counter(self, shards: int, topic: str, slos: Sequence[SLO]) -> ReportingCounter:
        return Counter(
            topic,
            slos,
            shards=shards,
            too_late_s=self._settings.too_late_seconds,
            future_s=self._settings.future_seconds,
        )


class _MadeTopics:
    """The topics of the embedded broker, where nobody makes a topic before it is used."""

    def __init__(self, topics: EmbeddedTopics) -> None:
        self._topics = topics

    async def describe(self, names: Collection[str]) -> Mapping[str, Topic]:
        found = dict(await self._topics.describe(names))
        for name in set(names) - found.keys():
            found[name] = await self._topics.ensure(name, 1, retention_ms=RAW_RETENTION_MS)
        return found


async def main(settings: IngestSettings) -> None:
    """Open what ingest needs, run it, and close it all in reverse."""
    metrics = Metrics(CollectorRegistry())
    ingest = Ingest(settings, metrics)
    await run_service(
        create_app(ingest.reasons, ingest.warnings, metrics.registry),
        host=settings.http_host,
        port=settings.http_port,
        background=[ingest.run],
    )


def run() -> None:
    """Start ingest with settings from the environment."""
    run_main("ingest", IngestSettings, main)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
