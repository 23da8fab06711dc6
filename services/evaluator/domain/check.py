"""The alert rules of all entries of a table, as parallel arrays."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from services.evaluator.domain.budget_left import FOR_EVER
from services.evaluator.domain.column import EVERY
from services.evaluator.domain.delta import Bools, Ints
from services.evaluator.domain.table import Floats
from services.evaluator.domain.together import NOWHERE, Together, together_of
from services.evaluator.domain.watch import Watched
from shared.domain.alert_rule import (
    AlertRule,
    RuleKind,
    burns_together,
    joint_rules_of,
    rules_of,
    stale_rule,
)
from shared.domain.budget import limit
from shared.domain.burn_window import lookback_window
from shared.domain.default_policy import nominal_length
from shared.domain.slo import SLO, AlertCondition, Objective
from shared.domain.window import HOUR, WindowKey

NO_WINDOW = -1
_NOTHING_PROMISED = Decimal(0)  # the target of which error ratios are burn rates


class Run(NamedTuple):
    """What the checks of a run have in common: their kind, windows and comparison.

    `long`, `short` and `hour` are indices of the counters' windows, NO_WINDOW where there is none;
    `hour` is needed where the budget that is left matters. The checks of a `joint` run are about
    all parts of a composite, for which its first entry stands.
    """

    kind: RuleKind
    long: int = NO_WINDOW
    short: int = NO_WINDOW
    hour: int = NO_WINDOW
    op: str = ""
    joint: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule asks for at one target.

    `limit` is an error ratio over the lookback, `budget` one over what the budget is for that is to
    be exceeded as well; `within` is in how many seconds the budget is to be spent. Of a joint run
    the two are burn rates, and the share of the budget that is spent.
    """

    rule: AlertRule
    run: Run
    limit: float = 0.0
    budget: float = -1.0
    within: float = FOR_EVER


@dataclass(frozen=True, slots=True, eq=False)
class Checks:
    """One check per rule and entry, in runs: `bounds[i]` to `bounds[i + 1]` is `runs[i]`.

    `members[i]` are the entries of `runs[i]`, as a slice where they are all there are in order.
    `windows` are the indices of the counters' windows. `entry` is the index of the entry, `terms`
    that of what is asked for in `asked`; `limit`, `min_bad`, `alert_after` and `keep_firing` are
    parts of that. `by_figures` are those that need figures which are up to date: all but those
    that ask whether they are. While one of `pages` fires, tickets beside it are not sent.
    """

    entries: tuple[Watched, ...]
    windows: Mapping[WindowKey, int]
    asked: tuple[Terms, ...]
    runs: tuple[Run, ...]
    bounds: tuple[int, ...]
    members: tuple[Ints | slice, ...]
    entry: Ints
    terms: Ints
    limit: Floats
    min_bad: Ints
    alert_after: Ints
    keep_firing: Ints
    by_figures: Bools
    pages: Bools
    together: Together | None

    def __len__(self) -> int:
        return len(self.entry)

    def terms_of(self, check: int) -> Terms:
        """Return what a check asks for."""
        return self.asked[int(self.terms[check])]

    def about(self, check: int) -> Watched:
        """Return the entry that a check is about."""
        return self.entries[int(self.entry[check])]

    def ranges(self) -> Iterator[tuple[Run, slice, Ints | slice]]:
        """Yield every run with its checks and their entries."""
        for number, run in enumerate(self.runs):
            checks = slice(self.bounds[number], self.bounds[number + 1])
            yield run, checks, self.members[number]


def tabulate_checks(entries: Sequence[Watched], windows: Mapping[WindowKey, int]) -> Checks:
    """Return the checks of these entries."""
    planner = _Planner(windows)
    plans = np.array([planner.plan(entry) for entry in entries], np.int64)
    entry, terms = _spread(planner.plans, plans)
    together = together_of(entries)
    more = planner.stale(entries)
    more += planner.joint(entries, together) if together else []
    entry = np.concatenate((entry, np.array([e for e, _ in more], np.int64)))
    terms = np.concatenate((terms, np.array([t for _, t in more], np.int64)))
    return _in_runs(tuple(entries), windows, tuple(planner.asked), entry, terms, together)


class _Planner:
    """Forms the terms of each objective once: groups, and objectives alike, share them."""

    def __init__(self, windows: Mapping[WindowKey, int]) -> None:
        self.plans: list[list[int]] = []
        self.asked: dict[Terms, int] = {}
        self._windows = windows
        self._by_identity: dict[tuple[int, int], int] = {}
        self._by_terms: dict[object, int] = {}

    def plan(self, entry: Watched) -> int:
        """Return the number of an entry's plan."""
        identity = id(entry.slo), id(entry.objective)
        found = self._by_identity.get(identity)
        if found is None:
            alike = _likeness(entry.slo, entry.objective)
            found = self._by_terms.get(alike)
            if found is None:
                found = self._by_terms[alike] = len(self.plans)
                self.plans.append([self._number(terms) for terms in self._terms(entry)])
            self._by_identity[identity] = found
        return found

    def stale(self, entries: Iterable[Watched]) -> list[tuple[int, int]]:
        """Return the first entry of every SLO that has somebody to tell, with its terms."""
        found: list[tuple[int, int]] = []
        seen: set[int] = set()
        for at, entry in enumerate(entries):
            if entry.slo.policies and id(entry.slo) not in seen:
                seen.add(id(entry.slo))
                rule = stale_rule(entry.slo)
                if rule is not None:
                    found.append((at, self._number(Terms(rule, Run(rule.kind)))))
        return found

    def joint(self, entries: Sequence[Watched], together: Together) -> list[tuple[int, int]]:
        """Return the entries that stand for composites, each with its terms."""
        found: list[tuple[int, int]] = []
        for at in np.flatnonzero(together.place != NOWHERE).tolist():
            for rule in joint_rules_of(entries[at].slo):
                found += [(at, self._number(one)) for one in self._burning(rule, entries[at], None)]
        return found

    def _terms(self, entry: Watched) -> Iterable[Terms]:
        for rule in rules_of(entry.slo, entry.objective):
            if rule.burn is not None and rule.kind is RuleKind.NO_DATA:
                yield Terms(rule, Run(rule.kind, self._window(entry, rule.burn.lookback)))
            else:
                yield from self._burning(rule, entry, entry.objective.target)

    def _burning(self, rule: AlertRule, entry: Watched, target: Decimal | None) -> Iterator[Terms]:
        """Yield what a rule asks of the burn at a target, or of all parts together at none."""
        burn = rule.burn
        if burn is None:
            return
        long, short = self._window(entry, burn.lookback), self._window(entry, burn.short_window)
        hour = self._window(entry, HOUR if burn.asks_for_budget else None)
        run = Run(rule.kind, long, short, hour, burn.op, joint=target is None)
        yield _terms(rule, burn, run, target or _NOTHING_PROMISED)

    def _window(self, entry: Watched, seconds: int | None) -> int:
        if seconds is None:
            return NO_WINDOW
        return self._windows[lookback_window(entry.slo, entry.objective, seconds)]

    def _number(self, terms: Terms) -> int:
        return self.asked.setdefault(terms, len(self.asked))


def _terms(rule: AlertRule, burn: AlertCondition, run: Run, target: Decimal) -> Terms:
    below, within = burn.budget_below, burn.exhausted_within
    return Terms(
        rule,
        run,
        limit(burn.threshold, target),
        -1.0 if below is None else limit(Decimal(1) - below, target),
        FOR_EVER if within is None else float(within),
    )


def _likeness(slo: SLO, objective: Objective) -> object:
    """Return all that the terms of an objective depend on."""
    grid = lookback_window(slo, objective, 0)
    judged = slo.policies, slo.agreement is None, burns_together(slo)
    return *judged, objective.target, nominal_length(slo.window), grid


def _spread(members: Sequence[Sequence[int]], plans: Ints) -> tuple[Ints, Ints]:
    """Return an entry and a term for each member of each entry's plan."""
    sizes = np.array([len(plan) for plan in members], np.int64)
    flat = np.array([term for plan in members for term in plan], np.int64)
    starts = np.cumsum(sizes) - sizes
    counts = sizes[plans]
    entry = np.repeat(np.arange(len(plans)), counts)
    within = np.arange(len(entry)) - np.repeat(np.cumsum(counts) - counts, counts)
    return entry, flat[starts[plans][entry] + within]


def _in_runs(
    entries: tuple[Watched, ...],
    windows: Mapping[WindowKey, int],
    asked: tuple[Terms, ...],
    entry: Ints,
    terms: Ints,
    together: Together | None,
) -> Checks:
    """Return the checks ordered so that those of a run lie together, by entry within it."""
    runs = sorted({one.run for one in asked})
    number = np.array([runs.index(one.run) for one in asked], np.int64)
    run = number[terms] if len(terms) else terms
    order = np.lexsort((entry, run))
    entry, terms, run = entry[order], terms[order], run[order]
    burns = [one.rule.burn if one.run.kind is RuleKind.BURN else None for one in asked]
    by_figures = np.array([one.run.kind is not RuleKind.STALE for one in asked], np.bool_)
    pages = np.array([one.run.kind is RuleKind.BURN and one.rule.page for one in asked], np.bool_)
    bounds = np.searchsorted(run, np.arange(len(runs) + 1)).tolist()
    parts = np.split(entry, bounds[1:-1])
    return Checks(
        entries,
        windows,
        asked,
        tuple(runs),
        tuple(bounds),
        tuple(
            EVERY if np.array_equal(part, np.arange(len(entries))) and not one.joint else part
            for one, part in zip(runs, parts[: len(runs)], strict=True)
        ),
        entry,
        terms,
        np.array([one.limit for one in asked], np.float64)[terms],
        np.array([burn.min_bad_events if burn else 0 for burn in burns], np.int64)[terms],
        np.array([burn.alert_after if burn else 0 for burn in burns], np.int64)[terms],
        np.array([burn.keep_firing_for if burn else 0 for burn in burns], np.int64)[terms],
        by_figures[terms],
        pages[terms],
        together,
    )
