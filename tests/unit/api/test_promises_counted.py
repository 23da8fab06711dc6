"""What agreements promise, counted by the evaluator's own work and read over HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from httpx import AsyncClient

from services.api.catalogue import compiled
from shared.domain.series import series_key
from shared.domain.slo import SLO
from shared.memory_definitions import MemoryDefinitions
from shared.wire import GroupName
from tests.support.waiting import eventually
from tests.unit.api.world import World, open_client
from tests.unit.evaluator.build import Feeder
from tests.unit.evaluator.rig import Rig, Running

Answer = dict[str, Any]
Promises = list[Answer]
Cells = Mapping[int, tuple[int, int]]  # good and total by seconds before now
PATH = "/v1/agreements/deal"
NOW = int(datetime(2025, 11, 24, 16, 0, 7, tzinfo=UTC).timestamp())
HOUR, DAY = 3_600, 86_400


def indicator(service: str = "shop", group_by: str = "") -> str:
    annotations = f', annotations: {{leeway/group-by: "{group_by}"}}' if group_by else ""
    good, total = (
        f'{{metricSource: {{metricSourceRef: requests, spec: {{query: "{query}"}}}}}}'
        for query in ("status < 500", f"service == '{service}'")
    )
    ratio = f"{{counter: true, good: {good}, total: {total}}}"
    return f"{{metadata: {{name: {service}{annotations}}}, spec: {{ratioMetric: {ratio}}}}}"


def an_slo(method: str = "Occurrences", **more: str) -> str:
    """Return an SLO with one objective, the part `more` of it as YAML in flow style."""
    sliced = "" if method == "Occurrences" else ", timeSliceTarget: 0.9, timeSliceWindow: 15m"
    spec = {
        "service": "shop",
        "budgetingMethod": method,
        "timeWindow": "[{duration: 1d, isRolling: true}]",
        "indicator": indicator(),
        "objectives": f"[{{displayName: availability, target: 0.9{sliced}}}]",
        **more,
    }
    written = ", ".join(f"{key}: {value}" for key, value in spec.items() if value)
    return (
        f"{{apiVersion: openslo/v1, kind: SLO, metadata: {{name: checkout}}, spec: {{{written}}}}}"
    )


def deal(*promises: str, start: str = "2025-01-01") -> str:
    listed = ", ".join(f"{{slo: checkout{promise}}}" for promise in promises)
    return (
        "{apiVersion: leeway/v1, kind: Agreement, metadata: {name: deal}, spec: {type: SLA, "
        "provider: {team: payments}, consumers: [{team: storefront}], "
        f"promises: [{listed}], effective: {{from: {start}}}}}}}"
    )


def over(duration: str, zone: str = "UTC") -> str:
    calendar = f'{{startTime: "2025-01-01 00:00:00", timeZone: {zone}}}'
    return f", window: {{duration: {duration}, calendar: {calendar}}}"


class Place:
    """An api and an evaluator on the same stores, and what ingest reports."""

    def __init__(self, rig: Rig, running: Running, world: World, client: AsyncClient) -> None:
        self.rig = rig
        self.running = running
        self.world = world
        self.client = client
        self.feeder = Feeder()

    def at(self, moment: int) -> None:
        self.rig.at = self.world.now = float(moment)

    async def apply(self, *texts: str) -> None:
        answer = await self.client.post("/v1/definitions", content="\n---\n".join(texts))
        assert answer.status_code == 200, answer.text
        self.feeder.revision = answer.json()["revision"]

    async def agree(self, *texts: str) -> None:
        """Apply an agreement with the SLOs that it is about, and let both parties accept it."""
        await self.apply(*texts)
        for what, team in (
            ("propose", "payments"),
            ("accept", "payments"),
            ("accept", "storefront"),
        ):
            body = {"team": team, "person": "Ann"}
            answer = await self.client.post(f"{PATH}/{what}", json=body)
            assert answer.status_code == 200, answer.text
            self.feeder.revision = answer.json()["revision"]

    async def slo(self) -> SLO:
        (found,) = compiled(await self.world.definitions.load()).catalogue.slos
        return found

    async def count(self, cells: Cells, *group: str, part: int = 0) -> None:
        """Let ingest report events that an objective counts, complete until now."""
        await eventually(self._follows, "the evaluator goes by the definitions")
        slo = await self.slo()
        key = slo.objectives[part].indicator.key
        series = series_key(slo.name, key, group)
        if group:
            self.feeder.names[series] = GroupName(series, slo.name, key, group)
        for before, (good, total) in cells.items():
            self.feeder.count(series, int(self.rig.at) - before, good, total)
        now = int(self.rig.at) * 1000
        self.rig.log.append(0, self.feeder.message(complete_until=now), now)

    async def _follows(self) -> bool:
        held = self.running.holding.held.get(0)
        watch = held.shard.watch if held and held.reading else None
        return watch is not None and watch.revision == self.feeder.revision

    def exported_target(self) -> str:
        """Return the target of the monthly promise in Prometheus."""
        labels = 'slo="checkout",objective="deal: availability over 1M"'
        return self.running.line(f"leeway_objective_ratio{{{labels}").split()[-1]

    async def promises(self, total: int | None) -> Promises:
        """Return the promises once the first one has counted this much in its current period."""
        found: Promises = []

        async def counted() -> bool:
            nonlocal found
            found = (await self.client.get(PATH)).json()["promises"]
            return bool(found[0]["current"]) and found[0]["current"]["total"] == total

        await eventually(counted, f"{total} in the current period")
        return found


@asynccontextmanager
async def a_place() -> AsyncIterator[Place]:
    rig = Rig()
    rig.definitions = MemoryDefinitions(now=lambda: datetime.fromtimestamp(rig.at, UTC))
    world = World(definitions=rig.definitions, shards=rig.store)
    await world.cluster.counts_partitions(rig.shards)
    async with open_client(world) as client:
        rig.at = world.now = float(NOW)
        async with rig.running() as running:
            yield Place(rig, running, world, client)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with a_place() as found:
        yield found


async def test_versions_with_other_windows_are_counted_each_in_its_time(place: Place) -> None:
    await place.agree(an_slo(), deal(over("1M")))
    await place.agree(deal(over("1Q", "Asia/Kathmandu"), start="2025-11-26"))
    await place.count({HOUR: (95, 100), 40 * DAY: (80, 100)})

    (monthly,) = await place.promises(100)
    assert (monthly["window"]["duration"], monthly["current"]["sli"]) == ("1M", 0.95)

    place.at(int(datetime(2025, 11, 26, 0, 0, 3, tzinfo=UTC).timestamp()))
    await place.count({1: (5, 5)})
    (quarterly,) = await place.promises(205)
    assert (quarterly["window"]["duration"], quarterly["current"]["good"]) == ("1Q", 180)


async def test_a_stricter_target_counts_from_the_day_on_that_its_version_holds(
    place: Place,
) -> None:
    await place.agree(an_slo(), deal(f", target: 0.9{over('1M')}"))
    stricter = deal(f", target: 0.99{over('1M')}", start="2025-11-26")
    await place.agree(stricter)
    await place.count({HOUR: (995, 1_000)})
    (now,) = await place.promises(1_000)
    assert (now["target"], now["current"]["error_budget"]["allowed"]) == (0.9, 100)
    assert place.exported_target() == "0.9"

    place.at(int(datetime(2025, 11, 26, 0, 0, 3, tzinfo=UTC).timestamp()))
    await place.count({1: (1_000, 1_000)})

    async def follows() -> bool:
        (then,) = await place.promises(2_000)
        allowed = then["current"]["error_budget"]["allowed"]
        return bool(then["target"] == 0.99 and allowed == pytest.approx(100 + 10))

    await eventually(follows, "each target allows its share")
    assert place.exported_target() == "0.99"


@pytest.mark.parametrize(
    ("method", "good", "sli"),
    [("Timeslices", 2, 2 / 3), ("RatioTimeslices", None, (1 + 0.95 + 0.5) / 3)],
)
async def test_slices_are_promised_over_windows_of_the_agreement(
    place: Place, method: str, good: int | None, sli: float
) -> None:
    await place.agree(an_slo(method), deal(f", target: 0.6{over('1M')}", ""))
    await place.count({HOUR: (10, 10), 2 * HOUR: (95, 100), 3 * HOUR: (5, 10)})

    monthly, own = await place.promises(3)

    for promise in (monthly, own):
        current = promise["current"]
        assert (current["good"], current["total"]) == (good, 3)
        assert current["sli"] == pytest.approx(sli)
    assert (monthly["current"]["met"], own["current"]["met"]) == (True, False)
    assert own["state"] == "breached"


async def test_each_part_of_a_composite_is_promised_by_itself(place: Place) -> None:
    parts = ", ".join(
        f"{{displayName: {name}, target: {target}, indicator: {indicator(name)}}}"
        for name, target in (("pay", 0.9), ("browse", 0.8))
    )
    composite = an_slo(indicator="", objectives=f"[{parts}]")
    await place.agree(composite, deal(f", objective: pay, target: 0.7{over('1M')}", ""))
    await place.count({HOUR: (75, 100)})
    await place.count({HOUR: (90, 100)}, part=1)

    pay_monthly, pay, browse = await place.promises(100)

    assert [one["objective"] for one in (pay_monthly, pay, browse)] == ["pay", "pay", "browse"]
    assert [one["target"] for one in (pay_monthly, pay, browse)] == [0.7, 0.9, 0.8]
    assert [one["current"]["met"] for one in (pay_monthly, pay, browse)] == [True, False, True]


async def test_a_promise_about_groups_is_about_all_together_and_shows_each(place: Place) -> None:
    await place.agree(
        an_slo(indicator=indicator(group_by="tenant")), deal(f", target: 0.85{over('1M')}")
    )
    await place.count({HOUR: (90, 90)}, "large")
    await place.count({HOUR: (1, 10)}, "small")

    (promise,) = await place.promises(100)

    assert (promise["current"]["sli"], promise["current"]["met"]) == (0.91, True)
    assert [(one["group"], one["total"], one["met"]) for one in promise["groups"]] == [
        ({"tenant": "large"}, 90, True),
        ({"tenant": "small"}, 10, False),
    ]
    listed = (await place.client.get("/v1/agreements")).json()["items"]
    assert listed[0]["promises"][0]["groups"] == []
    page = (await place.client.get("/agreements/deal")).text
    assert "all groups together" in page
