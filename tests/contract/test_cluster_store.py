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


async def test_a_try_to_write_changes_no_decision(cluster: SqlCluster | MemoryCluster) -> None:
    await cluster.counts_partitions(24)
    for at in (1, 2):
        await cluster.touch(at)
    assert await cluster.recorded_partitions() == 24
