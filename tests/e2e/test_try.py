"""`leeway try` as people and pipelines use it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import Command
from tests.e2e.promise import promise

NOON = 1_764_072_000  # 2025-11-25T12:00:00Z


def event(second: float, status: int = 200, **fields: object) -> str:
    return json.dumps({"service": "shop", "ts": NOON + second, "status": status} | fields)


@pytest.fixture
def definitions(tmp_path: Path) -> str:
    return str(promise(tmp_path, "shop").file)


def trial(leeway: Command, *arguments: str, given: str = "") -> dict[str, Any]:
    answer = leeway("try", *arguments, "-o", "json", given=given.encode())
    assert answer.code == 0, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    assert set(found) == {"slos", "alerts"}
    return found


def test_it_looks_at_the_time_of_the_last_event(leeway: Command, definitions: str) -> None:
    events = "\n".join([event(0), event(61.5, 500), event(30)])

    (slo,) = trial(leeway, definitions, "--events", "-", given=events)["slos"]

    assert slo["at"] == slo["complete_until"] == "2025-11-25T12:01:02Z"
    (objective,) = slo["objectives"]
    assert (objective["good"], objective["bad"], objective["total"]) == (2, 1, 3)
    assert objective["state"] == "breached"
    assert objective["window"]["to"] == "2025-11-25T12:01:10Z"
    assert objective["counted_since"] == "2025-11-25T12:00:00Z"


def test_what_comes_later_than_at_is_in_no_figure(leeway: Command, definitions: str) -> None:
    events = "\n".join([event(0), event(4.5), event(5.1), event(6), event(100)])

    answer = leeway(
        *("try", definitions, "--events", "-", "--at", "2025-11-25T12:00:05Z", "-o", "json"),
        given=events.encode(),
    )

    (slo,) = json.loads(answer.out)["slos"]
    assert slo["objectives"][0]["total"] == 2
    assert "3 events in no figure" in answer.err


@pytest.mark.parametrize("every", ["1s", "7s", "1m", "1h", "1d"])
def test_the_figures_do_not_depend_on_how_often_it_is_looked(
    leeway: Command, definitions: str, every: str
) -> None:
    events = "\n".join(event(n * 7.3, 500 if n % 5 == 0 else 200) for n in range(100))

    (slo,) = trial(leeway, definitions, "--events", "-", "--every", every, given=events)["slos"]

    (objective,) = slo["objectives"]
    assert (objective["good"], objective["total"]) == (80, 100)
    # 715.4 s to 722.7 s: five minutes hold events 58 to 99.
    assert objective["burn_rates"]["5m"] == pytest.approx(8 / 41 / 0.1, abs=0.05)


def test_bad_events_and_duplicates_are_told_by_line(
    leeway: Command, definitions: str, tmp_path: Path
) -> None:
    lines = [event(0, id="a"), "junk", "", event(1, id="a"), '{"ts": 1764072000}', event(2)]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join([*lines, '{"service": "shop"}']))

    answer = leeway("try", definitions, "--events", str(file))

    assert answer.code == 0
    told = answer.err.splitlines()
    assert told[0].startswith(f"{file}:2  not_json: ")
    assert told[1].startswith(f"{file}:5  no_service: ")
    assert told[2].startswith(f"{file}:7  bad_time: ")
    assert told[3] == "leeway.requests.v1: 2 counted, 1 duplicate, 3 refused"
    assert "shop-availability" in answer.out


def test_without_any_event_there_is_nothing_to_look_at(leeway: Command, definitions: str) -> None:
    answer = leeway("try", definitions, "--events", "-", given=b"junk\n")

    assert answer.code == 1
    assert "-:1  not_json" in answer.err
    assert "--at" in answer.err
    (slo,) = trial(leeway, definitions, "--events", "-", "--at", "2025-11-25T12:00:05Z")["slos"]
    assert slo["state"] == "no_data"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--every", "1w"), "--every 1w"),
        (("--every", "0s"), "--every 0s"),
        (("--at", "noon"), "--at noon"),
        (("--events", "uptime=x"), "no SLO reads a data source 'uptime' (they read: requests)"),
        (("--events", "-"), "only once"),
        (("--events", "missing.jsonl"), "cannot read missing.jsonl"),
    ],
)
def test_wrong_usage_is_explained(
    leeway: Command, definitions: str, arguments: tuple[str, str], complaint: str
) -> None:
    answer = leeway("try", definitions, "--events", "-", *arguments)

    assert answer.code == 2
    assert complaint in answer.err


def test_invalid_definitions_end_it_with_1(leeway: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: SLO")

    answer = leeway("try", str(tmp_path), "--events", "-")

    assert answer.code == 1
    assert "nothing was tried" in answer.err
