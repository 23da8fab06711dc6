"""The figures of objectives as queries: the same on every dashboard, of other objectives each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """Queries over the objectives that `where`, the inside of a selector, names."""

    where: str

    @property
    def target(self) -> str:
        """What is promised."""
        return self.of("leeway_objective_ratio")

    @property
    def sli(self) -> str:
        """What was reached over the own window: remaining = 1 - (1 - SLI) / (1 - target)."""
        return f"1 - (1 - {self._so_far}) * (1 - {self.target})"

    @property
    def left(self) -> str:
        """What is left of the budget: a calendar period is judged by that of the whole period."""
        return f"({self.of('leeway_whole_period_budget_remaining_ratio')} or {self._so_far})"

    @property
    def firing(self) -> str:
        """Whether each alert fires."""
        return self.of("leeway_alert_firing")

    def burn(self, window: str) -> str:
        """Return the burn rate over one window."""
        return self.of("leeway_burn_rate", f'window="{window}"')

    def rate(self, outcome: str | None = None) -> str:
        """Return the events a second, of one outcome or of both."""
        more = "" if outcome is None else f'outcome="{outcome}"'
        return f"rate({self.of('leeway_events_total', more)}[$__rate_interval])"

    def of(self, metric: str, more: str = "") -> str:
        """Return a metric of these objectives."""
        return f"{metric}{{{','.join(filter(None, (self.where, more)))}}}"

    @property
    def _so_far(self) -> str:
        return self.of("leeway_error_budget_remaining_ratio")
