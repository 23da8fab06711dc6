"""A promise and what happened, in the words of both sides: documents and lines, oracle values."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Flag, auto
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.oracle.alert import Condition
from tests.oracle.calendar import CalendarWindow
from tests.oracle.event import Event, Fields, Indicator
from tests.oracle.exclusion import NEVER, remaining
from tests.oracle.promise import Objective, Slices, Version, Window
from tests.oracle.waiver import EVER, Waiver
from tests.oracle.window import end_at

UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}

FADED = 70  # seconds after which a thousand late events weigh nothing any more

ROUNDED = {"M": 30 * 86_400, "Q": 90 * 86_400, "Y": 365 * 86_400}


def seconds(text: str) -> int:
    """The length of a duration as written."""
    return int(text[:-1]) * UNITS[text[-1]]


@dataclass(frozen=True)
class Rule:
    """An alert condition as written; the oracle's is formed from it."""

    lookback: str = "1h"
    threshold: str = "2"
    op: str = "gte"
    short: str | None = None
    alert_after: str = "0m"
    keep_firing_for: str = "0m"
    min_bad_events: int = 1
    budget_below: str | None = None
    exhausted_within: str | None = None
    no_data: bool = False

    def conditions(self, number: int) -> dict[str, Condition]:
        """The conditions of its policy, by name."""
        found = {f"condition-{number}": self.condition}
        if self.no_data:
            found[f"no-data of policy-{number}"] = Condition(
                seconds(self.lookback), Fraction(0), no_data=True
            )
        return found

    @property
    def condition(self) -> Condition:
        within = None if self.exhausted_within is None else seconds(self.exhausted_within)
        return Condition(
            lookback=seconds(self.lookback),
            threshold=Fraction(self.threshold),
            op=self.op,
            short=None if self.short is None else seconds(self.short),
            alert_after=seconds(self.alert_after),
            keep_firing_for=seconds(self.keep_firing_for),
            min_bad_events=self.min_bad_events,
            budget_below=None if self.budget_below is None else Fraction(self.budget_below),
            exhausted_within=within,
        )

    def policy(self, number: int) -> dict[str, Any]:
        """The policy document that holds it."""
        annotations = {
            "leeway/keep-firing-for": self.keep_firing_for,
            "leeway/min-bad-events": str(self.min_bad_events),
        }
        if self.short is not None:
            annotations["leeway/short-window"] = self.short
        if self.budget_below is not None:
            annotations["leeway/budget-below"] = self.budget_below
        if self.exhausted_within is not None:
            annotations["leeway/exhausted-within"] = self.exhausted_within
        condition = {
            "kind": "burnrate",
            "op": self.op,
            "threshold": float(self.threshold),
            "lookbackWindow": self.lookback,
            "alertAfter": self.alert_after,
        }
        return {
            "kind": "AlertPolicy",
            "metadata": {"name": f"policy-{number}"},
            "spec": {
                "alertWhenBreaching": True,
                "alertWhenNoData": self.no_data,
                "conditions": [
                    {
                        "kind": "AlertCondition",
                        "metadata": {"name": f"condition-{number}", "annotations": annotations},
                        "spec": {"severity": "page", "condition": condition},
                    }
                ],
                "notificationTargets": [],
            },
        }


@dataclass(frozen=True)
class Promise:
    """One SLO over requests below a status of 500."""

    target: str = "0.9"
    window: str = "1h"
    start: str | None = None
    """Civil start of a calendar window, whose length is `window`."""
    zone: str = "UTC"
    method: str = "Occurrences"
    slice: str | None = None
    slice_target: str = "0.5"
    no_data: str = "exclude"
    silence_after: str = "1h"
    group_by: str | None = None
    rules: tuple[Rule, ...] = ()
    apart: str | None = None
    """What another data source tells, of whatever service: what is `good`, or what is `bad`."""

    @property
    def objective(self) -> Objective:
        """What the oracle is to judge."""
        slices = None
        if self.slice is not None:
            target = Fraction(self.slice_target) if self.method == "Timeslices" else None
            silence = seconds(self.silence_after)
            slices = Slices(seconds(self.slice), target, self.no_data, silence)
        return Objective(Fraction(self.target), self._window, slices)

    @property
    def indicator(self) -> Indicator:
        """What the oracle is to count."""
        return Indicator(
            total=lambda fields: fields.get("service") == "shop",
            good=_below_500,
            weight="count",
            group_by=() if self.group_by is None else (self.group_by,),
            apart=self.apart,
        )

    @property
    def document(self) -> dict[str, Any]:
        """The OpenSLO document."""
        promised: dict[str, Any] = {"displayName": "answers", "target": float(self.target)}
        if self.slice is not None:
            promised["timeSliceWindow"] = self.slice
            if self.method == "Timeslices":
                promised["timeSliceTarget"] = float(self.slice_target)
        window: dict[str, Any] = {"duration": self.window, "isRolling": self.start is None}
        if self.start is not None:
            window["calendar"] = {"startTime": self.start, "timeZone": self.zone}
        ratio = {"counter": True, "total": _metric("service == 'shop'")} | self._other_side
        indicator: dict[str, Any] = {"metadata": {"name": "sli"}, "spec": {"ratioMetric": ratio}}
        if self.group_by is not None:
            indicator["metadata"]["annotations"] = {"leeway/group-by": self.group_by}
        annotations = {"leeway/no-data": self.no_data, "leeway/silence-after": self.silence_after}
        return {
            "apiVersion": "openslo/v1",
            "kind": "SLO",
            "metadata": {"name": "shop", "annotations": annotations},
            "spec": {
                "service": "shop",
                "budgetingMethod": self.method,
                "timeWindow": [window],
                "indicator": indicator,
                "objectives": [promised],
                "alertPolicies": [rule.policy(n) for n, rule in enumerate(self.rules)],
            },
        }

    @property
    def _other_side(self) -> dict[str, Any]:
        match self.apart:
            case "good":
                return {"good": _metric("status < 500", "answers")}
            case "bad":
                return {"bad": _metric("status >= 500", "answers")}
            case _:
                return {"good": _metric("service == 'shop' && status < 500")}

    @property
    def sources(self) -> list[dict[str, Any]]:
        """The documents of the data sources, where there is more than one."""
        return [] if self.apart is None else [_source("requests"), _source("answers")]

    @property
    def nominal_length(self) -> int:
        """The length of the window in seconds; months, quarters and years as people round them."""
        return int(self.window[:-1]) * (UNITS | ROUNDED)[self.window[-1]]

    @property
    def _window(self) -> Window:
        if self.start is None:
            return seconds(self.window)
        return CalendarWindow(self.start, self.zone, int(self.window[:-1]), self.window[-1])


@dataclass(frozen=True)
class Happening:
    """One event; `at` in milliseconds since 1970, `delay` in seconds until it becomes known."""

    at: int
    good: bool = True
    weight: int = 1
    service: str = "shop"
    tenant: str = "a"
    delay: int = 0

    @property
    def known_at(self) -> int:
        """The first second at which it is known."""
        return -(-self.at // 1000) + self.delay

    @property
    def event(self) -> Event:
        """The event as the oracle sees it."""
        return Event(Fraction(self.at, 1000), self._fields)

    @property
    def line(self) -> bytes:
        """The event as a line of a file."""
        return json.dumps({**self._fields, "ts": self.at}).encode()

    @property
    def _fields(self) -> dict[str, object]:
        return {
            "service": self.service,
            "status": 200 if self.good else 503,
            "count": self.weight,
            "tenant": self.tenant,
        }


class Fate(Flag):
    """What befalls the evaluator after a tick, in this order."""

    NOTHING = 0
    REPEAT = auto()
    """It hears a message again."""
    SAVE = auto()
    DIE = auto()
    """Another owner goes on from what was saved."""
    QUIET = auto()
    """Until after the next tick nothing is heard of the sources."""


@dataclass(frozen=True)
class Amendment:
    """Another target, defined after the tick at `since`."""

    since: int
    target: str


@dataclass(frozen=True)
class Way:
    """How events reach the evaluator: over how many partitions, in whole messages or in halves."""

    partitions: int = 1
    halves: bool = False


@dataclass(frozen=True)
class Case:
    """A promise, what happened, and how the clock ran."""

    promise: Promise
    happenings: Sequence[Happening]
    every: int = 60
    at: int | None = None
    waivers: Sequence[Waiver] = ()
    amendments: Sequence[Amendment] = ()
    fates: Sequence[Fate] = ()
    way: Way = Way()

    def fate(self, tick: int) -> Fate:
        """What befalls the evaluator after a tick; nothing after the last, which is looked at."""
        if not self.fates or tick == len(self.ticks) - 1:
            return Fate.NOTHING
        return self.fates[tick % len(self.fates)]

    def is_quiet(self, tick: int) -> bool:
        """Tell whether a tick hears nothing of the sources."""
        return (
            tick > 0 and bool(self.fates) and Fate.QUIET in self.fates[(tick - 1) % len(self.fates)]
        )

    def news(self, tick: int) -> list[bytes]:
        """The lines that a tick learns of: those that the last one that heard anything did not."""
        at, before = self.ticks[tick], self.heard(self.ticks[tick - 1]) if tick else NEVER
        return [one.line for one in self.happenings if before < one.known_at <= at]

    def heard(self, at: int) -> int:
        """Up to when what is known is complete: always to that moment, where nothing is quiet."""
        if not any(Fate.QUIET in fate for fate in self.fates):
            return at
        return max(
            one for tick, one in enumerate(self.ticks) if one <= at and not self.is_quiet(tick)
        )

    def calm_after(self, tick: int) -> int:
        """Seconds from a tick to the next; none after the last."""
        return 0 if tick == len(self.ticks) - 1 else self.ticks[tick + 1] - self.ticks[tick]

    def documents(self, at: int = NEVER) -> list[dict[str, Any]]:
        """All documents as they are after the tick at some second."""
        waivers = [
            one.document(number)
            for number, one in enumerate(self.waivers)
            if one.since <= at < one.gone
        ]
        promise = replace(self.promise, target=self.target(at))
        return [promise.document, *promise.sources, *waivers]

    def target(self, at: int) -> str:
        """The target after the tick at some second."""
        changed = [one.target for one in self.amendments if one.since <= at]
        return changed[-1] if changed else self.promise.target

    def objective(self, before: int = EVER) -> Objective:
        """What the oracle is to judge, by what was defined before some second."""
        changed = [one for one in self.amendments if one.since < before]
        found = self.promise.objective
        if not changed:
            return found
        # The bucket in which a target changed is counted under the former one (docs/adr/0011).
        later = [Version(end_at(one.since), Fraction(one.target)) for one in changed]
        versions = (Version(NEVER, found.target), *later)
        return replace(found, target=versions[-1].target, versions=versions)

    def in_force(self, at: int) -> list[Waiver]:
        """The exclusions that were defined before a tick."""
        return [one for one in self.waivers if one.since < at <= one.gone]

    def known(self, at: int) -> list[Event]:
        """The events that are known at a tick and count, by what was defined before it."""
        rules = [one.exclusion(self.waivers) for one in self.in_force(at)]
        known = [one for one in self.happenings if one.known_at <= at]
        return [one.event for one in known if remaining(rules, one.event, one.known_at)]

    @property
    def is_backfilled(self) -> bool:
        """Whether alerts may wait for the past to arrive (docs/adr/0015), which fades in a minute.

        What is more than a minute late came within the last seconds of some tick.
        """
        return any(
            before < one.known_at <= at and at - before <= FADED and one.at // 1000 + 60 < before
            for before, at in pairwise(self.ticks)
            for one in self.happenings
        )

    @property
    def first(self) -> int:
        """The second of the first tick, unless `at` is earlier."""
        return min(one.known_at for one in self.happenings)

    @property
    def last(self) -> int:
        """The second of the last tick."""
        if self.at is not None:
            return self.at
        return max(one.known_at for one in self.happenings)

    @property
    def ticks(self) -> list[int]:
        """All ticks."""
        return [*range(self.first, self.last, self.every), self.last]


def _below_500(fields: Fields) -> bool:
    status = fields.get("status")
    return isinstance(status, int) and status < 500


def _source(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "openslo/v1",
        "kind": "DataSource",
        "metadata": {"name": name},
        "spec": {"type": "kafka", "connectionDetails": {"topic": name}},
    }


def _metric(query: str, source: str = "requests") -> dict[str, Any]:
    spec = {"query": query}
    return {"metricSource": {"metricSourceRef": source, "type": "kafka", "spec": spec}}
