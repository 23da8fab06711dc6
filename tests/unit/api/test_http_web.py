"""The pages for people, and what surrounds them."""

import json
import re
from html import unescape

import pytest
from httpx import AsyncClient

from shared.domain.alert import AlertState
from shared.domain.corrected import before_exclusions
from shared.domain.errors import StoreUnavailable
from shared.domain.series import shard_of
from shared.domain.slicing import slices_key
from shared.snapshot import CurrentAlert
from shared.sql.alert_rows import AlertChanges, TransitionRow
from shared.sql.alerts import Acknowledgement
from tests.support.flush import AT, alert_row
from tests.unit.api.world import (
    AVAILABILITY,
    CHRISTMAS,
    NOW,
    SHARDS,
    World,
    even,
    group_of,
    named,
    snapshot_of,
)

FIRING = AlertState.FIRING


async def text_of(client: AsyncClient, path: str, status: int = 200) -> str:
    answer = await client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.text)))


async def test_the_empty_page_says_what_to_do(client: AsyncClient) -> None:
    text = await text_of(client, "/")

    assert "Nothing is promised yet" in text
    assert "leeway apply" in text
    assert "leeway send" in text


async def test_the_page_begins_with_the_worst(world: World, client: AsyncClient) -> None:
    catalogue = await world.define(named("a-fine-one"), named("z-broken-one"))
    for slo in catalogue.slos:
        await world.counted(
            slo,
            999 if slo.name == "z-broken-one" else 10_000,
            1_000 if slo.name == "z-broken-one" else 10_000,
            counted_since={(slo.name, "availability"): (NOW - 60) * 1000},
        )

    text = await text_of(client, "/")

    assert text.index("z-broken-one") < text.index("a-fine-one")
    for part in ("2 all", "At risk", "99.9 %", "1 bad of 1 000", "0 %", "1.00", "30d"):
        assert part in text
    assert "since 05:59:00 UTC" in text
    assert "2 s ago" in text


async def test_the_page_shows_one_state_when_asked(world: World, client: AsyncClient) -> None:
    fine, broken = (await world.define(named("fine"), named("broken"))).slos
    await world.counted(next(s for s in (fine, broken) if s.name == "fine"), 1, 1)
    await world.counted(next(s for s in (fine, broken) if s.name == "broken"), 0, 1)

    text = await text_of(client, "/?state=breached")

    assert "broken" in text
    assert "fine" not in text
    assert "No SLO is in this state" in await text_of(client, "/?state=at_risk")


async def test_what_is_not_evaluated_is_shown_with_the_reason(
    world: World, client: AsyncClient
) -> None:
    await world.define(
        named("elsewhere").replace("metricSourceRef: requests, spec: {", "type: Sloth, spec: {")
    )

    assert "not evaluated: " in await text_of(client, "/")
    assert "not evaluated: " in await text_of(client, "/slos/elsewhere")


async def test_an_slo_has_a_page_of_its_own(world: World, client: AsyncClient) -> None:
    (slo,) = (await world.define(AVAILABILITY)).slos
    await world.counted(slo, 9_995, 10_000)

    text = await text_of(client, "/slos/checkout-availability")

    for part in ("99.95 %", "50 %", "9 995, 5, 10 000", "runbook", "0.50"):
        assert part in text


async def test_names_are_text_and_never_markup(world: World, client: AsyncClient) -> None:
    nasty = "<script>alert(1)</script>"
    await world.define(
        AVAILABILITY.replace("leeway/owner: payments", f'leeway/owner: "{nasty}"').replace(
            "https://runbooks.example/checkout", "javascript:alert(1)"
        )
    )

    for path in ("/", "/slos/checkout-availability"):
        html = (await client.get(path)).text
        assert nasty not in html
        assert "javascript:" not in html


async def test_an_unknown_slo_has_a_page_that_says_so(client: AsyncClient) -> None:
    assert "there is no SLO named 'x'" in await text_of(client, "/slos/x", status=404)


@pytest.mark.parametrize("path", ["/", "/slos/x"])
async def test_without_the_database_the_page_says_so(
    world: World, client: AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> int:
        raise StoreUnavailable("the database did not answer")

    monkeypatch.setattr(world.definitions, "revision", away)

    assert "the database did not answer" in await text_of(client, path, status=503)


async def test_a_page_needs_nothing_from_elsewhere(client: AsyncClient) -> None:
    for path in ("/", "/docs"):
        html = (await client.get(path)).text
        assert not re.findall(r'(?:src|<link[^>]*href)="(?!/)', html)
        assert "<style" not in html
        assert " style=" not in html
        needed = re.findall(r'(?:src|<link[^>]*href)="(/[^"]*)"', html)
        assert needed
        for local in needed:
            assert (await client.get(local)).status_code == 200


async def test_the_api_is_described_without_the_network(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    text = await text_of(client, "/docs")

    assert {
        "/v1/slos",
        "/v1/slos/{name}",
        "/v1/definitions",
        "/v1/definitions/{kind}/{name}",
        "/v1/events",
        "/healthz",
        "/readyz",
        "/metrics",
    } <= set(document["paths"])
    for path in document["paths"]:
        assert path in text
    answers = document["paths"]["/v1/slos/{name}"]["get"]["responses"]
    assert set(answers) == {"200", "400", "401", "403", "404", "422", "503"}
    assert list(answers["404"]["content"]) == ["application/problem+json"]


async def test_the_pages_show_what_fires_and_what_fired(world: World, client: AsyncClient) -> None:
    (slo,) = (await world.define(named("burning"))).slos
    firing = CurrentAlert(
        "burning", "availability", (), "default", "fast-page", "page", FIRING, NOW - 90, "x"
    )
    await world.counted(slo, 100, 100, alerts=(firing,))
    rows = [
        alert_row("now", slo="burning", severity="page"),
        alert_row("before", slo="burning", state="resolved", reason="recovered", condition="old"),
    ]
    world.alerts.write(AlertChanges(rows))  # type: ignore[union-attr]
    await world.alerts.acknowledge("now", Acknowledgement("ada", "on it", AT))

    assert "page: default fast-page, for 1 min 30 s" in await text_of(client, "/")
    text = await text_of(client, "/slos/burning")
    for part in ("firing default fast-page page 1 min 30 s", "inactive default slow-page"):
        assert part in text
    for part in ("Latest alerts", "resolved", "recovered", "ada on it", "2026-11-23 06:00"):
        assert part in text


async def test_the_page_of_slices_shows_what_counted_and_what_was_excluded(
    world: World, client: AsyncClient
) -> None:
    text = (
        AVAILABILITY.replace("Occurrences", "Timeslices")
        .replace("0.999", "0.9\n      timeSliceTarget: 0.9\n      timeSliceWindow: 1h")
        .replace("{name: answered}", "{name: answered, annotations: {leeway/group-by: probe}}")
    )
    (slo,) = (await world.define(text, CHRISTMAS)).slos
    raw, group = before_exclusions(slo), group_of(slo, ("eu",))
    objective = slo.objectives[0]
    counts = {
        slices_key(slo, objective, ("eu",)): even(700, 700, slo),
        slices_key(raw, objective, ("eu",)): even(700, 710, slo),
    }
    shard = shard_of(slo.name, SHARDS)
    await world.evaluated(snapshot_of(counts, [slo], shard=shard, groups=(group,)))

    page = await text_of(client, "/slos/checkout-availability")

    for part in (
        "700 good, 0 bad, 700 in all",
        "of the slices that have ended counted",
        "Before exclusions",
        "710 in all, 10 bad",
        "worst: probe = eu",
        "2026-11-23 05:00 to 2026-11-23 06:00",
        "a planned switch",
        "payments-lead@example.com",
    ):
        assert part in page


async def test_an_slo_with_slashes_in_its_name_has_its_pages(
    world: World, client: AsyncClient
) -> None:
    await world.define(named("team/checkout"))
    assert "team/checkout" in await text_of(client, "/slos/team/checkout")
    assert "team/checkout" in await text_of(client, "/slos/team%2Fcheckout")
    chart = await client.get("/slos/team/checkout/chart.svg?objective=availability")
    assert chart.headers["content-type"] == "image/svg+xml"


async def test_the_page_of_an_alert_has_its_transitions_and_who_was_told(
    world: World, client: AsyncClient
) -> None:
    burn = {"lookback": "1h", "burn_long": 20.5, "threshold": 14.4, "sli": 0.9795}
    budget = {"remaining_ratio": 0.2, "budget_below": 0.25, "exhausted_within": "3d"}
    figures = json.dumps(burn | budget)
    row = alert_row("a", slo="team/checkout", state="resolved", reason="recovered")
    steps = [
        TransitionRow("a", 1, AT, "firing", None, figures),
        TransitionRow("a", 2, AT, "resolved", "recovered", "{}"),
    ]
    world.alerts.write(AlertChanges([row], steps))  # type: ignore[union-attr]
    await world.alerts.acknowledge("a", Acknowledgement("ada", "on it", AT))

    text = await text_of(client, "/alerts/a")

    for part in (
        "fast-burn page",
        "20.5 over 1h",
        "14.4",
        "97.95 %",
        "20 % below 25 % lasts 3d or less",
        "recovered",
        "ada",
        "on it",
    ):
        assert part in text
    assert 'href="/slos/team/checkout"' in (await client.get("/alerts/a")).text
    assert "'nobody'" in await text_of(client, "/alerts/nobody", 404)
