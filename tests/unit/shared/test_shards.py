"""The number of shards is decided once."""

from dataclasses import dataclass

import pytest

from shared.shards import PartitionsChanged, agree_on_shards


@dataclass
class Topic:
    partitions: int


@dataclass
class Topics:
    """Has one topic, of so many partitions, or makes it as it is wanted."""

    partitions: int | None = None

    async def ensure(self, name: str, partitions: int, *, retention_ms: int) -> Topic:
        self.partitions = self.partitions or partitions
        return Topic(self.partitions)


@dataclass
class Records:
    recorded: int | None = None

    async def counts_partitions(self, found: int) -> int:
        self.recorded = self.recorded or found
        return self.recorded


async def test_what_the_topic_has_at_the_first_start_holds_whatever_is_wanted_later() -> None:
    topics, records = Topics(), Records()
    assert await agree_on_shards(topics, records, "counts", 6) == 6
    assert await agree_on_shards(topics, records, "counts", 24) == 6


async def test_a_topic_made_again_with_other_partitions_is_refused_with_what_to_do() -> None:
    with pytest.raises(PartitionsChanged, match=r"counts has 4 .* began with 6: create it again"):
        await agree_on_shards(Topics(4), Records(6), "counts", 6)
