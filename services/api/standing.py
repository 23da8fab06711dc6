"""Which alerts stood at an earlier moment, by the transitions that are recorded."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from shared.domain.alert import AlertState
from shared.domain.slo import SLO
from shared.snapshot import CurrentAlert
from shared.sql.alert_rows import AlertRow

AlertsByObjective = Mapping[tuple[str, str], Sequence[CurrentAlert]]


class AlertLog(Protocol):
    """Where the evaluators record alerts."""

    async def standing(self, slos: Collection[str], at: datetime) -> Sequence[AlertRow]:
        """Return the alerts of some SLOs that had begun by a moment, and had not ended."""


async def standing(log: AlertLog, slos: Iterable[SLO], at: int) -> AlertsByObjective:
    """Return how the alerts of some SLOs stood at a moment, by SLO and objective."""
    moment = datetime.fromtimestamp(at, UTC)
    found: dict[tuple[str, str], list[CurrentAlert]] = defaultdict(list)
    for row in await log.standing([slo.name for slo in slos], moment):
        found[row.slo, row.objective].append(_as_of(row, moment))
    return found


def _as_of(row: AlertRow, at: datetime) -> CurrentAlert:
    fired = row.fired_at if row.fired_at is not None and row.fired_at <= at else None
    return CurrentAlert(
        row.slo,
        row.objective,
        tuple(row.group.values()),
        row.policy,
        row.condition,
        row.severity,
        AlertState.PENDING if fired is None else AlertState.FIRING,
        int((fired or row.began_at).timestamp()),
        row.id,
    )
