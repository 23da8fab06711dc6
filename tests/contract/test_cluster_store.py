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
