"""The alerts' lines in Prometheus's text format."""

from collections.abc import Iterator, Sequence

from services.evaluator.domain.check import Checks
from services.evaluator.label import escaped, labels_of
from services.evaluator.still import Still
from shared.domain.alert_rule import TOGETHER, RuleKind


class AlertExposition:
    """The lines of one shard's alerts; remembers their labels while its checks stay the same."""

    def __init__(self) -> None:
        self._checks: Checks | None = None
        self._numbers: list[int] = []
        self._starts: list[str] = []

    def lines(self, still: Still, labels: Sequence[str]) -> Iterator[str]:
        """Yield whether each alert fires; `labels` are those of the entries.

        Figures that are out of date have a metric of their own.
        """
        checks = still.checks
        if checks is None:
            return
        if checks is not self._checks:
            self._bind(checks, labels)
        firing = still.firing.tolist()
        for number, start in zip(self._numbers, self._starts, strict=True):
            yield f"{start} {firing[number]:d}\n"

    def _bind(self, checks: Checks, labels: Sequence[str]) -> None:
        self._checks = checks
        rules = [terms.rule for terms in checks.asked]
        own = [
            f'policy="{escaped(rule.policy)}",condition="{escaped(rule.condition)}",'
            f'severity="{escaped(rule.severity)}"'
            for rule in rules
        ]
        pairs = zip(checks.entry.tolist(), checks.terms.tolist(), strict=True)
        shown = [
            (number, entry, terms)
            for number, (entry, terms) in enumerate(pairs)
            if rules[terms].kind is not RuleKind.STALE
        ]
        self._numbers = [number for number, _, _ in shown]
        self._starts = []
        for _, entry, terms in shown:
            about = labels[entry]
            if checks.asked[terms].run.joint:
                about = labels_of(checks.entries[entry], TOGETHER)
            self._starts.append(f"leeway_alert_firing{{{about},{own[terms]}}}")
