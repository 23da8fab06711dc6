import asyncio

from shared.memory import MemoryCluster
from shared.sql.cluster import SqlCluster


async def test_the_first_number_of_counts_partitions_is_kept(
    cluster: SqlCluster | MemoryCluster,
) -> None:
    assert await cluster.counts_partitions(24) == 24
    assert await cluster.counts_partitions(4) == 24


async def test_services_that_start_together_agree_on_one_number(
    cluster: SqlCluster | MemoryCluster,
) -> None:
    answers = await asyncio.gather(*(cluster.counts_partitions(n) for n in range(1, 9)))
    assert len(set(answers)) == 1


async def test_reading_the_number_of_counts_partitions_records_none(
    cluster: SqlCluster | MemoryCluster,
) -> None:
    assert await cluster.recorded_partitions() is None
    await cluster.counts_partitions(24)
    assert await cluster.recorded_partitions() == 24


async def test_shards_that_nobody_vouched_for_lately_are_named(
    cluster: SqlCluster | MemoryCluster,
) -> None:
    assert await cluster.vouch({0, 11}, at=100, since=40) == []  # nobody knows yet how many
    await cluster.counts_partitions(12)
    assert await cluster.vouch(range(1, 11), at=150, since=90) == []
    assert await cluster.vouch({0}, at=170, since=110) == [11]
    assert await cluster.vouch((), at=211, since=151) == [*range(1, 12)]
    assert await cluster.recorded_partitions() == 12


async def test_two_evaluators_vouch_at_the_same_time(cluster: SqlCluster | MemoryCluster) -> None:
    await cluster.counts_partitions(4)
    turns = [cluster.vouch(shards, at=100, since=40) for shards in ([3, 1], [1, 3], [0, 2]) * 5]
    await asyncio.gather(*turns)
    assert await cluster.vouch((), at=100, since=40) == []
