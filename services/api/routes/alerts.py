"""`/v1/alerts`: what alerts and alerted, and who has taken note of it."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.api.alert import RECORDED, AlertStore, alert_answer
from services.api.author import name_of
from services.api.notifying import NotificationStore
from services.api.parameter import PLAIN, Cursor, Limit, only_known_parameters
from services.api.place import place_of, place_text
from services.api.schema.alert import Acknowledge, Alert, Alerts
from services.api.schema.answer import json_answer
from shared.domain.alert import AlertState
from shared.sql.alerts import Acknowledgement, AlertFilter

Text = Annotated[str | None, Query(pattern=PLAIN)]
Id = Annotated[str, Path(alias="id", pattern=PLAIN, description="As in the list of alerts.")]
STATE = "Only those in this state; without it all but those that were pending and never fired."


def alert_routes(
    store: AlertStore, notifications: NotificationStore, now: Callable[[], float]
) -> APIRouter:
    """Return the routes that list alerts, show one, and let it be acknowledged."""
    router = APIRouter(prefix="/v1/alerts", tags=["alerts"], dependencies=[only_known_parameters])

    @router.get("", response_model=Alerts, summary="Alerts now and before")
    async def list_alerts(
        state: Annotated[AlertState | None, Query(description=STATE)] = None,
        slo: Text = None,
        service: Text = None,
        severity: Text = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        states = RECORDED if state is None else (state,)
        wanted = AlertFilter(tuple(one.value for one in states), slo, service, severity)
        found = await store.list(wanted, after=place_of(cursor), limit=limit + 1)
        page = found[:limit]
        more = len(found) > limit
        following = place_text((page[-1].row.began_at, page[-1].row.id)) if more else None
        told = defaultdict(list)
        for notification in await notifications.about([one.row.id for one in page]):
            told[notification.alert_id].append(notification)
        items = [alert_answer(one, told[one.row.id]) for one in page]
        return json_answer(Alerts(items=items, next_cursor=following))

    @router.get("/{id}", response_model=Alert, summary="One alert with its transitions")
    async def get_alert(id_: Id) -> Response:
        return json_answer(alert_answer(await store.get(id_), await notifications.about([id_])))

    @router.post("/{id}/acknowledge", response_model=Alert, summary="Take note of an alert")
    async def acknowledge(request: Request, id_: Id, said: Acknowledge) -> Response:
        by = name_of(request, said.by)
        at = datetime.fromtimestamp(int(now()), UTC)
        stored = await store.acknowledge(id_, Acknowledgement(by, said.note, at))
        return json_answer(alert_answer(stored, await notifications.about([id_])))

    return router
