"""Builds the evaluator out of its parts and runs it."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import structlog
from prometheus_client import CollectorRegistry

from services.evaluator.app import create_app
from services.evaluator.catalogue import DefinitionFeed
from services.evaluator.clearance import Clearance
from services.evaluator.delivery.access import Secrets
from services.evaluator.delivery.courier import Courier
from services.evaluator.delivery.directory import Directory
from services.evaluator.delivery.http import HttpxHttp
from services.evaluator.delivery.lane import Lanes
from services.evaluator.delivery.metrics import DeliveryMetrics
from services.evaluator.delivery.office import Office
from services.evaluator.delivery.post_office import receivers
from services.evaluator.delivery.receivers.alertmanager import Alertmanager
from services.evaluator.delivery.standing import Standing
from services.evaluator.evaluator import Evaluator, Pace
from services.evaluator.heartbeat import PATIENCE_BEATS, Health, Heartbeat
from services.evaluator.held import Holding
from services.evaluator.intake import Intake
from services.evaluator.metrics import Metrics
from services.evaluator.publisher import Publisher
from services.evaluator.readiness import Readiness
from services.evaluator.saver import Saver
from services.evaluator.settings import EvaluatorSettings
from services.evaluator.silence import SilenceFeed
from services.evaluator.takeover import Takeover
from services.evaluator.vitals import Vitals
from services.evaluator.waiting import wait_for
from shared.domain.errors import BrokerUnavailable, StoreUnavailable
from shared.kafka.connection import KafkaConnection
from shared.kafka.counts_log import CountsReader, open_counts_reader
from shared.kafka.topics import EmbeddedTopics, Topics, open_topics
from shared.runtime import Work, run_main, run_service
from shared.shards import agree_on_shards
from shared.sql.cluster import SqlCluster
from shared.sql.definitions import SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import require_current
from shared.sql.outbox import SqlOutbox
from shared.sql.past import SqlPast
from shared.sql.shards import SqlShards
from shared.sql.silences import SqlSilences

RETRY_SECONDS = 2.0
READ_SHARE = 0.25  # of the time between two ticks, that counts may wait to be read
READ_WAIT_SECONDS = 0.25  # and no longer than this

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """What is kept in the database."""

    shards: SqlShards
    definitions: SqlDefinitions
    cluster: SqlCluster
    silences: SqlSilences


@dataclass(slots=True)
class Service:
    """The evaluator with everything it is connected to; waits for what is not there yet."""

    settings: EvaluatorSettings
    stores: Stores
    holding: Holding
    vitals: Vitals
    readiness: Readiness

    async def run(self, stopping: asyncio.Event) -> None:
        """Connect and work until told to stop."""
        connection = KafkaConnection.of(self.settings)
        while not stopping.is_set():
            try:
                async with (
                    open_topics(connection) as topics,
                    open_counts_reader(
                        connection,
                        self.settings.evaluator_group,
                        wait_ms=_wait_ms(self.settings.tick_seconds),
                    ) as counts,
                ):
                    shards = await agree_on_shards(
                        topics,
                        self.stores.cluster,
                        self.settings.counts_topic,
                        self.settings.counts_partitions,
                    )
                    await self._evaluate(shards, topics, counts, stopping)
                    return
            except BrokerUnavailable as error:
                self.vitals.broker_failed(error)
            except StoreUnavailable as error:
                self.vitals.store_failed("start", error)
            await wait_for(stopping, RETRY_SECONDS)

    async def _evaluate(
        self,
        shards: int,
        topics: Topics | EmbeddedTopics,
        counts: CountsReader,
        stopping: asyncio.Event,
    ) -> None:
        settings, holding, vitals = self.settings, self.holding, self.vitals
        feed = DefinitionFeed(self.stores.definitions, shards)
        intake = Intake(settings.counts_topic, counts, topics, holding, vitals)
        evaluator = Evaluator(
            holding=holding,
            takeover=Takeover(shards, self.stores.shards, feed, holding, intake, vitals),
            intake=intake,
            publisher=Publisher(self.stores.shards, holding, vitals),
            saver=Saver(self.stores.shards, holding, vitals),
            silences=SilenceFeed(self.stores.silences),
            vitals=vitals,
            pace=Pace(settings.tick_seconds, settings.flush_seconds, settings.stale_after_seconds),
        )
        self.readiness.feed = feed
        vitals.watch_fetches(counts.seconds_since_fetch)
        counts.subscribe([settings.counts_topic], evaluator)
        await evaluator.run(stopping)


def notifying(
    service: Service, outbox: SqlOutbox, client: httpx.AsyncClient, registry: CollectorRegistry
) -> list[Work]:
    """Return the work of telling others: of alerts, and that all is well."""
    settings, holding, vitals = service.settings, service.holding, service.vitals
    metrics, lanes, http = DeliveryMetrics(registry), Lanes(), HttpxHttp(client)
    public_url = str(settings.public_url) if settings.public_url else None
    directory = Directory(
        service.readiness.targets, receivers(http), Secrets(settings.secrets_dir), public_url
    )
    office = Office(
        Courier(outbox, directory, lanes, metrics, owned=holding.epochs, now=_utc_now),
        Standing(outbox, directory, lanes, Alertmanager(http), owned=holding.epochs, now=_utc_now),
        outbox,
        metrics,
        vitals,
        owned=holding.epochs,
        now=_utc_now,
    )
    every = settings.heartbeat_seconds
    health = Health(
        service.readiness.reasons,
        vitals,
        service.stores.cluster,
        holding.epochs,
        PATIENCE_BEATS * every,
    )
    url = settings.heartbeat_url.get_secret_value() if settings.heartbeat_url else None
    heartbeat = Heartbeat(client, url, health, metrics, every_seconds=every)
    return [office.run, heartbeat.run]


def clearing(service: Service, past: SqlPast) -> Work:
    """Return the work of removing what is long over."""
    keep = timedelta(days=service.settings.keep_alerts_days)
    owned = service.holding.epochs
    return Clearance(past, keep, service.vitals, owned=owned, now=_utc_now).run


async def main(settings: EvaluatorSettings) -> None:
    """Open what the evaluator needs, run it, and close it all in reverse."""
    registry = CollectorRegistry()
    vitals, holding = Vitals(registry), Holding(settings.kafka_session_timeout_ms / 1000)
    readiness, metrics = Readiness(holding, vitals), Metrics(holding)
    async with (
        open_engine(
            settings.database_url, lock_timeout_ms=settings.database_lock_timeout_ms
        ) as engine,
        httpx.AsyncClient() as client,
    ):
        stores = Stores(
            SqlShards(engine), SqlDefinitions(engine), SqlCluster(engine), SqlSilences(engine)
        )
        service = Service(settings, stores, holding, vitals, readiness)

        async def work(stopping: asyncio.Event) -> None:
            while not stopping.is_set():
                try:
                    await require_current(engine)
                    break
                except StoreUnavailable as error:
                    vitals.store_failed("start", error)
                await wait_for(stopping, RETRY_SECONDS)
            await service.run(stopping)

        await run_service(
            create_app(readiness.reasons, registry, metrics.render, metrics.render_sloth),
            host=settings.http_host,
            port=settings.http_port,
            background=[
                work,
                *notifying(service, SqlOutbox(engine), client, registry),
                clearing(service, SqlPast(engine)),
            ],
        )


def _wait_ms(tick_seconds: float) -> int:
    return int(1000 * min(tick_seconds * READ_SHARE, READ_WAIT_SECONDS))


def run() -> None:
    """Start the evaluator with settings from the environment."""
    run_main("evaluator", EvaluatorSettings, main)


def _utc_now() -> datetime:
    return datetime.now(UTC)
