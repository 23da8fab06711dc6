"""`leeway try`: no figure depends on how long ticks are, and what is left out changes nothing."""

import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.trial import simulation
from leeway.trial.arrival import Arrivals
from leeway.trial.definitions import defined
from leeway.trial.run import Trial, run
from leeway.trial.schedule import Schedule
from leeway.trial.source import EventFile, OpenFile
from leeway.trial.ticks import Ticks
from services.evaluator.domain.watch import Watch
from shared.definitions.document import document_of
from tests.oracle.case import Case, Happening, Promise, Rule
from tests.oracle.strategy import ROLLING, RULES, STARTS, TARGETS, ZONES, cases
from tests.oracle.test_try_slices import CALENDAR_SLICES, ROLLING_SLICES
from tests.oracle.window import DAY, HOUR, MINUTE

NOON = 1_764_072_000  # 2025-11-25T12:00:00Z

ROLLS = st.builds(
    Promise,
    target=TARGETS,
    window=ROLLING,
    rules=st.lists(RULES, max_size=2).map(tuple),
    group_by=st.sampled_from([None, "tenant"]),
)
PERIODS = st.builds(
    Promise,
    target=TARGETS,
    window=st.sampled_from(["1h", "5h", "1d", "1M"]),
    start=STARTS,
    zone=ZONES,
    rules=st.lists(RULES, max_size=1).map(tuple),
)
PROMISES = ROLLS | PERIODS | ROLLING_SLICES | CALENDAR_SLICES
SHORT = cases(PROMISES).filter(lambda case: case.last - case.first <= 8 * HOUR)


@given(cases(PROMISES))
@settings(max_examples=15, derandomize=True)
def test_no_figure_depends_on_how_often_it_is_looked(case: Case) -> None:
    same_figures(case)


@given(SHORT)
@settings(max_examples=8, derandomize=True)
def test_what_is_left_out_changes_nothing(case: Case) -> None:
    same_without_leaving_out(case)


ONE_BAD = [
    *(Happening(at=(NOON + second) * 1000) for second in range(20)),
    Happening(at=(NOON + 1800) * 1000, good=False),
]


@pytest.mark.parametrize(
    "promise",
    [
        Promise(window="1h"),
        Promise(window="1h", start="2026-01-01 00:00:00"),
        Promise(window="1h", method="Timeslices", slice="5m"),
        Promise(window="1h", method="Timeslices", slice="5m", no_data="bad"),
        Promise(window="1h", method="RatioTimeslices", slice="5m", no_data="carry"),
        Promise(window="1d", start="2026-01-01 06:15:00", method="RatioTimeslices", slice="1h"),
    ],
    ids=["rolling", "calendar", "slices", "bad", "carry", "anchored"],
)
def test_what_leaves_a_window_or_ends_is_not_left_out(promise: Promise) -> None:
    rules = tuple(Rule(lookback=lookback, threshold="1") for lookback in ("10m", "1h", "2h"))
    same_without_leaving_out(Case(replace(promise, rules=rules), ONE_BAD, 60, NOON + 4 * HOUR))


@pytest.mark.soak
@given(cases(PROMISES))
@settings(max_examples=5_000)
def test_many(case: Case) -> None:
    same_figures(case)


@pytest.mark.soak
@given(SHORT)
@settings(max_examples=2_000)
def test_many_without_leaving_out(case: Case) -> None:
    same_without_leaving_out(case)


def same_figures(case: Case) -> None:
    """Fail where a figure depends on how long ticks are."""
    patient = any(seconds != "0m" for rule in case.promise.rules for seconds in _patience(rule))
    shortest = MINUTE if patient else 1  # a second each would be a day's worth of ticks
    expected = figures(tried(case, 10 * DAY))
    for every in (HOUR, MINUTE, shortest):
        assert figures(tried(case, every)) == expected, every


def same_without_leaving_out(case: Case) -> None:
    """Fail where it matters that the clock does not stop everywhere."""
    found = tried(case, case.every)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "schedule_of", everywhere)
        expected = tried(case, case.every)
    assert found.statuses == expected.statuses
    assert found.alerts == expected.alerts


def everywhere(watch: Watch, counted: Iterable[Arrivals], ticks: Ticks) -> Schedule:
    """A schedule that leaves nothing out."""
    notes = np.arange(-(-ticks.first // 10) * 10, ticks.at + 1, 10)
    return Schedule(ticks, np.empty(0, np.int64), notes, every_tick=True)


def tried(case: Case, every: int) -> Trial:
    """What comes of a case with ticks of another length."""
    definitions = defined([document_of(case.promise.document)])
    file = io.BytesIO(b"\n".join(one.line for one in case.happenings))
    opened = OpenFile(EventFile(Path("events")), file)
    return run(definitions, [opened], every=every, at=case.at)


def figures(trial: Trial) -> list[Any]:
    """Everything in statuses but the alerts, and the risk that those which fire are."""
    return [_without_alerts(status) for status in trial.statuses]


def _without_alerts(said: Any) -> Any:
    if isinstance(said, list):
        return [_without_alerts(one) for one in said]
    if isinstance(said, dict):
        kept = {key: _without_alerts(value) for key, value in said.items() if key != "alerts"}
        return kept | ({"state": "ok"} if said.get("state") == "at_risk" else {})
    return said


def _patience(rule: Rule) -> tuple[str, str]:
    return rule.alert_after, rule.keep_firing_for
