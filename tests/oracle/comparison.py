"""Lets the product and the oracle judge the same case, and holds the answers side by side."""

import io
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from leeway.trial.run import run
from leeway.trial.source import EventFile, OpenFile
from tests.oracle.alert import Condition, Look, Machine, alerts, look
from tests.oracle.budget import Budget, Figures, Seen, burn_rate, evaluated
from tests.oracle.case import Case, Fate, seconds
from tests.oracle.event import Group, counted
from tests.oracle.law import Law
from tests.oracle.life import STALE_AFTER, Life
from tests.oracle.promise import Objective
from tests.oracle.state import state_of, worst
from tests.oracle.tier import tiers
from tests.oracle.window import BUCKET, Interval, bucket, resolution, rounded_down

EVER = 1 << 60
STORED_WITHIN = 600
"""Seconds within which an evaluator surely stores by what definitions it goes (docs/adr/0011)."""
DEFAULT_NAMES = ("fast-page", "slow-page", "fast-ticket", "slow-ticket")
STANDARD = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")

Json = Mapping[str, Any]


def agree(case: Case) -> None:
    """Fail where `leeway try` says something else than the oracle."""
    file = io.BytesIO(b"\n".join(one.line for one in case.happenings))
    opened = OpenFile(EventFile(Path("events")), file)
    trial = run(Law().change(case.documents(), 0), [opened], every=case.every, at=case.at)
    assert not trial.refusals
    compare(case, trial.statuses, trial.alerts)


def agree_on_breaches(case: Case) -> None:
    """Fail where `leeway try` says otherwise whether occurrences were ever too many bad ones."""
    file = io.BytesIO(b"\n".join(one.line for one in case.happenings))
    opened = OpenFile(EventFile(Path("events")), file)
    trial = run(Law().change(case.documents(), 0), [opened], every=case.every, at=case.at)
    ((status,), groups) = trial.statuses, []
    for one in status["groups"]:
        groups.append(Judge(case, tuple(one["group"].values())))
        assert one["objectives"][0]["ever_breached"] == ever_breached(groups[-1])
    whole = AllGroups(case, groups) if groups else Judge(case)
    assert status["objectives"][0]["ever_breached"] == ever_breached(whole)


def agree_when_late(case: Case) -> None:
    """Fail where an evaluator says something else of a case, whatever befalls it on the way."""
    case, life = lived(case)
    compare(case, life.statuses(), life.alerts())


def lived(case: Case) -> tuple[Case, Life]:
    """Let an evaluator live through a case; return what befell it, and what has become of it."""
    law = Law()
    life = Life(law.change(case.documents(), case.first), case.first, case.way)
    fates = []
    for number, at in enumerate(case.ticks):
        life.tick(at, None if case.is_quiet(number) else case.news(number))
        fate = case.fate(number)
        changed = law.documents != case.documents(at)
        if changed and life.define(law.change(case.documents(at), at)):
            fate |= Fate.SAVE | Fate.DIE
        stored = changed and case.calm_after(number) > STORED_WITHIN
        if stored and Fate.DIE not in fate:
            fate |= Fate.SAVE  # alerts go on from it as well
        if Fate.REPEAT in fate:
            life.repeat(number)
        if Fate.SAVE in fate:
            life.save()
        if Fate.DIE in fate:
            life.die()
            if stored:
                life.save()
        fates.append(fate)
    life.save()
    return replace(case, fates=fates), life


def compare(case: Case, found: Sequence[Json], fired: Sequence[Json]) -> None:
    """Fail where statuses or alerts say something else than the oracle."""
    (status,) = found
    assert (status["reason"] is not None) == is_stale(case, case.last), status["reason"]
    assert instant(status["at"]) == case.last
    groups = counted(case.promise.indicator, [one.event for one in case.happenings])
    (objective,) = status["objectives"]
    if case.promise.group_by is None:
        judge = Judge(case)
        judge.compare(objective)
        judge.compare_alerts(fired)
        assert status["state"] == worst([objective["state"]])
        return
    judged = {group: Judge(case, group) for group in groups}
    said = {tuple(one["group"].values()): one["objectives"][0] for one in status["groups"]}
    assert set(said) == {group for group, judge in judged.items() if judge.counted_anything}
    for group in said:
        judged[group].compare(said[group])
        of_group = [one for one in fired if tuple(one["group"].values()) == group]
        judged[group].compare_alerts(of_group)
    if said:
        together = AllGroups(case, [judged[group] for group in said])
        together.compare(objective)
        together.compare_worst(objective["rollup"])


class Judge:
    """The oracle's opinion on one series of a case, compared field by field."""

    def __init__(self, case: Case, group: Group = ()) -> None:
        self.case = case
        self.group = group
        self.objective: Objective = case.objective()
        self._seen = self.seen(case.last)
        self._figures: Figures = evaluated(self.objective, self._seen)

    @cached_property
    def state(self) -> str:
        """How the objective stands."""
        firing = "firing" in self.standing.values()
        return state_of(self._figures, stale=is_stale(self.case, self.case.last), firing=firing)

    @cached_property
    def standing(self) -> dict[str, str]:
        """How the alert of each condition stands."""
        return self.stood(self.case.last)

    def stood(self, at: int) -> dict[str, str]:
        """How the alert of each condition stood at a moment."""
        return {
            name: machine.state_at(at)
            for name, machine in self._machines.items()
            if name in self.conditions(self.objective)
        }

    @property
    def remaining(self) -> Fraction | None:
        """What is left of the budget that the state goes by."""
        return (self._figures.whole or self._figures.so_far).remaining

    @cached_property
    def raw(self) -> "Judge":
        """The opinion as if nothing was excluded."""
        return Judge(replace(self.case, waivers=()), self.group)

    @property
    def counted_anything(self) -> bool:
        """Whether the product can know of the series: an event of no weight leaves no trace."""
        return any(one.total or one.good for one in self.raw.seen(self.case.last).counts)

    def seen(self, at: int) -> Seen:
        """What is known at a tick."""
        heard = self.case.heard(at)
        counts = counted(self.case.promise.indicator, self.case.known(heard)).get(self.group, [])
        # A group is counted from its first event on: before, nobody knew that there would be one.
        since = self.case.ticks[0] if self.group == () else EVER
        return Seen(counts, at, watermark=heard, counted_since=since)

    def look(self, condition: Condition, at: int) -> Look:
        """What a tick sees of a condition."""
        stale = is_stale(self.case, at)
        return look(self.case.objective(at), condition, self.seen(at), stale=stale)

    def was_breached(self, at: int) -> bool:
        """Whether the objective was breached at a moment."""
        figures = evaluated(self.objective, self.seen(at))
        return state_of(figures, stale=False, firing=False) == "breached"

    def moments(self) -> list[int]:
        """The ends of buckets right before and after each change of what a window holds, and now.

        Between two changes things stay as they are, or get worse as a calendar period passes.
        """
        found = {self.case.last, rounded_down(self.case.last, BUCKET)}
        window = self.objective.window
        for begins in {bucket(one.at) for one in self._seen.all_counts}:
            changes = [begins + BUCKET]
            if isinstance(window, int):
                step = resolution(window)
                changes.append(rounded_down(begins, step) + step + window)
            found.update(end for change in changes for end in (change - BUCKET, change))
        earliest = max(self._figures.measure.interval.start, self.case.ticks[0])
        return sorted(at for at in found if earliest <= at <= self.case.last)

    def compare(self, said: Json) -> None:
        """Fail where the status of the objective says something else."""
        assert said["target"] == float(self.objective.target)
        self._compare_versions(said["versions"])
        window = said["window"]
        start, end = instant(window["from"]), instant(window["to"])
        assert Interval(start, end) == self._figures.measure.interval
        self.compare_figures(said)
        if self.case.in_force(self.case.last):
            self.raw.compare_figures(said["raw"])
        else:
            assert said["raw"] is None
        assert said["state"] == self.state
        standing = {named(one): one["state"] for one in said["alerts"]}
        assert standing == self.standing

    def compare_figures(self, said: Json) -> None:
        """Fail where figures, before exclusions or after, are others."""
        measure = self._figures.measure
        method = self.case.promise.method
        assert said["total"] == measure.counted
        if method == "RatioTimeslices":
            assert said["good"] is said["bad"] is None
        else:
            assert (said["good"], said["bad"]) == (measure.counted - measure.bad, measure.bad)
        if method != "Occurrences":
            events = said["events"]
            assert events["total"] == measure.events_total
            assert events["total"] - events["good"] == measure.events_bad
        same(said["sli"], measure.sli)
        same(said["coverage"], measure.coverage)
        self._compare_budget(said["error_budget"])
        for text in {*STANDARD, *self._named_windows()}:
            expected = burn_rate(self.objective, self._seen, seconds(text))
            same(said["burn_rates"][text], expected)

    def compare_alerts(self, said: Sequence[Json]) -> None:
        """Fail where other alerts fired, at other times, or ended for other reasons."""
        for name, machine in self._machines.items():
            mine = [one for one in said if named(one) == name]
            expected = alerts(machine.transitions)
            assert [ended(one) for one in mine] == [(one.start, one.end) for one in expected]
            if all("reason" in one for one in mine):  # which `leeway try` does not tell
                assert [one["reason"] for one in mine] == [one.reason for one in expected]

    @cached_property
    def _machines(self) -> dict[str, Machine]:
        machines: dict[str, Machine] = {}
        saved = deepcopy(machines)
        for number, at in enumerate(self.case.ticks):
            fate, conditions = self.case.fate(number), self.conditions(self.case.objective(at))
            for name, condition in conditions.items():
                machine = machines.setdefault(name, Machine(condition))
                machine.tick(self.look(condition, at))
            for name in machines.keys() - conditions.keys():
                machines[name].delete(at)
            if Fate.SAVE in fate:
                saved = deepcopy(machines)
            if Fate.DIE in fate:
                machines = deepcopy(saved)
                for machine in machines.values():
                    machine.before = None
        return machines

    def conditions(self, objective: Objective) -> dict[str, Condition]:
        """The conditions of the promise, by name; without any, those of the default tiers."""
        promise = self.case.promise
        if promise.rules:
            found = [rule.conditions(number) for number, rule in enumerate(promise.rules)]
            return {name: one for conditions in found for name, one in conditions.items()}
        return {
            DEFAULT_NAMES[tier.number]: Condition(
                tier.lookback, tier.threshold, op="gt", short=tier.short
            )
            for tier in tiers(promise.nominal_length, objective.allowed)
        }

    def _named_windows(self) -> set[str]:
        promise = self.case.promise
        named = {rule.lookback for rule in promise.rules}
        named |= {rule.short for rule in promise.rules if rule.short is not None}
        return named | ({promise.window} if promise.start is None else set())

    def _compare_versions(self, said: Sequence[Json]) -> None:
        shares = self._figures.shares if len(self._figures.shares) > 1 else []
        assert len(said) == len(shares)
        for one, share in zip(said, shares, strict=True):
            assert one["target"] == float(share.version.target)
            assert instant(one["from"]) == share.interval.start
            assert instant(one["to"]) == share.interval.end
            assert one["total"] == share.counted
            same(one["allowed"], share.allowed)

    def _compare_budget(self, said: Json) -> None:
        figures = self._figures
        same_budget(said, figures.so_far)
        if figures.whole is None:
            assert said["whole_period"] is None
        elif figures.measure.counted:
            same_budget(said["whole_period"], figures.whole)
        if figures.exhausted_at is None:
            assert said["exhausted_at"] is None
        elif figures.exhausted_at < 250_000_000_000:
            assert instant(said["exhausted_at"]) == pytest.approx(
                float(figures.exhausted_at), abs=1.001
            )


class AllGroups(Judge):
    """The oracle's opinion on all groups of a case together, and on the worst of them."""

    def __init__(self, case: Case, groups: Sequence[Judge]) -> None:
        self.groups = groups
        super().__init__(case)

    @cached_property
    def raw(self) -> "AllGroups":
        """The opinion as if nothing was excluded."""
        return AllGroups(replace(self.case, waivers=()), [one.raw for one in self.groups])

    def seen(self, at: int) -> Seen:
        """What is known at a tick."""
        first, *others = (one.seen(at) for one in self.groups)
        return replace(first, beside=others)

    def stood(self, at: int) -> dict[str, str]:
        """How the alert of each condition stood in the group where it stood worst."""
        order = ("inactive", "pending", "firing")
        found = [one.stood(at) for one in self.groups]
        return {name: max((one[name] for one in found), key=order.index) for name in found[0]}

    def compare_worst(self, said: Json) -> None:
        """Fail where another group is said to be the worst."""
        assert said["groups"] == len(self.groups)
        left = [one.remaining for one in self.groups if one.remaining is not None]
        if not left:
            assert said["worst"] is None
            return
        same(said["worst"]["remaining_ratio"], min(left))
        named = tuple(said["worst"]["group"].values())
        (worst_of,) = (one for one in self.groups if one.group == named)
        same(said["worst"]["remaining_ratio"], worst_of.remaining)
        assert said["worst"]["state"] == worst_of.state


def is_stale(case: Case, at: int) -> bool:
    """Whether at a tick too much time has passed since the sources were heard of."""
    return case.heard(at) < at - STALE_AFTER


def ever_breached(judge: Judge) -> bool:
    """Whether an objective was breached at the end of any bucket of its window, or is now."""
    return any(map(judge.was_breached, judge.moments()))


def ended(alert: Json) -> tuple[int, int | None]:
    """From when until when an alert is said to have fired."""
    until = alert["to"]
    return instant(alert["from"]), None if until is None else instant(until)


def named(alert: Json) -> str:
    """What the oracle calls the condition of an alert: that about silence by its policy."""
    if alert["condition"] == "no-data":
        return f"no-data of {alert['policy']}"
    return str(alert["condition"])


def same_budget(said: Json, expected: Budget) -> None:
    """Fail where a budget differs; without data there is none."""
    known = expected.consumed is not None
    same(said["allowed"], expected.allowed if known else None)
    same(said["consumed_ratio"], expected.consumed)
    same(said["remaining_ratio"], expected.remaining)


def same(said: float | None, expected: Fraction | None) -> None:
    """Fail where a ratio differs by more than floats do."""
    wanted = None if expected is None else pytest.approx(float(expected), rel=1e-9, abs=1e-9)
    assert said == wanted


def instant(text: str) -> int:
    """An answer's time in seconds since 1970."""
    return int(datetime.fromisoformat(text).timestamp())
