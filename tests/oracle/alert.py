"""The alert state machine, tick by tick."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from tests.oracle.budget import (
    Seen,
    burn_rate,
    evaluated,
    interval_of,
    measured,
    rolling_on_grid,
)
from tests.oracle.promise import Objective
from tests.oracle.window import summed

COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "gt": lambda burn, threshold: burn > threshold,
    "gte": lambda burn, threshold: burn >= threshold,
    "lt": lambda burn, threshold: burn < threshold,
    "lte": lambda burn, threshold: burn <= threshold,
}


@dataclass(frozen=True)
class Condition:
    """When an alert should fire.

    `budget_below` (a share) and `exhausted_within` (seconds) narrow it to when so little of the
    budget is left (docs/alerts.md). With `no_data` it is about silence instead.
    """

    lookback: int
    threshold: Fraction
    op: str = "gte"
    short: int | None = None
    alert_after: int = 0
    keep_firing_for: int = 0
    min_bad_events: int = 1
    budget_below: Fraction | None = None
    exhausted_within: int | None = None
    no_data: bool = False


@dataclass(frozen=True)
class Look:
    """What one tick sees of a condition."""

    at: int
    holds: bool
    empty: bool
    """The long window counted nothing."""
    short_unknown: bool
    """It holds but for the short window, which counted nothing."""
    stale: bool = False


@dataclass(frozen=True)
class Transition:
    """A change of state, and for a resolved alert why."""

    at: int
    state: str
    reason: str | None = None


class Subject(Protocol):
    """What a condition is about, as seen at a moment: an objective, or several together."""

    @property
    def at(self) -> int:
        """The moment."""

    def burn_rate(self, length: int) -> Fraction | None:
        """How fast the budget burnt over a length."""

    def events_bad(self, length: int) -> int:
        """How many events were bad over a length."""

    def remaining(self) -> Fraction | None:
        """What is left of the budget; in a calendar window of that of the whole period."""

    def exhausted_at(self) -> Fraction | None:
        """When the budget will be spent."""


@dataclass(frozen=True)
class One:
    """An objective at a moment."""

    objective: Objective
    seen: Seen

    @property
    def at(self) -> int:
        return self.seen.at

    def burn_rate(self, length: int) -> Fraction | None:
        return burn_rate(self.objective, self.seen, length)

    def events_bad(self, length: int) -> int:
        window = rolling_on_grid(self.objective, length, self.seen.at)
        return measured(self.objective, self.seen, window).events_bad

    def remaining(self) -> Fraction | None:
        figures = evaluated(self.objective, self.seen)
        return (figures.whole or figures.so_far).remaining

    def exhausted_at(self) -> Fraction | None:
        return evaluated(self.objective, self.seen).exhausted_at


def look(objective: Objective, condition: Condition, seen: Seen, *, stale: bool = False) -> Look:
    """What a tick at `seen.at` sees."""
    if condition.no_data:
        silent = is_silent(objective, condition, seen)
        return Look(seen.at, holds=silent, empty=False, short_unknown=False, stale=stale)
    return look_at_burn(One(objective, seen), condition, stale=stale)


def look_at_burn(subject: Subject, condition: Condition, *, stale: bool = False) -> Look:
    """What a tick sees of how fast budgets burn."""
    compare = COMPARE[condition.op]
    long = subject.burn_rate(condition.lookback)
    if (
        long is None
        or not compare(long, condition.threshold)
        or subject.events_bad(condition.lookback) < condition.min_bad_events
        or not is_short_of_budget(subject, condition)
    ):
        return Look(subject.at, holds=False, empty=long is None, short_unknown=False, stale=stale)
    holds, unknown = True, False
    if condition.short is not None:
        short = subject.burn_rate(condition.short)
        unknown = short is None
        holds = short is not None and compare(short, condition.threshold)
    return Look(subject.at, holds=holds, empty=False, short_unknown=unknown, stale=stale)


def is_short_of_budget(subject: Subject, condition: Condition) -> bool:
    """Tell whether so little of the budget is left as a condition asks for."""
    if condition.budget_below is None and condition.exhausted_within is None:
        return True
    left = subject.remaining()
    if left is None:
        return False
    if condition.budget_below is not None and left >= condition.budget_below:
        return False
    if condition.exhausted_within is None:
        return True
    spent_at = subject.exhausted_at()
    return spent_at is not None and spent_at <= subject.at + condition.exhausted_within


def is_silent(objective: Objective, condition: Condition, seen: Seen) -> bool:
    """Tell whether an objective of which an event was ever counted has no data any more.

    The lookback reaches over the beginning of a calendar period, when nothing can be there; events
    whose slice has not ended yet are no silence.
    """
    lookback = rolling_on_grid(objective, condition.lookback, seen.at)
    windows = (lookback, interval_of(objective, seen.at))
    if not any(one.total for one in seen.counts):
        return False
    if any(summed(seen.counts, window).total for window in windows):
        return False
    return not any(measured(objective, seen, window).counted for window in windows)


@dataclass
class Machine:
    """One condition of one objective."""

    condition: Condition
    state: str = "inactive"
    transitions: list[Transition] = field(default_factory=list)
    held_for: int = 0
    calm_for: int = 0
    calm: bool = False
    before: int | None = None

    def state_at(self, at: int) -> str:
        """How it stood at a moment; what is resolved is inactive."""
        found = [one.state for one in self.transitions if one.at <= at]
        return found[-1] if found and found[-1] != "resolved" else "inactive"

    def go(self, at: int, state: str, reason: str | None = None) -> None:
        """Enter a state."""
        self.state = state
        self.transitions.append(Transition(at, state, reason))

    def tick(self, now: Look) -> None:
        """Take one look; time is what passed between two of which neither was stale."""
        passed = 0 if self.before is None else now.at - self.before
        self.before = None if now.stale else now.at
        if now.stale:
            return
        if self.state in {"inactive", "resolved"}:
            self.state = "inactive"
            if now.holds:
                self.held_for = 0
                self.go(now.at, "pending")
                self.fire_if_due(now.at)
        elif self.state == "pending":
            if not now.holds:
                self.go(now.at, "inactive")
                return
            self.held_for += passed
            self.fire_if_due(now.at)
        elif self.state == "firing":
            self.calm_down(now, passed)

    def delete(self, at: int) -> None:
        """Take notice that its definition is gone."""
        self.before = None
        if self.state == "firing":
            self.go(at, "resolved", "deleted")
        elif self.state == "pending":
            self.go(at, "inactive")

    def fire_if_due(self, at: int) -> None:
        """Fire when the condition has held for long enough."""
        if self.held_for >= self.condition.alert_after:
            self.calm, self.calm_for = False, 0
            self.go(at, "firing")

    def calm_down(self, now: Look, passed: int) -> None:
        """Resolve when the condition has not held for long enough."""
        if now.holds or now.short_unknown:
            self.calm, self.calm_for = False, 0
            return
        if self.calm:
            self.calm_for += passed
        self.calm = True
        if self.calm_for >= self.condition.keep_firing_for:
            self.go(now.at, "resolved", "no_data" if now.empty else "recovered")


def run(condition: Condition, looks: Iterable[Look]) -> list[Transition]:
    """The transitions that a series of looks causes."""
    machine = Machine(condition)
    for one in looks:
        machine.tick(one)
    return machine.transitions


@dataclass(frozen=True)
class Alert:
    """An alert that fired: from when, and until when and why if it resolved."""

    start: int
    end: int | None = None
    reason: str | None = None


def alerts(transitions: Iterable[Transition]) -> list[Alert]:
    """The alerts that fired, in order."""
    found: list[Alert] = []
    for one in transitions:
        if one.state == "firing":
            found.append(Alert(one.at))
        elif one.state == "resolved":
            found[-1] = Alert(found[-1].start, one.at, one.reason)
    return found
