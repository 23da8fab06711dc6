"""`/v1/agreements` over HTTP: drafted, proposed, agreed, kept or broken."""

from datetime import UTC, datetime
from typing import Any

import pytest
from httpx import AsyncClient

from services.api.catalogue import compiled
from shared.definitions.terms import promised_in
from shared.domain import slo
from shared.domain.burn_window import windows_of
from shared.domain.series import shard_of
from shared.domain.slicing import slices_key
from shared.memory import MemoryShards
from shared.sql.period_rows import PeriodRow
from shared.sql.promises import promises_that_count
from tests.unit.api.world import AVAILABILITY, NOW, SHARDS, World, key_of, snapshot_of

Answer = dict[str, Any]
NAME = "checkout-for-storefront"
PATH = f"/v1/agreements/{NAME}"
SLO = "checkout-availability"
AGREEMENT = """
apiVersion: leeway/v1
kind: Agreement
metadata: {name: checkout-for-storefront, displayName: Checkout for the storefront}
spec:
  type: SLA
  provider: {team: payments, owner: payments-lead@example.com}
  consumers: [{team: storefront, contact: storefront-lead@example.com}]
  promises:
    - slo: checkout-availability
      target: 0.99
      window: {duration: 1M, calendar: {startTime: "2026-01-01 00:00:00", timeZone: Europe/Berlin}}
    - slo: checkout-availability
  effective: {from: 2026-10-15, until: 2099-06-30}
  review: {every: 3M, next: 2027-01-15}
  scope: {included: all calls}
  escalation: [{contact: "#payments"}, {after: 30m, contact: "+49 30 1234567"}]
  serviceHours: {timeZone: Europe/Berlin, hours: [{days: [Mon], from: "08:00", until: "18:00"}]}
"""

VERDICTS = ("Kept", "Kept so far", "Below target so far", "Broken")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


async def apply(client: AsyncClient, *texts: str, status: int = 200) -> Answer:
    answer = await client.post("/v1/definitions", content="\n---\n".join(texts))
    assert answer.status_code == status, answer.text
    found: Answer = answer.json()
    return found


async def act(client: AsyncClient, what: str, team: str, status: int = 200, **more: Any) -> Answer:
    body = {"team": team, "person": "Ann Lee", **more}
    answer = await client.post(f"{PATH}/{what}", json=body, headers={"x-leeway-user": "ann"})
    assert answer.status_code == status, answer.text
    found: Answer = answer.json()
    return found


async def agree(client: AsyncClient) -> None:
    await act(client, "propose", "payments")
    await act(client, "accept", "payments")
    await act(client, "accept", "storefront")


async def get(client: AsyncClient, path: str = PATH) -> Answer:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: Answer = answer.json()
    return found


async def promised(world: World) -> tuple[slo.SLO, ...]:
    """Return what is promised of the SLOs that are defined."""
    stored = await world.definitions.load()
    slos = compiled(stored).catalogue.slos
    return promised_in(promises_that_count(stored.agreements, int(world.now)), slos)


async def counted(
    world: World, good: int, total: int, *, since: str = "2026-09-01T00:00:00"
) -> int:
    """Let the evaluator have counted this in every window of the SLO and of what is promised."""
    slos = [*compiled(await world.definitions.load()).catalogue.slos, *await promised(world)]
    series = key_of(slos[0])
    windows = {window: (good, total) for one in slos for window in windows_of(one, NOW)}
    counted_since = {(SLO, "availability"): at(since) * 1000}
    shard = shard_of(SLO, SHARDS)
    await world.evaluated(
        snapshot_of({series: windows}, slos, shard=shard, counted_since=counted_since)
    )
    return series


async def test_an_agreement_is_drafted_proposed_and_agreed(client: AsyncClient) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    draft = await get(client)
    assert (draft["state"], draft["version"], draft["pending"]) == ("draft", 1, None)
    assert draft["waiting_for"] == ["payments", "storefront"]

    proposed = await act(client, "propose", "payments")
    assert (proposed["agreement"]["state"], proposed["revision"]) == ("proposed", 2)
    await act(client, "accept", "payments", sha256=draft["sha256"], version=1)
    active = (await act(client, "accept", "storefront", note="good"))["agreement"]

    assert (active["state"], active["waiting_for"]) == ("active", [])
    (first, second) = active["acceptances"]
    assert (first["team"], first["person"], first["sha256"]) == (
        "payments",
        "Ann Lee",
        draft["sha256"],
    )
    assert (second["note"], second["at"][:10]) == ("good", "2026-11-23")


async def test_a_change_must_be_agreed_anew_while_the_agreed_version_stays(
    client: AsyncClient,
) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    await agree(client)

    await apply(client, AGREEMENT.replace("target: 0.99", "target: 0.98"))

    now = await get(client)
    assert (now["state"], now["version"]) == ("active", 1)
    assert now["promises"][0]["target"] == 0.99
    assert now["pending"] == {
        "version": 2,
        "state": "draft",
        "waiting_for": ["payments", "storefront"],
        "effective_from": "2026-10-15",
    }
    newest, oldest = (await get(client, f"{PATH}/versions"))["items"]
    assert newest["changes"] == [{"path": "spec.promises[0].target", "before": 0.99, "after": 0.98}]
    assert (oldest["state"], oldest["changes"]) == ("active", [])

    await agree(client)
    newest, oldest = (await get(client, f"{PATH}/versions"))["items"]
    assert (newest["state"], oldest["state"]) == ("active", "superseded")
    assert (await get(client))["promises"][0]["target"] == 0.98


async def test_a_looser_slo_does_not_loosen_what_was_agreed(client: AsyncClient) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    await agree(client)

    await apply(client, AVAILABILITY.replace("target: 0.999", "target: 0.9"))

    now = await get(client)
    assert [promise["target"] for promise in now["promises"]] == [0.99, 0.999]
    assert [promise["slo_target"] for promise in now["promises"]] == [0.9, 0.9]
    assert now["pending"]["version"] == 2
    newest = (await get(client, f"{PATH}/versions"))["items"][0]
    assert newest["changes"] == [{"path": "promises[1].target", "before": "0.999", "after": "0.9"}]


async def test_counting_something_else_is_said(client: AsyncClient) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    await agree(client)
    await apply(client, AVAILABILITY.replace("status < 500", "status < 400"))

    for promise in (await get(client))["promises"]:
        assert promise["reason"].startswith(f"{SLO} counts something else than when this was")


@pytest.mark.parametrize(
    ("what", "team", "more", "message"),
    [
        ("accept", "payments", {}, "must be proposed first"),
        ("propose", "ops", {}, "there are payments, storefront"),
        ("propose", "payments", {"version": 7}, "at version 1 now"),
        ("propose", "payments", {"sha256": "0"}, "not what was looked at"),
    ],
)
async def test_what_cannot_be_done_now_is_a_conflict(
    client: AsyncClient, what: str, team: str, more: Answer, message: str
) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    assert message in (await act(client, what, team, 409, **more))["detail"]


async def test_a_person_must_be_named(client: AsyncClient) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    await act(client, "propose", "payments", 422, person="")
    await act(client, "propose", "payments", 422, person="a\u0000b")


async def test_nothing_is_known_of_an_agreement_that_never_was(client: AsyncClient) -> None:
    assert (await client.get(f"{PATH}")).status_code == 404
    assert (await client.get(f"{PATH}/versions")).status_code == 404
    await act(client, "propose", "payments", 404)


async def test_an_agreement_is_terminated_and_never_deleted(client: AsyncClient) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    await agree(client)
    held = await client.delete(f"/v1/definitions/SLO/{SLO}")
    assert (held.status_code, f"Agreement/{NAME}" in held.json()["detail"]) == (409, True)

    refused = await client.delete(f"/v1/definitions/Agreement/{NAME}")
    assert refused.status_code == 409
    assert "leeway agreement terminate" in refused.json()["detail"]
    ended = (await act(client, "terminate", "storefront", note="moved away"))["agreement"]

    assert (ended["state"], ended["terminated"]["note"]) == ("terminated", "moved away")
    assert [one["agreement"] for one in (await get(client, "/v1/agreements"))["items"]] == [NAME]
    (listed,) = (await get(client, "/v1/definitions?kind=Agreement"))["items"]
    assert (listed["name"], listed["over"]) == (NAME, True)
    assert (await client.delete(f"/v1/definitions/SLO/{SLO}")).status_code == 200
    (promise, _) = (await get(client))["promises"]
    assert promise["reason"] == f"there is no SLO named '{SLO}' any more"
    assert len((await get(client, f"{PATH}/versions"))["items"]) == 1


async def test_pruning_leaves_agreements_alone(client: AsyncClient) -> None:
    labelled = "{name: checkout-for-storefront, labels: {team: payments},"
    named = "{name: checkout-for-storefront,"
    await apply(client, AVAILABILITY, AGREEMENT.replace(named, labelled))
    answer = await client.post("/v1/definitions?prune=team=payments", content=AVAILABILITY)

    assert (answer.status_code, answer.json()["deleted"]) == (200, [])
    assert (await get(client))["state"] == "draft"


async def test_everything_that_happens_is_in_the_audit_log(client: AsyncClient) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    await act(client, "propose", "payments")
    await act(client, "accept", "storefront")

    items = (await get(client, f"/v1/audit?kind=Agreement&name={NAME}"))["items"]

    assert [(one["action"], one["author"]) for one in items] == [
        ("accepted", "ann"),
        ("proposed", "ann"),
        ("created", "127.0.0.1"),
    ]
    assert items[0]["note"] == (
        "version 1 accepted for storefront by Ann Lee; it is proposed and waits for payments"
    )


async def test_a_promise_is_counted_in_the_series_of_its_slo(
    world: World, client: AsyncClient
) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    await agree(client)
    series = await counted(world, 995, 1_000)
    november, october = at("2026-10-31T23:00:00"), at("2026-09-30T22:00:00")
    september = at("2026-08-31T22:00:00")
    await world.remembered(
        shard_of(SLO, SHARDS),
        {
            series: {
                september: (50, 100),
                october - 10: (10, 10),
                october: (98, 100),
                november - 10: (100, 100),
                november: (995, 1_000),
            }
        },
    )

    found = await get(client)
    monthly, rolling = found["promises"]

    assert (monthly["target"], monthly["window"]["duration"]) == (0.99, "1M")
    now = monthly["current"]
    assert (now["sli"], now["met"], now["from"]) == (0.995, True, "2026-10-31T23:00:00Z")
    assert now["error_budget"]["whole_period"] is not None
    assert [(p["from"][:10], p["good"], p["total"], p["met"]) for p in monthly["past"][:3]] == [
        ("2026-09-30", 198, 200, True),
        ("2026-08-31", 60, 110, False),
        ("2026-07-31", 0, 0, None),
    ]
    assert len(monthly["past"]) == 12
    assert [p["in_effect"] for p in monthly["past"][:3]] == [True, False, False]
    assert [p["complete"] for p in monthly["past"][:3]] == [True, False, False]
    assert (rolling["target"], rolling["current"]["met"]) == (0.999, False)
    assert (rolling["state"], found["compliance"]) == ("breached", "breached")
    assert len(found["notes"]) == 1

    status = await get(client, f"/v1/slos/{SLO}")
    assert [one["name"] for one in status["objectives"]] == ["availability"]


async def test_a_version_agreed_for_later_changes_nothing_before_its_first_day(
    world: World, client: AsyncClient
) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    await agree(client)
    later = AGREEMENT.replace("from: 2026-10-15", "from: 2026-11-25")
    await apply(client, later.replace("duration: 1M", "duration: 1Q").replace("0.99", "0.995"))
    await agree(client)
    await counted(world, 992, 1_000)

    now = await get(client)
    assert (now["version"], now["pending"]["state"]) == (1, "agreed")
    assert (now["pending"]["waiting_for"], now["pending"]["effective_from"]) == ([], "2026-11-25")
    monthly = now["promises"][0]
    assert (monthly["window"]["duration"], monthly["current"]["sli"]) == ("1M", 0.992)
    page = (await client.get(f"/agreements/{NAME}")).text
    assert "Version 2 is agreed, and takes its place on 2026-11-25" in page

    world.now = at("2026-11-25T00:00:01")
    now = await get(client)
    assert (now["state"], now["version"], now["pending"]) == ("active", 2, None)
    quarterly = now["promises"][0]
    assert (quarterly["window"]["duration"], quarterly["current"]["sli"]) == ("1Q", 0.992)


async def test_a_period_is_judged_by_the_version_that_was_in_force(
    world: World, client: AsyncClient
) -> None:
    world.now = at("2026-10-16T12:00:00")
    await apply(client, AVAILABILITY, AGREEMENT.replace("from: 2026-10-15", "from: 2026-09-01"))
    await agree(client)
    stricter = AGREEMENT.replace("target: 0.99", "target: 0.999")
    await apply(client, stricter.replace("from: 2026-10-15", "from: 2026-10-16"))
    await agree(client)
    world.now = float(NOW)
    series = await counted(world, 995, 1_000)
    september, october = at("2026-09-15T00:00:00"), at("2026-10-05T00:00:00")
    after_it = at("2026-10-20T00:00:00")
    cells = {september: (985, 1_000), october: (991, 1_000), after_it: (1_000, 1_000)}
    await world.remembered(shard_of(SLO, SHARDS), {series: cells})

    monthly = (await get(client))["promises"][0]

    october_so, september_so, august = monthly["past"][:3]
    assert (october_so["target"], october_so["met"]) == (0.999, True)
    assert october_so["error_budget"]["allowed"] == pytest.approx(10 + 1)
    assert (september_so["target"], september_so["met"]) == (0.99, False)
    assert [one["in_effect"] for one in (october_so, september_so, august)] == [True, True, False]


async def test_periods_older_than_the_counts_are_read_from_their_totals(
    world: World, client: AsyncClient
) -> None:
    yearly = AGREEMENT.replace("duration: 1M", "duration: 1Y").replace("2026-10-15", "2022-01-01")
    await apply(client, AVAILABILITY, yearly)
    await agree(client)
    assert isinstance(world.shards, MemoryShards)
    name = f"{NAME}: availability over 1Y"
    for year, good in ((2022, 999), (2023, 970), (2024, 995)):  # 2022: something else was counted
        row = PeriodRow(
            SLO,
            name,
            {},
            datetime.fromtimestamp(at(f"{year - 1}-12-31T23:00:00"), UTC),
            datetime.fromtimestamp(at(f"{year}-12-31T23:00:00"), UTC),
            "1Y",
            "Europe/Berlin",
            0.99,
            good,
            1_000,
            good / 1_000,
        )
        world.shards.periods[row.key] = row
    await counted(world, 995, 1_000, since="2023-01-01T00:00:00")

    past = (await get(client))["promises"][0]["past"]

    assert [(one["from"][:4], one["good"], one["total"], one["met"]) for one in past[:4]] == [
        ("2024", 0, 0, None),
        ("2023", 995, 1_000, True),
        ("2022", 970, 1_000, False),
        ("2021", None, None, None),
    ]
    assert past[2]["error_budget"]["consumed_ratio"] == pytest.approx(3.0)
    assert [one["complete"] for one in past[:4]] == [False, True, False, False]


async def test_a_promise_about_slices_counts_slices(world: World, client: AsyncClient) -> None:
    sliced = AVAILABILITY.replace("Occurrences", "Timeslices").replace(
        "target: 0.999", "target: 0.9\n      timeSliceTarget: 0.99\n      timeSliceWindow: 15m"
    )
    await apply(client, sliced, AGREEMENT)
    deal, _ = await promised(world)
    series = slices_key(deal, deal.objectives[0])
    shard = shard_of(SLO, SHARDS)
    await world.evaluated(snapshot_of({}, [deal], shard=shard))
    start = at("2026-09-30T22:00:00")
    slices = {start + 900 * n: (int(n != 7), 1) for n in range(100)}
    await world.remembered(shard, {series: slices})

    october = (await get(client))["promises"][0]["past"][0]

    assert (october["good"], october["bad"], october["total"]) == (99, 1, 100)
    assert (october["sli"], october["met"]) == (0.99, True)
    assert october["error_budget"]["allowed"] == pytest.approx(1.0)


async def test_the_list_is_filtered_by_team_and_state(client: AsyncClient) -> None:
    other = AGREEMENT.replace(NAME, "other").replace("team: storefront", "team: search")
    await apply(client, AVAILABILITY, AGREEMENT, other)
    await agree(client)

    async def names(query: str) -> list[str]:
        listed = await get(client, f"/v1/agreements{query}")
        return [one["agreement"] for one in listed["items"]]

    assert await names("") == [NAME, "other"]
    assert await names("?team=search") == ["other"]
    assert await names("?team=payments&state=active") == [NAME]
    assert await names("?limit=1") == [NAME]


async def test_both_teams_can_read_the_pages(world: World, client: AsyncClient) -> None:
    assert "has promised another one anything" in (await client.get("/agreements")).text
    await apply(client, AVAILABILITY, AGREEMENT.replace("Checkout for", "<b>Checkout for"))
    await agree(client)
    await counted(world, 995, 1_000)
    await apply(client, AGREEMENT.replace("target: 0.99", "target: 0.98"))

    listed = (await client.get("/agreements")).text
    page = (await client.get(f"/agreements/{NAME}")).text

    assert "payments → storefront" in listed
    assert "&lt;b&gt;Checkout for the storefront" in listed
    for words in (
        "99\N{NO-BREAK SPACE}% over each calendar month",
        "99.9\N{NO-BREAK SPACE}% over the last 30 days",
        "payments-lead@example.com",
        "Mon 08:00 to 18:00 (Europe/Berlin)",
        "The figures count every hour of every day",
        "Version 2 is draft and waits for payments and storefront",
        "2026-11-01",
        "Ann Lee, storefront",
    ):
        assert words in page
    missing = await client.get("/agreements/nowhere")
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("good", "verdict", "state"),
    [
        (995, "Kept so far", "ok"),
        (988, "Below target so far", "at_risk"),
        (980, "Broken", "breached"),
    ],
)
async def test_a_period_that_goes_on_is_broken_when_the_budget_of_all_of_it_is_spent(
    world: World, client: AsyncClient, good: int, verdict: str, state: str
) -> None:
    await apply(client, AVAILABILITY, AGREEMENT)
    await agree(client)
    await counted(world, good, 1_000)

    monthly = (await get(client))["promises"][0]
    page = (await client.get(f"/agreements/{NAME}")).text
    first = page[page.index("over each calendar month") : page.index("so far</small>")]

    assert monthly["state"] == state
    assert [words for words in (*VERDICTS, "No data") if f">{words}<" in first] == [verdict]
