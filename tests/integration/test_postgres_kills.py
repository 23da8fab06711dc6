"""PostgreSQL killed with -9 while several owners write: nothing is lost, nothing is doubled.

The bounded form kills it a few times, the long one (`make soak`) sixty times.
"""

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from shared.domain.errors import StoreUnavailable
from shared.sql.definitions import Change, SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.sql.shards import SqlShards
from tests.support.flush import a_flush, everything, held_after
from tests.support.postgres import Postgres
from tests.support.waiting import eventually

OWNERS = 4
LOCK_TIMEOUT_MS = 500


@dataclass
class Owner:
    """Flushes one shard without a pause, and repeats what it does not know the outcome of."""

    url: str
    shard: int
    flushed: int = 0
    unknown: int = 0
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        async with open_engine(self.url, lock_timeout_ms=LOCK_TIMEOUT_MS) as engine:
            shards, definitions = SqlShards(engine), SqlDefinitions(engine)
            epoch = (await shards.claim(self.shard)).epoch
            while not self.ending.is_set():
                version = self.flushed + 1
                name = f"n-{self.shard}-{version}"
                try:
                    await shards.flush(a_flush(epoch, shard=self.shard, version=version))
                    await definitions.apply(Change([{"kind": "SLO", "metadata": {"name": name}}]))
                except StoreUnavailable:
                    self.unknown += 1
                    await asyncio.sleep(0.02)
                else:
                    self.flushed = version


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(3, id="bounded"),
        pytest.param(60, id="long", marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
    ],
)
async def test_a_server_killed_while_shards_are_written_loses_and_doubles_nothing(
    postgres: Postgres, postgres_url: str, kills: int
) -> None:
    if postgres.control is None:
        pytest.skip("the server is not ours to kill")
    await upgrade(postgres_url)
    owners = [Owner(postgres_url, shard) for shard in range(OWNERS)]
    async with asyncio.TaskGroup() as running:
        for owner in owners:
            running.create_task(owner.run())
        for round_ in range(kills):
            await kill_and_start(postgres, owners, random.Random(round_))
        await all_flush_again(owners)
        for owner in owners:
            owner.ending.set()
    print(  # noqa: T201 - for who runs it
        f"\n{kills} kills, {sum(o.flushed for o in owners)} flushes known to be stored,"
        f" {sum(o.unknown for o in owners)} attempts whose outcome was unknown"
    )
    assert sum(owner.unknown for owner in owners) >= kills
    async with open_engine(postgres_url) as engine:
        for owner in owners:
            found = await everything(SqlShards(engine), owner.shard)
            assert found == await held_after(owner.flushed, shard=owner.shard)
        stored = await SqlDefinitions(engine).load()
        assert stored.revision == len(stored.bodies) == sum(owner.flushed for owner in owners)


async def kill_and_start(postgres: Postgres, owners: list[Owner], rng: random.Random) -> None:
    """Kill the server at any moment of its work, and start it again."""
    await all_flush_again(owners)
    await asyncio.sleep(rng.random() / 4)
    await asyncio.to_thread(postgres.kill)
    try:
        await asyncio.sleep(rng.random() / 4)
    finally:
        await asyncio.to_thread(postgres.start)


async def all_flush_again(owners: list[Owner]) -> None:
    """Wait until every owner has stored something since now."""
    before = [owner.flushed for owner in owners]

    async def all_did() -> bool:
        return all(o.flushed > was for o, was in zip(owners, before, strict=True))

    await eventually(all_did, "every owner has flushed", within=60)
