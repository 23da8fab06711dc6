"""Tells Alertmanagers again and again of what still fires, as Prometheus does.

They forget an alert that nobody speaks of. While one of them is told, nothing else is sent to it:
that an alert fires must not arrive after the news that it was resolved.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
import structlog

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.directory import Directory
from services.evaluator.delivery.lane import Lanes
from services.evaluator.delivery.outcome import Undelivered
from services.evaluator.delivery.receivers.alertmanager import Alertmanager, posted_alert
from shared.domain.target import Target, TargetKind
from shared.notification import decode_notification
from shared.sql.outbox import Waiting

ALERTS_AT_ONCE = 500  # in one request

log = structlog.get_logger(__name__)


class StandingAlerts(Protocol):
    """Where it is known what still fires."""

    async def standing(self, shards: Collection[int], targets: Collection[str]) -> list[Waiting]:
        """Return the last that these targets took of each alert that still fires."""


class Standing:
    """Repeats to every Alertmanager what it should know."""

    def __init__(
        self,
        alerts: StandingAlerts,
        directory: Directory,
        lanes: Lanes,
        alertmanager: Alertmanager,
        *,
        owned: Callable[[], Collection[int]],
        now: Callable[[], datetime],
    ) -> None:
        self._alerts = alerts
        self._directory = directory
        self._lanes = lanes
        self._alertmanager = alertmanager
        self._owned = owned
        self._now = now

    @property
    def is_ready(self) -> bool:
        """Whether it is known whom to tell of what: there are shards, and definitions."""
        return bool(self._owned()) and self._directory.targets() is not None

    async def step(self) -> None:
        """Tell everybody once; raises StoreUnavailable."""
        targets = self._directory.targets() or {}
        for target in targets.values():
            if target.kind is TargetKind.ALERTMANAGER and self._owned():
                await self._tell(target)

    async def _tell(self, target: Target) -> None:
        lane = self._lanes.of(target.name)
        async with self._lanes.choosing:
            if lane.busy or lane.held:
                return  # what is under way is newer
            lane.held = True
        try:
            rows = await self._alerts.standing(self._owned(), [target.name])
            if rows:
                await self._send(rows, self._directory.secrets.access(target))
        except Undelivered as failure:
            log.info("standing alerts not told", target=target.name, reason=str(failure))
        finally:
            lane.held = False

    async def _send(self, rows: Sequence[Waiting], access: Access) -> None:
        now = self._now()
        alerts = []
        for row in rows:
            try:
                told = decode_notification(row.payload)
            except msgspec.MsgspecError:
                continue
            alerts.append(posted_alert(told, now, self._directory.link(told)))
        for start in range(0, len(alerts), ALERTS_AT_ONCE):
            await self._alertmanager.send_all(alerts[start : start + ALERTS_AT_ONCE], access)
