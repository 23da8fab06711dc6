"""Topics as Kafka knows them: their ids, how many partitions they have, and how to make them."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource  # type: ignore[attr-defined]  # as documented
from confluent_kafka.cimpl import NewTopic

from shared.domain.errors import BrokerUnavailable
from shared.kafka.connection import KafkaConnection
from shared.kafka.trouble import connecting, translated

REQUEST_SECONDS = 10
HOUR_MS = 3_600_000
COUNTS_RETENTION_MS = 7 * 24 * HOUR_MS
DEAD_LETTERS_RETENTION_MS = 14 * 24 * HOUR_MS

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Topic:
    """One incarnation of a topic: a topic that is deleted and created again has another id."""

    name: str
    id: str
    partitions: int


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """How many replicas every partition of a topic has at least, and its settings by name."""

    replicas: int
    values: Mapping[str, str]


class Topics:
    """What a cluster says about its topics, asked afresh each time."""

    def __init__(self, admin: AdminClient) -> None:
        self._admin = admin

    async def describe(self, names: Collection[str]) -> dict[str, Topic]:
        """Return the topics of these names that exist; never creates one."""
        if not names:
            return {}
        asked = self._admin.describe_topics(
            TopicCollection(sorted(names)), request_timeout=REQUEST_SECONDS
        )
        found = {}
        for name, answer in asked.items():
            described = await _unless(
                KafkaError.UNKNOWN_TOPIC_OR_PART, answer, f"cannot describe the topic {name}"
            )
            if described is not None:
                found[name] = Topic(name, str(described.topic_id), len(described.partitions))
        return found

    async def configs(self, names: Collection[str]) -> dict[str, TopicConfig]:
        """Return how these topics are set, without those that may not be looked at."""
        if not names:
            return {}
        described = self._admin.describe_topics(
            TopicCollection(sorted(names)), request_timeout=REQUEST_SECONDS
        )
        resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in sorted(names)]
        asked = self._admin.describe_configs(resources, request_timeout=REQUEST_SECONDS)
        found = {}
        for resource, answer in asked.items():
            doing = f"cannot read the settings of the topic {resource.name}"
            entries = await _unless(KafkaError.TOPIC_AUTHORIZATION_FAILED, answer, doing)
            topic = await _unless(
                KafkaError.TOPIC_AUTHORIZATION_FAILED, described[resource.name], doing
            )
            if entries is not None and topic is not None:
                replicas = min((len(p.replicas) for p in topic.partitions), default=0)
                values = {name: entry.value for name, entry in entries.items()}
                found[resource.name] = TopicConfig(replicas, values)
        return found

    async def ensure(self, name: str, partitions: int, *, retention_ms: int) -> Topic:
        """Return the topic, which is created first when there is none."""
        if found := (await self.describe([name])).get(name):
            return found
        wanted = NewTopic(
            name,
            num_partitions=partitions,
            config={"cleanup.policy": "delete", "retention.ms": str(retention_ms)},
        )
        answer = self._admin.create_topics([wanted], operation_timeout=REQUEST_SECONDS)[name]
        doing = (
            f"cannot create the topic {name} with {partitions} partitions; create it,"
            " or grant an ACL on it (Create, Describe)"
        )
        await _unless(KafkaError.TOPIC_ALREADY_EXISTS, answer, doing)
        return await self._appeared(name)

    async def _appeared(self, name: str) -> Topic:
        for _ in range(50):
            if found := (await self.describe([name])).get(name):
                return found
            await asyncio.sleep(0.1)
        raise BrokerUnavailable(f"the topic {name} was created and does not appear")


class EmbeddedTopics:
    """The same for the embedded broker, which knows no ids, and makes topics at first use."""

    def __init__(self, admin: AIOKafkaAdminClient, run_id: str) -> None:
        self._admin = admin
        self._run_id = run_id

    async def describe(self, names: Collection[str]) -> dict[str, Topic]:
        """Return the topics of these names that exist; never creates one."""
        return {t.name: t for t in await self._ask(None) if t.name in names}

    async def configs(self, names: Collection[str]) -> dict[str, TopicConfig]:
        """Return nothing: this broker has no settings."""
        _ = names
        return {}

    async def ensure(self, name: str, partitions: int, *, retention_ms: int) -> Topic:
        """Return the topic; how many partitions it has, and keeps what, is the broker's choice."""
        _ = partitions, retention_ms
        (topic,) = await self._ask([name])
        return topic

    async def _ask(self, names: list[str] | None) -> list[Topic]:
        with translated("cannot list the topics"):
            answer = await self._admin.describe_topics(names)
        return [
            Topic(t["topic"], f"{self._run_id}/{t['topic']}", len(t["partitions"])) for t in answer
        ]


async def _unless(code: int, answer: Any, doing: str) -> Any:
    """Return the answer, or None when the broker answers with this code."""
    with translated(doing):
        try:
            return await asyncio.wrap_future(answer)
        except KafkaException as error:
            if error.args[0].code() == code:
                return None
            raise


@asynccontextmanager
async def open_admin(connection: KafkaConnection) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open an administration client, and close it on exit."""
    with connecting(connection.bootstrap, connection.suspicion):
        admin = AIOKafkaAdminClient(**connection.asyncio_options(), request_timeout_ms=20_000)
    try:
        with connecting(connection.bootstrap, connection.suspicion):
            await admin.start()
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def open_topics(connection: KafkaConnection) -> AsyncIterator[Topics | EmbeddedTopics]:
    """Open the view of the topics of this cluster, real or embedded."""
    if connection.run_id is not None:
        async with open_admin(connection) as admin:
            yield EmbeddedTopics(admin, connection.run_id)
        return
    yield Topics(AdminClient(connection.librdkafka_options()))
