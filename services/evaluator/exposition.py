"""The objectives' figures in Prometheus's text format, out of what the last tick computed.

Written by hand: the client library takes 20 us a sample, and there are twenty an objective.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import isnan

import numpy as np

from services.evaluator.alert_exposition import AlertExposition
from services.evaluator.domain.table import Table
from services.evaluator.domain.watch import Watched
from services.evaluator.label import escaped, labels_of
from services.evaluator.still import Still
from shared.domain.budget import error_ratios
from shared.domain.burn_window import burn_windows
from shared.domain.window import Rolling

HELP = {
    "leeway_objective_ratio": ("gauge", "The target of the objective."),
    "leeway_sli_ratio": ("gauge", "Share of good events over the window."),
    "leeway_burn_rate": ("gauge", "How many times faster than allowed the budget is spent."),
    "leeway_error_budget_remaining_ratio": ("gauge", "Share of the error budget that is left."),
    "leeway_whole_period_budget_remaining_ratio": (
        "gauge",
        "Share of the budget of the whole calendar period that is left.",
    ),
    "leeway_alert_firing": ("gauge", "Whether the alert of a condition fires, 1 or 0."),
    "leeway_events_total": ("counter", "Events counted since this process owns the objective."),
    "leeway_invalid_events_total": ("counter", "Rejected records, by topic and reason."),
    "leeway_pipeline_lag_seconds": ("gauge", "Age of the moment up to which a topic is complete."),
    "leeway_lost_offsets_total": ("counter", "Offsets deleted before they were read."),
    "leeway_late_for_slices_total": (
        "counter",
        "Events that arrived too late to change the slice they belong to.",
    ),
    "leeway_clamped_objectives": ("gauge", "Objectives that counted more good than all events."),
    "leeway_evaluator_shards": ("gauge", "Shards of this process, by whether they are read."),
    "leeway_evaluator_series": ("gauge", "Series that have a row in this process."),
    "leeway_evaluator_revision": ("gauge", "Oldest definitions revision that a shard goes by."),
    "leeway_evaluator_skipped_offsets_total": (
        "counter",
        "Offsets of the counts topic that were deleted before they were read.",
    ),
    "leeway_ambiguous_chunks_total": ("counter", "Counts that contradict what was applied."),
}

Families = dict[str, list[str]]
Help = Mapping[str, tuple[str, str]]


def rendered(families: Families, described: Help = HELP) -> bytes:
    """Return these lines, by family, in the text format; empty families are left out."""
    parts = []
    for name, lines in families.items():
        if lines:
            kind, text = described[name]
            parts.append(f"# HELP {name} {text}\n# TYPE {name} {kind}\n")
            parts.extend(lines)
    return "".join(parts).encode()


class ShardExposition:
    """The lines of one shard; remembers labels, and what counters showed, which never fall."""

    def __init__(self) -> None:
        self._table: Table | None = None
        self._labels: list[str] = []
        self._windows: dict[tuple[str, Rolling], list[int]] = {}
        self._shown = np.zeros((2, 0), np.int64)
        self._alerts = AlertExposition()

    def add_to(self, families: Families, still: Still) -> None:
        """Add the lines of this shard to each family."""
        if self._table is not still.table:
            self._bind(still.table)
        table, sums, at = still.table, still.sums, still.at
        families["leeway_objective_ratio"] += [
            f"leeway_objective_ratio{{{labels}}} {float(entry.objective.target)!r}\n"
            for labels, entry in zip(self._labels, table.entries, strict=True)
        ]
        remaining = 1 - error_ratios(*table.counts(sums)) / table.allowed_over_window(sums, at)
        families["leeway_error_budget_remaining_ratio"] += known_lines(
            "leeway_error_budget_remaining_ratio", self._labels, remaining.tolist()
        )
        if table.periods:
            ratios = table.whole_period_ratios(sums, at)
            whole = 1 - ratios / table.allowed_over_period(sums, at)
            families["leeway_whole_period_budget_remaining_ratio"] += known_lines(
                "leeway_whole_period_budget_remaining_ratio", self._labels, whole.tolist()
            )
        for (name, window), entries in self._windows.items():
            if window in still.windows:
                over = table.counts_over(sums, still.windows.index(window))
                self._add_window(families, name, entries, error_ratios(*over), table)
        families["leeway_alert_firing"] += self._alerts.lines(still, self._labels)
        self._add_events(families, still)
        families["leeway_invalid_events_total"] += [
            f'leeway_invalid_events_total{{topic="{escaped(topic)}",reason="{reason.value}"}}'
            f" {count}\n"
            for topic, reason, count in still.invalid
        ]

    def _bind(self, table: Table) -> None:
        shown = dict(zip((e.key for e in self._entries()), self._shown.T.tolist(), strict=True))
        self._table = table
        self._labels = [labels_of(entry) for entry in table.entries]
        self._windows = {}
        for index, entry in enumerate(table.entries):
            for window in burn_windows(entry.slo, entry.objective).items():
                self._windows.setdefault(window, []).append(index)
        before = [shown.get(entry.key, [0, 0]) for entry in table.entries]
        self._shown = np.array(before, np.int64).reshape(-1, 2).T

    def _entries(self) -> Iterable[Watched]:
        return self._table.entries if self._table else ()

    def _add_window(
        self,
        families: Families,
        name: str,
        entries: list[int],
        errors: np.ndarray[tuple[int], np.dtype[np.float64]],
        table: Table,
    ) -> None:
        labels = [f'{self._labels[index]},window="{name}"' for index in entries]
        errors = errors[entries]
        shares = (1 - errors).tolist()
        families["leeway_sli_ratio"] += known_lines("leeway_sli_ratio", labels, shares)
        burns = (errors / table.allowed[entries]).tolist()
        families["leeway_burn_rate"] += known_lines("leeway_burn_rate", labels, burns)

    def _add_events(self, families: Families, still: Still) -> None:
        good, total = still.table.events_in(still.since_load)
        self._shown = np.maximum(self._shown, np.stack((good, total - good)))
        for outcome, counts in zip(("good", "bad"), self._shown.tolist(), strict=True):
            families["leeway_events_total"] += [
                f'leeway_events_total{{{labels},outcome="{outcome}"}} {count}\n'
                for labels, count in zip(self._labels, counts, strict=True)
            ]


def by_topic(name: str, values: dict[str, float]) -> Iterator[str]:
    """Yield one line per topic."""
    for topic, value in sorted(values.items()):
        yield f'{name}{{topic="{escaped(topic)}"}} {value!r}\n'


def known_lines(name: str, labels: Iterable[str], values: Iterable[float]) -> list[str]:
    """Return one line for each value that is a number: what is unknown is left out."""
    return [
        f"{name}{{{label}}} {value!r}\n"
        for label, value in zip(labels, values, strict=True)
        if not isnan(value)
    ]
