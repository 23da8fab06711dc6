"""The topics of a local stack."""

from collections.abc import Sequence
from typing import Any

from leeway.stack.environment import Surroundings
from shared.definitions.source import data_sources
from shared.kafka.connection import KafkaConnection
from shared.kafka.topics import open_topics

_NOT_OURS = 1  # how many partitions there are and what they keep is the embedded broker's choice


async def make_topics(around: Surroundings, bodies: Sequence[dict[str, Any]]) -> None:
    """Make the topic of every data source, so that it counts from the start, not from first use."""
    connection = KafkaConnection(around.bootstrap, run_id=around.run_id)
    async with open_topics(connection) as topics:
        for source in data_sources(bodies).values():
            await topics.ensure(source.topic, _NOT_OURS, retention_ms=_NOT_OURS)
