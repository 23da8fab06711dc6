"""`/v1/notifications` and `/v1/targets`: what was told to whom, and whether it arrives."""

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.api.board import ClusterStore
from services.api.current import Current
from services.api.errors import BadRequest
from services.api.notifying import (
    NotificationStore,
    rehearsal_of,
    shown,
    target_named,
    utc,
)
from services.api.paging import Position, cursor_of, page_of, position_of
from services.api.parameter import PLAIN, Cursor, Limit, only_known_parameters
from services.api.schema.answer import json_answer
from services.api.schema.notification import (
    Notification,
    Notifications,
    Retried,
    Target,
    Targets,
)
from shared.domain import target as domain
from shared.sql.alert_rows import Delivery
from shared.sql.notifications import NotificationFilter, Place

State = Annotated[Delivery | None, Query(description="Only those in this state.")]
OfTarget = Annotated[str | None, Query(pattern=PLAIN, description="Only those to this target.")]
OfAlert = Annotated[str | None, Query(pattern=PLAIN, description="Only those about this alert.")]
Name = Annotated[str, Path(pattern=PLAIN)]


def notification_routes(
    store: NotificationStore, cluster: ClusterStore, current: Current
) -> APIRouter:
    """Return the routes that list notifications and targets, and that try them."""
    router = APIRouter(prefix="/v1", tags=["notifications"], dependencies=[only_known_parameters])
    _add_answers(router, store)
    _add_retries(router, store, current)
    _add_targets(router, store, cluster, current)
    return router


def _add_answers(router: APIRouter, store: NotificationStore) -> None:
    @router.get("/notifications", response_model=Notifications, summary="What was told to whom")
    async def list_notifications(
        state: State = None,
        target: OfTarget = None,
        alert: OfAlert = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        wanted = NotificationFilter(None, state, target, alert)
        after = None if cursor is None else _place(cursor)
        found = await store.list(wanted, after=after, limit=limit + 1)
        following = _cursor(found[limit - 1].place) if len(found) > limit else None
        return json_answer(
            Notifications(items=[shown(one) for one in found[:limit]], next_cursor=following)
        )

    @router.get("/notifications/{id:path}", response_model=Notification, summary="One of them")
    async def get_notification(id: Name) -> Response:  # noqa: A002 - a name of the contract
        return json_answer(shown(await store.get(id)))


def _add_retries(router: APIRouter, store: NotificationStore, current: Current) -> None:
    @router.post("/notifications/retry", response_model=Retried, summary="Try what failed again")
    async def retry_all(target: OfTarget = None, alert: OfAlert = None) -> Response:
        wanted = NotificationFilter(target=target, alert=alert)
        return json_answer(Retried(retried=await store.retry(wanted, utc(current.now()))))

    @router.post(
        "/notifications/{id:path}/retry", response_model=Notification, summary="Try one again"
    )
    async def retry(id: Name) -> Response:  # noqa: A002 - a name of the contract
        stored = await store.get(id)
        await store.retry(NotificationFilter(id=stored.id), utc(current.now()))
        return json_answer(shown(await store.get(id)))

    @router.post(
        "/alerts/{id}/retry", response_model=Retried, summary="Tell again what failed of an alert"
    )
    async def retry_alert(id: Name) -> Response:  # noqa: A002 - a name of the contract
        wanted = NotificationFilter(alert=id)
        return json_answer(Retried(retried=await store.retry(wanted, utc(current.now()))))


def _add_targets(
    router: APIRouter, store: NotificationStore, cluster: ClusterStore, current: Current
) -> None:
    @router.get("/targets", response_model=Targets, summary="Whom notifications go to")
    async def list_targets(limit: Limit = 100, cursor: Cursor = None) -> Response:
        targets = (await current.definitions()).catalogue.targets
        names = sorted(targets)
        page, following = page_of(names, _position, cursor, limit)
        items = [_target(targets[name]) for name in page]
        return json_answer(Targets(items=items, next_cursor=following))

    @router.post(
        "/targets/{name}/test",
        response_model=Notification,
        status_code=202,
        summary="Send a test to a target",
    )
    async def test(name: Name) -> Response:
        targets = (await current.definitions()).catalogue.targets
        shards = await cluster.recorded_partitions() or 1
        row = rehearsal_of(target_named(dict(targets), name), shards, utc(current.now()))
        await store.add(row)
        return json_answer(shown(await store.get(row.id)), 202)


def _target(found: domain.Target) -> Target:
    return Target(
        name=found.name,
        type=found.kind,
        description=found.description,
        needs=domain.lacking(found),
    )


def _position(name: str) -> Position:
    return (name,)


def _cursor(place: Place) -> str:
    at, id_ = place
    return cursor_of((at.isoformat(), id_))


def _place(cursor: str) -> Place:
    match position_of(cursor):
        case (str(at), str(id_)) if re.match(PLAIN, id_):
            try:
                moment = datetime.fromisoformat(at)
            except ValueError:
                pass
            else:
                if moment.tzinfo is not None:
                    return moment.astimezone(UTC), id_
    raise BadRequest("this cursor belongs to another list: start without one")
