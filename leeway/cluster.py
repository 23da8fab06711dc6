"""The topics that Leeway needs of a Kafka cluster: which, whether they are there, making them."""

from dataclasses import dataclass, field, replace

from leeway.topic_rule import Verdict, judge
from shared.definitions.source import BUILT_IN
from shared.kafka.connection import KafkaConnection
from shared.kafka.embedded import is_embedded
from shared.kafka.topics import (
    COUNTS_RETENTION_MS,
    DEAD_LETTERS_RETENTION_MS,
    Topic,
    TopicConfig,
    open_admin,
    open_topics,
)
from shared.settings import KafkaSettings

_RAW_RETENTION_MS = 72 * 3_600_000
_LOCAL = "local"
_SOURCE = "data source "


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as it should be, and as it was found, None when it is missing."""

    name: str
    what_for: str
    partitions: int
    retention_ms: int
    found: Topic | None = None
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def is_raw(self) -> bool:
        """Whether others write it."""
        return self.what_for.startswith(_SOURCE)


async def check_topics(settings: KafkaSettings) -> list[Wanted]:
    """Return Leeway's own topics, then those of the built-in data sources."""
    async with open_topics(await _connection(settings)) as cluster:
        wanted = _wanted(settings, 1)
        found = await cluster.describe([topic.name for topic in wanted])
        configs = await cluster.configs(found)
    return [_judged(topic, found.get(topic.name), configs.get(topic.name)) for topic in wanted]


async def create_topics(settings: KafkaSettings, partitions: int) -> list[Wanted]:
    """Create what is missing; return all, `found` being None for those that were missing."""
    async with open_topics(await _connection(settings)) as cluster:
        wanted = _wanted(settings, partitions)
        found = await cluster.describe([topic.name for topic in wanted])
        for topic in wanted:
            if topic.name not in found:
                await cluster.ensure(topic.name, topic.partitions, retention_ms=topic.retention_ms)
    return [replace(topic, found=found.get(topic.name)) for topic in wanted]


def _judged(topic: Wanted, found: Topic | None, config: TopicConfig | None) -> Wanted:
    verdict = Verdict()
    if config is not None:
        verdict = judge(config.values, config.replicas, raw=topic.is_raw)
    return replace(topic, found=found, verdict=verdict)


async def _connection(settings: KafkaSettings) -> KafkaConnection:
    """Return the connection, marked where the broker is a local stack's, which knows no ids."""
    connection = KafkaConnection.of(settings)
    async with open_admin(connection) as admin:
        embedded = await is_embedded(admin)
    return replace(connection, run_id=_LOCAL) if embedded else connection


def _wanted(settings: KafkaSettings, partitions: int) -> list[Wanted]:
    counts = settings.counts_partitions
    return [
        Wanted(settings.counts_topic, "counts", counts, COUNTS_RETENTION_MS),
        Wanted(settings.dead_letters_topic, "dead letters", partitions, DEAD_LETTERS_RETENTION_MS),
        *(
            Wanted(source.topic, f"{_SOURCE}{source.name}", partitions, _RAW_RETENTION_MS)
            for source in BUILT_IN.values()
        ),
    ]
