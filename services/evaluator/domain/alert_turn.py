"""What becomes of single alerts in one step, with the figures of that moment."""

from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from services.evaluator.domain.alert import Alert, AlertKey, Happened, Notice, Transition, alert_id
from services.evaluator.domain.alert_figures import Reckoner, target_of
from services.evaluator.domain.check import Terms
from services.evaluator.domain.condition import Conditions
from services.evaluator.domain.delta import Bools, Ints
from services.evaluator.domain.quiet import Quiet
from services.evaluator.domain.telling import fire, is_inhibited, release, tell_end
from services.evaluator.domain.watch import Watched
from shared.domain.alert import AlertState, Reason
from shared.domain.alert_rule import TOGETHER, WHOLE, RuleKind
from shared.domain.silence import Silence
from shared.notification import Figures


@dataclass(frozen=True, slots=True)
class Moment:
    """What alerts are judged by at `now` (seconds).

    `last` is when each row last counted something, negative where it never did. `blind` are the
    entries whose figures are out of date or not complete yet: nothing happens to their alerts.
    Those that are `stale` alert for that, once figures have had time to arrive since the
    definitions or the owner changed: they are `settled` then. `silences` are those in force.
    """

    now: int
    sums: Ints
    last: Ints
    blind: Bools
    stale: Bools
    settled: bool
    silences: tuple[Silence, ...]


class Turn:
    """Takes alerts one by one to where a step says, and notes what happened.

    `changing` are the checks that it may take.
    """

    def __init__(
        self,
        conditions: Conditions,
        moment: Moment,
        happened: Happened,
        quiet: Quiet,
        changing: Ints,
    ) -> None:
        self._checks = conditions.checks
        self._moment = moment
        self._reckoner = Reckoner(
            conditions.table, conditions.checks, moment.sums, moment.now, changing
        )
        self._happened = happened
        self._quiet = quiet

    def begin(self, check: int) -> Alert:
        """Return the alert that is pending from now on."""
        alert = replace(self._new(check), sequence=1, pending_since=self._moment.now)
        self._note(check, alert)
        return alert

    def stop(self, check: int, alert: Alert) -> None:
        """Take note that a pending alert came to nothing."""
        alert = replace(alert, state=AlertState.INACTIVE, sequence=alert.sequence + 1)
        self._note(check, alert, Reason.RECOVERED)

    def fire(self, check: int, pending: Alert | None, *, paged: bool) -> Alert:
        """Return the alert that fires from now on; `paged`: so does a page beside it."""
        alert = self._new(check) if pending is None else pending
        suppressed = is_inhibited(alert, paged=paged) or self._quiet.covers(alert)
        rule = self._checks.terms_of(check).rule
        alert, notices = fire(alert, rule, self._moment.now, suppressed=suppressed)
        self._note(check, alert, notices=notices)
        return alert

    def make_up(self, check: int, alert: Alert, *, paged: bool) -> Alert:
        """Tell those who were not told of an alert that still fires, once nothing is against it."""
        if is_inhibited(alert, paged=paged) or self._quiet.covers(alert):
            return alert
        rule = self._checks.terms_of(check).rule
        alert, sendings = release(alert, rule, self._moment.now)
        self._happened.releases.extend(sendings)
        return alert

    def end(self, check: int, alert: Alert, *, empty: bool) -> None:
        """Take note that an alert is over, and of who is told; `empty`: its lookback is."""
        no_data = empty and alert.kind is RuleKind.BURN
        alert = _ended(alert)
        reason = Reason.NO_DATA if no_data else Reason.RECOVERED
        self._note(check, alert, reason, tell_end(alert))

    def delete(self, alert: Alert) -> None:
        """Take note that the definition of an alert is gone."""
        alert = _ended(alert)
        figures = partial(Figures, target=alert.target, window=alert.window)
        notices = tell_end(alert) if alert.state is AlertState.RESOLVED else ()
        self._happened.transitions.append(
            Transition(alert, self._moment.now, figures, Reason.DELETED, notices)
        )

    def _note(
        self,
        check: int,
        alert: Alert,
        reason: Reason | None = None,
        notices: tuple[Notice, ...] = (),
    ) -> None:
        entry = int(self._checks.entry[check])
        figures = partial(self._reckoner.figures, entry, self._checks.terms_of(check))
        slo = self._checks.entries[entry].slo
        self._happened.transitions.append(
            Transition(alert, self._moment.now, figures, reason, notices, slo)
        )

    def _new(self, check: int) -> Alert:
        terms, about = self._checks.terms_of(check), self._checks.about(check)
        key, rule = key_of(terms, about), terms.rule
        paths = about.objective.indicator.group_by if key.group else ()
        return Alert(
            id=alert_id(key, self._moment.now),
            key=key,
            kind=rule.kind,
            service=about.slo.service,
            severity=rule.severity,
            page=rule.page,
            target=float(target_of(terms, about)),
            window=about.slo.window.text,
            state=AlertState.PENDING,
            began_at=self._moment.now,
            fields=tuple(".".join(path) for path in paths),
            known_as={
                **about.slo.labels,
                "service": about.slo.service,
                "severity": rule.severity,
            },
        )


def key_of(terms: Terms, about: Watched) -> AlertKey:
    """Return what an alert of a check is about; an SLO is stale as a whole."""
    rule = terms.rule
    if rule.kind is RuleKind.STALE:
        return AlertKey(about.slo.name, WHOLE, (), rule.policy, rule.condition)
    group = about.group.values if about.group else ()
    objective = TOGETHER if terms.run.joint else about.objective.name
    return AlertKey(about.slo.name, objective, group, rule.policy, rule.condition)


def _ended(alert: Alert) -> Alert:
    fired = alert.state is AlertState.FIRING
    state = AlertState.RESOLVED if fired else AlertState.INACTIVE
    return replace(alert, state=state, sequence=alert.sequence + 1)
