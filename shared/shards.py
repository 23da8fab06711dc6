"""How many shards there are: the partitions of the counts topic, decided at the first start."""

from typing import Protocol

from shared.domain.errors import LeewayError
from shared.kafka.topics import COUNTS_RETENTION_MS


class PartitionsChanged(LeewayError):
    """The counts topic no longer has the partitions it had at the first start."""


class CountsTopic(Protocol):
    """What Kafka says about a topic."""

    @property
    def partitions(self) -> int: ...


class TopicMaker(Protocol):
    """Makes sure that topics exist."""

    async def ensure(self, name: str, partitions: int, *, retention_ms: int) -> CountsTopic:
        """Return the topic, which is created first when there is none."""


class Records(Protocol):
    """Keeps what was decided at the first start."""

    async def counts_partitions(self, found: int) -> int:
        """Return how many partitions were recorded; `found` when nothing was yet."""


async def agree_on_shards(topics: TopicMaker, records: Records, name: str, wanted: int) -> int:
    """Return the number of shards; raises PartitionsChanged when it is not what it was."""
    found = await topics.ensure(name, wanted, retention_ms=COUNTS_RETENTION_MS)
    recorded = await records.counts_partitions(found.partitions)
    if recorded != found.partitions:
        raise PartitionsChanged(
            f"{name} has {found.partitions} partitions, but counting began with {recorded}:"
            " create it again with as many"
        )
    return recorded
