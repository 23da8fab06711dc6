"""What every process of one installation must agree on, in SQL."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.sql.schema.count import cluster
from shared.sql.transaction import reading, writing
from shared.sql.upsert import insert_into, upsert

_COUNTS_PARTITIONS = "counts_partitions"
_TOUCHED = "heartbeat"
_VOUCHED = "vouched/{}"
_RECORDED = select(cluster.c.value).where(cluster.c.name == _COUNTS_PARTITIONS)


class SqlCluster:
    """Decisions that are taken once, by whoever comes first; and how the shards fared lately."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def counts_partitions(self, found: int) -> int:
        """Return how many partitions the counts topic had at the first start.

        `found`, what it has now, is recorded when nothing is yet; the caller compares.
        """
        recorded = await self.recorded_partitions()
        if recorded is not None:
            return recorded
        async with writing(self._engine) as connection:
            await connection.execute(
                insert_into(connection, cluster)
                .values(name=_COUNTS_PARTITIONS, value=found)
                .on_conflict_do_nothing()
            )
            return int((await connection.execute(_RECORDED)).scalar_one())

    async def vouch(self, shards: Collection[int], *, at: int, since: int) -> list[int]:
        """Note that these shards are well; return those of all that nobody vouched for `since`.

        Something is written in any case. Raises StoreUnavailable when that is impossible.
        """
        names = [_TOUCHED, *(_VOUCHED.format(number) for number in sorted(shards))]
        async with writing(self._engine) as connection:
            rows = [{"name": name, "value": at} for name in names]
            await connection.execute(upsert(connection, cluster), rows)
            recorded = await connection.scalar(_RECORDED) or 0
            lately = select(cluster.c.name).where(cluster.c.value >= since)
            well = set(await connection.scalars(lately))
        return [number for number in range(recorded) if _VOUCHED.format(number) not in well]

    async def recorded_partitions(self) -> int | None:
        """Return how many partitions were recorded, None before the first start."""
        async with reading(self._engine) as connection:
            recorded = await connection.scalar(_RECORDED)
        return None if recorded is None else int(recorded)
