"""The alerts of a shard: which there are, and what each second does to them.

Only the checks whose rule holds or whose alert has not ended are touched one by one.
"""

from collections.abc import Collection, Iterable, Iterator

import msgspec
import numpy as np
from msgspec.structs import replace

from services.evaluator.domain.alert import Alert, AlertKey, Happened
from services.evaluator.domain.alert_figures import target_of
from services.evaluator.domain.alert_step import (
    FIRING,
    HOLDS,
    NONE,
    PENDING,
    Step,
    Watching,
    step,
)
from services.evaluator.domain.alert_turn import Moment, Turn, key_of
from services.evaluator.domain.check import Checks
from services.evaluator.domain.condition import Conditions, Held
from services.evaluator.domain.delta import Bools, Ints
from services.evaluator.domain.quiet import Quiet
from shared.domain.alert import AlertState

_STATES = {AlertState.PENDING: PENDING, AlertState.FIRING: FIRING}


class OpenAlert(msgspec.Struct, frozen=True, gc=False):
    """An alert that has not ended, and its timer: what a checkpoint keeps."""

    alert: Alert
    timer: int


class Alerting:
    """The state of every check; all of it comes back from `open_alerts`, `at` and `revision`.

    `at` is the last second that was judged, `revision` the definitions that were gone by then.
    `happened` is what is not saved yet; `version` changes whenever something happens.
    """

    def __init__(
        self, open_alerts: Iterable[OpenAlert] = (), at: int = -1, revision: int = 0
    ) -> None:
        self.at = at
        self.revision = revision
        self.version = 0
        self.happened = Happened()
        self._conditions: Conditions | None = None
        self._behind = False  # the definitions are older than those the alerts went by
        self._alerts: dict[int, Alert] = {}
        self._homeless = list(open_alerts)  # their checks are not in the table
        self._owing: set[int] = set()  # checks of alerts that somebody was not told of
        self._quiet = Quiet()
        self._state = np.empty(0, np.int8)
        self._timer = np.empty(0, np.int64)
        self._blind: Bools | None = None  # entries that were so at the last step
        self._resumed = True  # nothing was judged in this process yet

    def open_alerts(self) -> list[OpenAlert]:
        """Return every alert that has not ended."""
        timers = self._timer[np.fromiter(self._alerts, np.int64, len(self._alerts))].tolist()
        return [*map(OpenAlert, self._alerts.values(), timers), *self._homeless]

    @property
    def checks(self) -> Checks | None:
        """The checks that the alerts belong to, None before there are definitions."""
        return None if self._conditions is None else self._conditions.checks

    @property
    def is_timed(self) -> bool:
        """Whether some alert begins or ends by the passing of time alone."""
        pending, calm = self._state == PENDING, (self._state == FIRING) & (self._timer != HOLDS)
        return bool(pending.any() or calm.any())

    def firing(self) -> Bools:
        """Return for every check whether its alert fires."""
        firing: Bools = self._state == FIRING
        return firing

    def bind(self, conditions: Conditions, revision: int) -> None:
        """Go by these checks; the alerts of those that are gone end at the next step."""
        before, checks = self._conditions, conditions.checks
        self._conditions = conditions
        self._behind = revision < self.revision
        self.revision = max(revision, self.revision)
        if before is None or before.checks is not checks:
            self._move_to(checks)

    def _move_to(self, checks: Checks) -> None:
        carried = self.open_alerts()
        self._state = np.zeros(len(checks), np.int8)
        self._timer = np.zeros(len(checks), np.int64)
        self._alerts, self._homeless, self._blind = {}, [], None
        places = _places(checks, {one.alert.key for one in carried}) if carried else {}
        for one in carried:
            check = places.get(one.alert.key)
            if check is None:
                self._homeless.append(one)
            else:
                self._quiet.forget(one.alert)
                self._alerts[check] = _called_as_now(one.alert, checks, check)
                self._state[check] = _STATES[one.alert.state]
                self._timer[check] = one.timer
        self._owing = {check for check, alert in self._alerts.items() if alert.owed}
        self.version += 1

    def judge(self, moment: Moment) -> None:
        """Step every alert; a second that was judged already is not judged again."""
        conditions = self._conditions
        if conditions is None or moment.now <= self.at:
            return
        self._quiet.go_by(moment.silences)
        held = conditions.held(
            moment.sums, moment.last, moment.stale, moment.now, settled=moment.settled
        )
        found = np.flatnonzero(held.holds | (self._state != NONE))
        found = found[~_cannot_see(conditions.checks, found, moment.blind)]
        if len(found):
            done = step(self._watching(conditions.checks, found, held, moment.now))
            self._timer[found] = done.timer
            self._take(conditions, found, done, moment)
        if self._homeless and not self._behind:
            turn = Turn(conditions, moment, self.happened, self._quiet, found[:0])
            for one in self._homeless:
                turn.delete(one.alert)
            self._homeless = []
            self.version += 1
        self.at, self._blind, self._resumed = moment.now, moment.blind, False

    def take_happened(self) -> Happened:
        """Return what happened since the last call; it must get written."""
        happened, self.happened = self.happened, Happened()
        return happened

    def _watching(self, checks: Checks, found: Ints, held: Held, now: int) -> Watching:
        passed = np.full(len(found), 0 if self._resumed else now - self.at, np.int64)
        if self._blind is not None:
            passed[_cannot_see(checks, found, self._blind)] = 0
        return Watching(
            self._state[found],
            self._timer[found],
            held.holds[found],
            held.unsure[found],
            passed,
            checks.alert_after[found],
            checks.keep_firing[found],
        )

    def _take(self, conditions: Conditions, found: Ints, done: Step, moment: Moment) -> None:
        """Let happen what a step says: ends first, for what is over suppresses nothing."""
        changing = found[done.ends | done.stops | done.pends | done.fires]
        if not len(changing) and not self._owing:
            return
        turn = Turn(conditions, moment, self.happened, self._quiet, changing)
        ends = found[done.ends]
        empty = conditions.lookback_is_empty(moment.sums, ends)
        for check, is_empty in zip(ends.tolist(), empty.tolist(), strict=True):
            turn.end(check, self._pop(check), empty=is_empty)
        for check in found[done.stops].tolist():
            turn.stop(check, self._pop(check))
        for check in found[done.pends].tolist():
            self._alerts[check] = turn.begin(check)
        fires = found[done.fires]
        self._state[ends] = self._state[found[done.stops]] = NONE
        self._state[found[done.pends]] = PENDING
        self._state[fires] = FIRING
        if len(fires) or self._owing:
            self._tell(conditions.checks, fires, turn)
        self.version += len(changing)

    def _tell(self, checks: Checks, fires: Ints, turn: Turn) -> None:
        """Tell of those that fire now, and of those that were suppressed and need not be."""
        paged = np.zeros(len(checks.entries), np.bool_)
        paged[checks.entry[checks.pages & self.firing()]] = True
        owing = np.array(sorted(self._owing), np.int64)
        for check, beside in _pairs(owing, paged[checks.entry[owing]]):
            self._keep(check, turn.make_up(check, self._alerts[check], paged=beside))
        for check, beside in _pairs(fires, paged[checks.entry[fires]]):
            self._keep(check, turn.fire(check, self._alerts.get(check), paged=beside))

    def _keep(self, check: int, alert: Alert) -> None:
        self._alerts[check] = alert
        if alert.owed:
            self._owing.add(check)
        else:
            self._owing.discard(check)

    def _pop(self, check: int) -> Alert:
        self._owing.discard(check)
        alert = self._alerts.pop(check)
        self._quiet.forget(alert)
        return alert


def _pairs(checks: Ints, beside: Bools) -> Iterator[tuple[int, bool]]:
    return zip(checks.tolist(), beside.tolist(), strict=True)


def _cannot_see(checks: Checks, found: Ints, blind: Bools) -> Bools:
    """Return which of these checks need figures that are not up to date."""
    without: Bools = blind[checks.entry[found]] & checks.by_figures[found]
    return without


def _called_as_now(alert: Alert, checks: Checks, check: int) -> Alert:
    """Return an alert with what its definition says today."""
    terms, about = checks.terms_of(check), checks.about(check)
    rule = terms.rule
    return replace(
        alert,
        kind=rule.kind,
        severity=rule.severity,
        page=rule.page,
        service=about.slo.service,
        target=float(target_of(terms, about)),
        window=about.slo.window.text,
        owed=tuple(target for target in alert.owed if target in rule.targets),
    )


def _places(checks: Checks, keys: Collection[AlertKey]) -> dict[AlertKey, int]:
    """Return which check each of these alerts belongs to, where there is one."""
    slos = {key.slo for key in keys}
    entries = [at for at, entry in enumerate(checks.entries) if entry.slo.name in slos]
    found = np.flatnonzero(np.isin(checks.entry, entries)).tolist()
    places = {key_of(checks.terms_of(check), checks.about(check)): check for check in found}
    return {key: places[key] for key in keys if key in places}
