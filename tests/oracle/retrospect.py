"""Looks back with the product's code over what an evaluator stored, and checks every answer.

Answers about the past are exact over the interval that they name, whose ends snap to what is still
stored: 10 seconds for two hours, minutes for ten days, quarter hours before.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import pytest

from services.api.history import Chronicle, Course
from services.api.overview import Overview
from services.api.past import Past
from services.api.schema.history import Step
from services.api.status import Clock
from tests.oracle.budget import Figures, Seen, evaluated, interval_of, measured, rolling_on_grid
from tests.oracle.calendar import CalendarWindow, period_at
from tests.oracle.case import Case, seconds
from tests.oracle.comparison import (
    STANDARD,
    AllGroups,
    Json,
    Judge,
    instant,
    named,
    same,
    same_budget,
)
from tests.oracle.event import Group
from tests.oracle.life import STALE_AFTER, Life
from tests.oracle.promise import Objective
from tests.oracle.window import DAY, HOUR, QUARTER_HOUR, Interval, end_at, rounded_down

FINE = 2 * HOUR - 900  # seconds for which 10-second buckets are there, whatever is thinned out
MINUTES = 10 * DAY - HOUR
FEWEST = 5  # stored buckets that a window must have


def grids(moment: int, now: int) -> tuple[int, ...]:
    """What a moment may be rounded to."""
    if moment >= now - FINE:
        return (10,)
    return (10, 60) if moment >= now - MINUTES else (10, 60, QUARTER_HOUR)


def windows(objective: Objective, length: int | None, at: int, now: int) -> Iterator[Interval]:
    """What a window may be answered as: its own where there is no length, else a lookback."""
    for up in grids(end_at(at), now):
        end = -rounded_down(-end_at(at), up)
        if length is not None:
            start = rolling_on_grid(objective, length, end).start
        elif isinstance(objective.window, CalendarWindow):
            start = period_at(objective.window, at).start
        else:
            start = rolling_on_grid(objective, objective.window, end).start
        for down in grids(start, now):
            yield Interval(rounded_down(start, down), end)


@dataclass(frozen=True)
class Retrospect:
    """A life that is over, and the case that it was."""

    case: Case
    life: Life

    def compare_status(self, at: int) -> None:
        """Fail where the status as of a moment says something else."""
        definitions, board = self.life.definitions, self.life.board()
        slos = list(definitions.catalogue.slos)
        past = asyncio.run(self._past.figures(slos, board, at, self.case.last))
        overview = Overview(definitions, board, Clock(at, STALE_AFTER), past=past)
        status = overview.status("shop").model_dump(mode="json")
        assert instant(status["at"]) == at
        judged = self._judged()
        for group, judge in judged.items():
            if group == ():
                self._compare(status["objectives"][0], judge, at)
                continue
            (said,) = (one for one in status["groups"] if tuple(one["group"].values()) == group)
            self._compare(said["objectives"][0], judge, at)
        assert len(status["groups"]) == len(judged.keys() - {()})

    def compare_history(self, course: Course) -> None:
        """Fail where a step of the history says something else."""
        (slo,) = self.life.definitions.catalogue.slos
        board, now = self.life.board(), self.case.last
        earliest = interval_of(self.case.objective(), course.start).start - 2 * DAY
        line = asyncio.run(self._past.timeline(board, slo, earliest, now))
        facts = board.of(slo.name, now).facts()
        steps = Chronicle(slo, slo.objectives[0], line, facts).steps(course)
        for one, after in pairwise(steps):
            assert one.to == after.from_
        for judge in (one for group, one in self._judged().items() if group == ()):
            for step in steps:
                self._compare_step(step, judge)

    @property
    def _past(self) -> Past:
        return Past(self.life.store, self.life.store.alerts)

    def _judged(self) -> dict[Group, Judge]:
        """The oracle's opinions: of all events, and where these are grouped of each group."""
        if self.case.promise.group_by is None:
            return {(): Judge(self.case)}
        groups = [Judge(self.case, (name,)) for name in "ab"]
        there = [one for one in groups if one.counted_anything]
        together: dict[Group, Judge] = {(): AllGroups(self.case, there)} if there else {}
        return together | {one.group: one for one in there}

    def _then(self, judge: Judge, at: int, ended: int) -> Seen:
        """What is known today of a moment: all events, and the slices that had `ended`."""
        seen = judge.seen(self.case.last)
        watermark = min(ended, self.case.last)  # a step ends with the bucket that is in progress
        beside = [replace(one, at=at, watermark=watermark) for one in seen.beside]
        return replace(seen, at=at, watermark=watermark, beside=beside)

    def _compare(self, said: Json, judge: Judge, at: int) -> None:
        now = self.case.last
        known = [self._then(judge, at, at)]
        if QUARTER_HOUR in grids(at, now):  # in the last one all slices count that begin in it
            known.append(self._then(judge, at, now))
        window = said["window"]
        interval = Interval(instant(window["from"]), instant(window["to"]))
        if said["total"] is None:
            assert interval.end - interval.start < FEWEST * QUARTER_HOUR
            return
        assert interval in windows(judge.objective, None, at, now)
        figures = [evaluated(judge.objective, one, interval) for one in known]
        counted = [one.measure.counted for one in figures]
        assert said["total"] in counted
        self._compare_figures(said, figures[counted.index(said["total"])])
        stood = {named(one): one["state"] for one in said["alerts"]}
        assert stood == judge.stood(at)
        for text in STANDARD:
            length, found = seconds(text), said["burn_rates"][text]
            over = windows(judge.objective, length, at, now)
            burns = [self._burn(judge, then, one) for one in over for then in known]
            assert close(found, burns) or (found is None and length < FEWEST * QUARTER_HOUR)

    def _compare_figures(self, said: Json, figures: Figures) -> None:
        measure = figures.measure
        if said["bad"] is not None:
            assert said["bad"] == measure.bad
        same(said["sli"], measure.sli)
        same(said["coverage"], measure.coverage)
        same_budget(said["error_budget"], figures.so_far)
        if figures.whole is not None and measure.counted:
            same_budget(said["error_budget"]["whole_period"], figures.whole)

    def _compare_step(self, step: Step, judge: Judge) -> None:
        end = int(step.to.timestamp())
        interval = Interval(int(step.from_.timestamp()), end)
        measure = measured(judge.objective, judge.seen(self.case.last), interval)
        assert step.total == measure.counted
        same(step.sli, measure.sli)
        burn = None if measure.sli is None else (1 - measure.sli) / judge.objective.allowed
        same(step.burn_rate, burn)
        seen = self._then(judge, end, end)
        own = list(windows(judge.objective, None, end - 1, self.case.last))
        left = [
            evaluated(judge.objective, seen, Interval(one.start, end)).so_far.remaining
            for one in own
        ]
        short = end - own[0].start < FEWEST * QUARTER_HOUR
        assert close(step.remaining_ratio, left) or (step.remaining_ratio is None and short)

    def _burn(self, judge: Judge, seen: Seen, interval: Interval) -> Fraction | None:
        sli = measured(judge.objective, seen, interval).sli
        return None if sli is None else (1 - sli) / judge.objective.allowed


def close(said: float | None, wanted: list[Fraction | None]) -> bool:
    """Tell whether a ratio is one of these."""
    return any(
        said is None if one is None else said == pytest.approx(float(one), rel=1e-9, abs=1e-9)
        for one in wanted
    )
