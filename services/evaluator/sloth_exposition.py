"""The same figures under the names of Sloth's recording rules, for dashboards made for Sloth.

Sloth knows one objective an SLO, and no groups: where there are more, each is an SLO of its own
there, called `slo-objective` and `slo{group}`. Promises of agreements are left out: they are the
objectives of an SLO a second time.
"""

from collections.abc import Iterator
from importlib.metadata import version

import numpy as np

from services.evaluator.domain.table import Floats, Table
from services.evaluator.domain.watch import Watched
from services.evaluator.exposition import Families, known_lines
from services.evaluator.label import escaped, group_of
from services.evaluator.still import Still
from shared.domain.budget import error_ratios
from shared.domain.burn_window import burn_windows
from shared.domain.duration import SECONDS
from shared.domain.slo import RollingWindow
from shared.domain.window import DAY, STANDARD_WINDOWS, Rolling

VERSION = f"leeway-{version('leeway-sla')}"
ERROR = "slo:sli_error:ratio_rate"
CURRENT = "5m"  # the window of Sloth's current burn rate
UNITS = (("w", 604_800, True), ("d", DAY, False), ("h", 3_600, False), ("m", 60, False))

_HELP = {
    "slo:objective:ratio": "The target of the objective.",
    "slo:error_budget:ratio": "Share of events that may be bad.",
    "slo:time_period:days": "Length of the objective's window.",
    "slo:current_burn_rate:ratio": "Burn rate over five minutes.",
    "slo:period_burn_rate:ratio": "Burn rate over the objective's window.",
    "slo:period_error_budget_remaining:ratio": "Share of the error budget that is left.",
    "sloth_slo_info": "What is known of an SLO.",
}


def described(families: Families) -> dict[str, tuple[str, str]]:
    """Return the type and the help of each family."""
    return {
        name: ("gauge", _HELP.get(name, "Share of bad events over the window."))
        for name in families
    }


class SlothExposition:
    """The lines of one shard; remembers labels."""

    def __init__(self) -> None:
        self._table: Table | None = None
        self._shown = np.empty(0, np.int64)  # the entries that are no promises
        self._labels: list[str] = []
        self._info: list[str] = []
        self._targets: list[float] = []
        self._days: list[float] = []
        self._windows: dict[tuple[str, Rolling], list[int]] = {}

    def add_to(self, families: Families, still: Still) -> None:
        """Add the lines of this shard to each family."""
        if self._table is not still.table:
            self._bind(still.table)
        table, shown = still.table, self._shown
        allowed = table.allowed[shown]
        over_window = table.allowed_over_window(still.sums, still.at)[shown]
        period = error_ratios(*table.counts_among(still.sums, shown)) / over_window
        self._add(families, "slo:objective:ratio", np.array(self._targets))
        self._add(families, "slo:error_budget:ratio", allowed)
        self._add(families, "slo:time_period:days", np.array(self._days))
        self._add(families, "slo:period_burn_rate:ratio", period)
        self._add(families, "slo:period_error_budget_remaining:ratio", 1 - period)
        for (name, window), places in self._windows.items():
            if window in still.windows:
                self._add_window(families, name, places, still, still.windows.index(window))
        families.setdefault("sloth_slo_info", []).extend(
            f"sloth_slo_info{{{labels},{info}}} 1\n"
            for labels, info in zip(self._labels, self._info, strict=True)
        )

    def _add(self, families: Families, name: str, values: Floats) -> None:
        families.setdefault(name, []).extend(known_lines(name, self._labels, values.tolist()))

    def _add_window(
        self, families: Families, name: str, places: list[int], still: Still, window: int
    ) -> None:
        entries = self._shown[places]
        errors = error_ratios(*still.table.counts_among(still.sums, entries, window))
        of_these = [self._labels[place] for place in places]
        labels = [f'{own},sloth_window="{name}"' for own in of_these]
        family = f"{ERROR}{name}"
        families.setdefault(family, []).extend(known_lines(family, labels, errors.tolist()))
        if name == CURRENT:
            burns = (errors / still.table.allowed[entries]).tolist()
            family = "slo:current_burn_rate:ratio"
            families.setdefault(family, []).extend(known_lines(family, of_these, burns))

    def _bind(self, table: Table) -> None:
        self._table = table
        shown = [at for at, entry in enumerate(table.entries) if entry.slo.agreement is None]
        entries = [table.entries[at] for at in shown]
        self._shown = np.array(shown, np.int64)
        self._labels = [_labels(entry) for entry in entries]
        self._info = [_info(entry) for entry in entries]
        self._targets = [float(entry.objective.target) for entry in entries]
        self._days = [_days(entry) for entry in entries]
        self._windows = {}
        for place, entry in enumerate(entries):
            for named in _windows(entry):
                self._windows.setdefault(named, []).append(place)


def duration(seconds: int) -> str:
    """Return a length as Prometheus writes it: 28 days are 4w, 36 hours 1d12h."""
    text = ""
    for unit, length, exact in UNITS:
        if seconds >= length and not (exact and seconds % length):
            text += f"{seconds // length}{unit}"
            seconds %= length
    return text


def _windows(entry: Watched) -> Iterator[tuple[str, Rolling]]:
    """Yield the windows that Sloth has rules for: the standard ones and the SLO's own."""
    own = entry.slo.window.seconds if isinstance(entry.slo.window, RollingWindow) else None
    for window in dict.fromkeys(burn_windows(entry.slo, entry.objective).values()):
        if window.seconds in STANDARD_WINDOWS.values() or window.seconds == own:
            yield duration(window.seconds), window


def _labels(entry: Watched) -> str:
    name, group = entry.slo.name, group_of(entry)
    if len(entry.slo.objectives) > 1:
        name = f"{name}-{entry.objective.name}"
    if group is not None:
        name = f"{name}{{{group}}}"
    service = escaped(entry.slo.service)
    return (
        f'sloth_id="{service}-{escaped(name)}",sloth_service="{service}",'
        f'sloth_slo="{escaped(name)}"'
    )


def _info(entry: Watched) -> str:
    objective = entry.objective.target * 100
    return (
        f'sloth_mode="leeway",sloth_objective="{objective.normalize():f}",'
        f'sloth_spec="openslo/v1",sloth_version="{VERSION}"'
    )


def _days(entry: Watched) -> float:
    window = entry.slo.window
    if isinstance(window, RollingWindow):
        return window.seconds / DAY
    return window.count * SECONDS[window.unit] / DAY
