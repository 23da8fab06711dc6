"""`?at=` and history over HTTP: what an independent count of the events says."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, cast

import pytest
from httpx import AsyncClient
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.calendar import QUARTER_HOUR, period_at
from shared.domain.series import shard_of
from shared.domain.slicing import slices_key
from shared.domain.slo import SLO, CalendarWindow
from shared.memory_alerts import MemoryAlerts
from shared.sql.alert_rows import AlertChanges
from tests.support.flush import alert_row
from tests.unit.api.world import (
    AVAILABILITY,
    NOW,
    SHARDS,
    Cells,
    World,
    group_of,
    key_of,
    open_client,
)

MINUTE, HOUR, DAY = 60, 3600, 86_400
Answer = dict[str, Any]


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def naive(cells: Cells, start: int, end: int) -> tuple[int, int]:
    inside = [count for at, count in cells.items() if start <= at < end]
    return sum(good for good, _ in inside), sum(total for _, total in inside)


async def prepare(world: World, cells: Cells, text: str = AVAILABILITY) -> SLO:
    (slo,) = (await world.define(text)).slos
    await world.counted(slo, 0, 0)
    await world.remembered(shard_of(slo.name, SHARDS), {key_of(slo): cells})
    return slo


async def get(client: AsyncClient, path: str) -> Answer:
    answer = await client.get(f"/v1/slos/checkout-availability{path}")
    assert answer.status_code == 200, answer.text
    found: Answer = answer.json()
    return found


def sparse(*agos: int) -> dict[int, tuple[int, int]]:
    """Return 10 events, 9 of them good, in the bucket of each of these moments before now."""
    return {(NOW - ago) // 10 * 10: (9, 10) for ago in agos}


AGOS = st.integers(20, 32 * DAY) | st.integers(20, 3 * HOUR) | st.integers(20, 9 * DAY)
CELLS = st.lists(AGOS, max_size=30).map(lambda agos: sparse(*agos))


@settings(max_examples=20, deadline=None)
@given(CELLS, AGOS)
async def test_a_look_back_counts_exactly_what_its_window_says(cells: Cells, ago: int) -> None:
    world = World()
    await prepare(world, cells)
    async with open_client(world) as client:
        answer = await get(client, f"?at={NOW - ago}")

    (objective,) = answer["objectives"]
    window = objective["window"]
    start, end = seconds(window["from"]), seconds(window["to"])
    assert (objective["good"], objective["total"]) == naive(cells, start, end)
    assert seconds(answer["at"]) == NOW - ago
    assert end >= NOW - ago
    assert end - (NOW - ago) <= (10 if ago < HOUR else MINUTE if ago < 7 * DAY else HOUR)
    assert abs(start - (NOW - ago - 30 * DAY)) <= HOUR


@settings(max_examples=20, deadline=None)
@given(CELLS, AGOS, st.sampled_from(["Asia/Kathmandu", "Australia/Lord_Howe"]))
async def test_a_look_back_into_a_calendar_period_counts_from_its_start(
    cells: Cells, ago: int, zone: str
) -> None:
    calendar = f'calendar: {{startTime: "2026-01-01 00:00:00", timeZone: {zone}}}'
    text = AVAILABILITY.replace("30d, isRolling: true", f"1d, isRolling: false, {calendar}")
    world = World()
    slo = await prepare(world, cells, text)
    async with open_client(world) as client:
        answer = await get(client, f"?at={NOW - ago}")

    (objective,) = answer["objectives"]
    start, end = period_at(cast(CalendarWindow, slo.window), NOW - ago)
    window, whole = objective["window"], objective["error_budget"]["whole_period"]
    if objective["total"]:
        assert (window["type"], seconds(window["from"])) == ("calendar", start)
        until = seconds(window["to"])
        assert 0 <= until - (NOW - ago) <= QUARTER_HOUR
        assert (objective["good"], objective["total"]) == naive(cells, start, until)
        assert seconds(whole["ends_at"]) == end


@settings(max_examples=20, deadline=None)
@given(CELLS, AGOS, AGOS, st.sampled_from([MINUTE, 7 * MINUTE, HOUR, DAY]))
async def test_steps_touch_and_count_exactly_what_they_say(
    cells: Cells, one: int, other: int, step: int
) -> None:
    world, start, end = World(), NOW - max(one, other) - 10, NOW - min(one, other)
    step = max(step, (end - start) // 1_000 // 10 * 10)
    await prepare(world, cells)
    async with open_client(world) as client:
        items = (await get(client, f"/history?from={start}&to={end}&step={step}s"))["items"]

    assert all(a["to"] == b["from"] for a, b in pairwise(items))
    for item in items:
        first, last = seconds(item["from"]), seconds(item["to"])
        good, total = naive(cells, first, last)
        assert (item["good"], item["total"]) == (good, total)
        assert item["sli"] == (good / total if total else None)
        assert item["burn_rate"] == ((total - good) / total / 0.001 if total else None)


async def test_the_budget_after_each_step_is_that_of_the_window_then(
    world: World, client: AsyncClient
) -> None:
    good, bad = (999, 1_000), (0, 1)
    cells = {NOW - 3 * HOUR: good, NOW - 2 * HOUR: bad, NOW - 30 * DAY + HOUR: (4_000, 4_000)}
    await prepare(world, cells)

    items = (await get(client, f"/history?from={NOW - 4 * HOUR}&step=1h"))["items"]

    assert [(item["good"], item["total"]) for item in items] == [(0, 0), good, bad, (0, 0)]
    assert [item["remaining_ratio"] for item in items] == [
        pytest.approx(1),
        pytest.approx(0.8),
        pytest.approx(1 - 2 / 5.001),
        pytest.approx(1 - 2 / 5.001),
    ]
    assert [item["objective"] for item in items] == ["availability"] * 4


async def test_a_short_window_long_ago_is_not_known(world: World, client: AsyncClient) -> None:
    await prepare(world, sparse(*range(20 * DAY, 20 * DAY + 2 * HOUR, 10)))

    (objective,) = (await get(client, f"?at={NOW - 20 * DAY}"))["objectives"]

    assert objective["burn_rates"]["5m"] is None
    assert objective["burn_rates"]["6h"] == pytest.approx(100)


async def test_a_moment_is_written_with_a_zone_or_as_seconds(
    world: World, client: AsyncClient
) -> None:
    await prepare(world, sparse(HOUR))

    answers = [
        await get(client, f"?at={at}")
        for at in (NOW - 1800, "2026-11-23T05:30:00Z", "2026-11-23T06:30:00+01:00")
    ]

    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["at"] == "2026-11-23T05:30:00Z"
    assert answers[0]["complete_until"] == "2026-11-23T05:30:00Z"
    assert answers[0]["state"] == "breached"


async def test_an_alert_stands_in_the_past_from_its_beginning_to_its_end(
    world: World, client: AsyncClient
) -> None:
    await prepare(world, sparse(HOUR))
    began, fired, resolved = (
        datetime.fromtimestamp(NOW - ago, UTC) for ago in (3_000, 2_400, 1_200)
    )
    row = alert_row(
        slo="checkout-availability",
        policy="default",
        condition="slow-page",
        began_at=began,
        pending_since=began,
        fired_at=fired,
        resolved_at=resolved,
        state="resolved",
    )
    assert isinstance(world.alerts, MemoryAlerts)
    world.alerts.write(AlertChanges([row]))

    async def alert(ago: int) -> tuple[str, str | None]:
        (objective,) = (await get(client, f"?at={NOW - ago}"))["objectives"]
        (found,) = [one for one in objective["alerts"] if one["condition"] == "slow-page"]
        return found["state"], found["alert"]

    assert [await alert(ago) for ago in (3_001, 3_000, 2_400, 1_201, 1_200)] == [
        ("inactive", None),
        ("pending", row.id),
        ("firing", row.id),
        ("firing", row.id),
        ("inactive", None),
    ]


async def test_the_list_looks_back_as_well(world: World, client: AsyncClient) -> None:
    await prepare(world, sparse(HOUR))

    answer = (await client.get(f"/v1/slos?at={NOW - 1800}&state=breached")).json()

    assert answer["items"] == [await get(client, f"?at={NOW - 1800}")]
    assert (await client.get(f"/v1/slos?at={NOW - 7200}&state=breached")).json()["items"] == []


async def test_groups_are_added_up_in_the_past_too(world: World, client: AsyncClient) -> None:
    grouped = AVAILABILITY.replace(
        "metadata: {name: answered}",
        "metadata: {name: answered, annotations: {leeway/group-by: tenant}}",
    )
    (slo,) = (await world.define(grouped)).slos
    one, other = group_of(slo, ("a",)), group_of(slo, ("b",))
    shard = shard_of(slo.name, SHARDS)
    await world.counted(slo, 0, 0, groups=(one, other))
    await world.remembered(shard, {one.series: sparse(HOUR), other.series: sparse(HOUR, 7200)})

    answer = await get(client, f"?at={NOW - 1800}")
    steps = (await get(client, f"/history?from={NOW - 3 * HOUR}&to={NOW - 10}&step=1h"))["items"]

    assert answer["objectives"][0]["total"] == 30
    assert [group["objectives"][0]["total"] for group in answer["groups"]] == [10, 20]
    assert sum(step["total"] for step in steps) == 30


async def test_history_is_read_in_pages(world: World, client: AsyncClient) -> None:
    text = AVAILABILITY + "    - {displayName: strict, target: 0.9999}\n"
    await prepare(world, sparse(HOUR), text)
    query = f"/history?from={NOW - 5 * HOUR}&to={NOW}&step=1h"

    whole = (await get(client, query))["items"]
    first = await get(client, f"{query}&limit=7")
    rest = await get(client, f"{query}&limit=7&cursor={first['next_cursor']}")
    strict = await get(client, f"{query}&objective=strict")

    assert len(whole) == 10
    assert first["items"] + rest["items"] == whole
    assert rest["next_cursor"] is None
    assert strict["items"] == whole[5:]


@pytest.mark.parametrize("path", ["/v1/slos/{}/history", "/slos/{}/chart.svg"])
async def test_an_objective_that_the_slo_does_not_have_is_named_and_so_are_those_it_has(
    world: World, client: AsyncClient, path: str
) -> None:
    await prepare(world, sparse(HOUR), AVAILABILITY)
    url = path.format("checkout-availability")
    answer = await client.get(url, params={"objective": "availabilty"})
    assert answer.status_code == 400
    said = "checkout-availability has no objective 'availabilty': there are availability"
    assert answer.json()["detail"] == said


async def test_a_chart_of_the_whole_window_is_the_default(
    world: World, client: AsyncClient
) -> None:
    await prepare(world, sparse(HOUR))

    items = (await get(client, "/history"))["items"]

    assert 100 <= len(items) <= 121
    assert seconds(items[0]["from"]) == NOW - 30 * DAY
    assert seconds(items[-1]["to"]) == NOW


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"?at={NOW + 60}", "future"),
        ("/history?step=soon", "`step` 'soon'"),
        ("/history?step=15s", "10 seconds"),
        ("/history?step=10s", "over 2,000 steps"),
        (f"/history?from={NOW}&to={NOW - 60}", "`from` must be before"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    world: World, client: AsyncClient, query: str, words: str
) -> None:
    await prepare(world, {})

    answer = await client.get(f"/v1/slos/checkout-availability{query}")

    assert answer.status_code == 400
    assert words in answer.json()["detail"]


async def test_the_history_of_what_is_not_there_is_404(client: AsyncClient) -> None:
    assert (await client.get("/v1/slos/nowhere/history")).status_code == 404


SLICED = (
    AVAILABILITY.replace("Occurrences", "Timeslices")
    .replace("30d", "6h")
    .replace("0.999", "0.9\n      timeSliceTarget: 0.9\n      timeSliceWindow: 5m")
)


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(1, 80), max_size=40), st.integers(60, 90 * MINUTE))
async def test_a_look_back_counts_the_slices_that_had_ended(slices: set[int], ago: int) -> None:
    world = World()
    (slo,) = (await world.define(SLICED)).slos
    await world.counted(slo, 0, 0)
    starts = [NOW - number * 5 * MINUTE for number in slices]
    cells = {start: (start // 300 % 2, 1) for start in starts}
    series = slices_key(slo, slo.objectives[0])
    await world.remembered(shard_of(slo.name, SHARDS), {key_of(slo): {}, series: cells})
    at = NOW - ago
    async with open_client(world) as client:
        answer = await get(client, f"?at={at}")

    (objective,) = answer["objectives"]
    start = seconds(objective["window"]["from"])
    counted = naive(cells, start, at // 300 * 300)
    assert start % 300 == 0
    assert (objective["good"], objective["total"]) == counted
    assert objective["coverage"] == counted[1] / ((at // 300 * 300 - start) // 300)
    assert objective["events"] == {"good": 0, "total": 0}


async def test_the_history_of_slices_counts_them_where_they_begin(
    world: World, client: AsyncClient
) -> None:
    (slo,) = (await world.define(SLICED)).slos
    await world.counted(slo, 0, 0)
    cells = {NOW - HOUR: (1, 1), NOW - HOUR + 300: (0, 1), NOW - 3 * HOUR: (1, 1)}
    series = slices_key(slo, slo.objectives[0])
    await world.remembered(shard_of(slo.name, SHARDS), {key_of(slo): {}, series: cells})

    items = (await get(client, f"/history?from={NOW - 4 * HOUR}&step=1h"))["items"]

    assert [(one["good"], one["total"]) for one in items] == [(0, 0), (1, 1), (0, 0), (1, 2)]
    assert items[-1]["sli"] == 0.5
    assert items[-1]["remaining_ratio"] == pytest.approx(1 - (1 / 3) / 0.1)
