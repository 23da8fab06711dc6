"""A target that changed inside a window: each version allows its share of what was counted."""

from datetime import UTC, datetime
from typing import Any

import pytest
from httpx import AsyncClient

from shared.domain.series import shard_of
from shared.domain.slo import SLO
from tests.unit.api.world import NOW, SHARDS, World, key_of, named

DAY = 86_400
CELLS = {NOW - 10 * DAY: (990, 1_000), NOW - 3 * DAY: (295, 300), NOW - DAY: (695, 700)}


async def change_of_target(world: World) -> SLO:
    """Promise 0.9 until four days ago, 0.99 until a day and a half ago, 0.999 since."""
    for ago, target in ((20, "0.9"), (4, "0.99"), (1.5, "0.999")):
        world.now = NOW - ago * DAY
        (slo,) = (await world.define(named("one", target=target))).slos
    world.now = NOW
    await world.counted(slo, 1_980, 2_000)
    await world.remembered(shard_of(slo.name, SHARDS), {key_of(slo): CELLS})
    return slo


async def objective(client: AsyncClient, at: float) -> dict[str, Any]:
    answer = (await client.get(f"/v1/slos/one?at={at:.0f}")).json()
    (found,) = answer["objectives"]
    return dict(found)


async def test_the_budget_is_what_each_version_allowed(world: World, client: AsyncClient) -> None:
    await change_of_target(world)

    found = await objective(client, NOW - 1)

    allowed = [1_000 * 0.1, 300 * 0.01, 700 * 0.001]
    assert [one["target"] for one in found["versions"]] == [0.9, 0.99, 0.999]
    assert [one["total"] for one in found["versions"]] == [1_000, 300, 700]
    assert [one["allowed"] for one in found["versions"]] == pytest.approx(allowed)
    assert found["versions"][-1]["to"] == found["window"]["to"]
    budget = found["error_budget"]
    assert budget["allowed"] == pytest.approx(sum(allowed))
    assert budget["consumed_ratio"] == pytest.approx(20 / sum(allowed))
    assert found["state"] == "ok"
    assert found["burn_rates"]["3d"] == pytest.approx(10 / 1_000 / 0.001)


async def test_a_look_back_goes_by_the_target_that_was_in_force(
    world: World, client: AsyncClient
) -> None:
    await change_of_target(world)

    found = await objective(client, NOW - 5 * DAY)
    assert (found["target"], found["versions"]) == (0.9, [])
    assert found["error_budget"]["allowed"] == pytest.approx(100)

    found = await objective(client, NOW - 1.75 * DAY)
    assert [one["target"] for one in found["versions"]] == [0.9, 0.99]
    assert found["error_budget"]["allowed"] == pytest.approx(103)


async def test_history_goes_by_the_targets_that_were_in_force(
    world: World, client: AsyncClient
) -> None:
    await change_of_target(world)

    path = f"/v1/slos/one/history?from={NOW - 12 * DAY}&to={NOW}&step=1d"
    steps = (await client.get(path)).json()["items"]

    spent = {
        datetime.fromisoformat(step["from"]).astimezone(UTC): step["burn_rate"]
        for step in steps
        if step["total"]
    }
    assert list(spent.values()) == pytest.approx([0.1, 5 / 300 / 0.01, 5 / 700 / 0.001])
    assert steps[-1]["remaining_ratio"] == pytest.approx(1 - 20 / 103.7)


async def test_right_after_a_change_nothing_was_counted_by_the_new_target(
    world: World, client: AsyncClient
) -> None:
    (slo,) = (await world.define(named("one", target="0.9"))).slos
    await world.counted(slo, 95, 100)
    await world.define(named("one", target="0.99"))

    found = (await client.get("/v1/slos/one")).json()["objectives"][0]

    assert found["target"] == 0.99
    assert [one["total"] for one in found["versions"]] == [100, 0]
    assert (found["error_budget"]["allowed"], found["state"]) == (pytest.approx(10), "ok")
