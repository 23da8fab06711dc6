"""Puts the api together: its routes, its errors, its page."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from services.api.agreements import Agreements
from services.api.alert import AlertStore
from services.api.board import ClusterStore, CurrentBoard, StatusStore
from services.api.catalogue import CurrentDefinitions, DefinitionStore
from services.api.current import Current
from services.api.errors import add_error_handlers
from services.api.guard import Guard
from services.api.intake import Intake
from services.api.keyring import Keyring, TokenStore
from services.api.metrics import Metrics
from services.api.notifying import NotificationStore
from services.api.openapi import with_conditions
from services.api.outlet import EventWriter
from services.api.page import FOLDER
from services.api.past import Past
from services.api.period_total import PeriodTotals
from services.api.pledge import Pledges
from services.api.reception import Limits, Reception
from services.api.routes.agreement_pages import agreement_pages
from services.api.routes.agreements import agreement_routes
from services.api.routes.alert_pages import alert_pages
from services.api.routes.alerts import alert_routes
from services.api.routes.audit import audit_routes
from services.api.routes.definitions import definition_routes
from services.api.routes.docs import docs_routes
from services.api.routes.events import event_routes
from services.api.routes.notifications import notification_routes
from services.api.routes.schema import schema_routes
from services.api.routes.session import session_routes
from services.api.routes.silences import silence_routes
from services.api.routes.slos import slo_routes
from services.api.routes.tokens import token_routes
from services.api.routes.web import web_routes
from services.api.schema.problem import PROBLEMS
from services.api.security import SameOrigin, SecurityHeaders
from services.api.self_report import Observed, SelfReport
from services.api.silence import SilenceStore
from shared.health import health_routes
from shared.history import SegmentStore

DESCRIPTION = "Where every promise stands, and how to define promises and send events."


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in: everybody without a keyring; `secure` when the page is reached by HTTPS."""

    keyring: Keyring | None = None
    tokens_changed: Callable[[], None] = lambda: None
    secure: bool = False


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside that the api talks to."""

    definitions: DefinitionStore
    statuses: StatusStore
    cluster: ClusterStore
    segments: SegmentStore
    periods: PeriodTotals
    alerts: AlertStore
    silences: SilenceStore
    events: EventWriter
    notifications: NotificationStore
    tokens: TokenStore


def create_app(
    ports: Ports,
    limits: Limits,
    metrics: Metrics,
    *,
    door: Door = Door(),
    stale_after: int = 60,
    readiness: Callable[[], Sequence[str]] = tuple,
    report: SelfReport | None = None,
    now: Callable[[], float] = time.time,
) -> FastAPI:
    """Return the app, ready to serve."""
    app = FastAPI(
        title="Leeway",
        version=version("leeway-sla"),
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
    )
    catalogue = CurrentDefinitions(ports.definitions)
    board = CurrentBoard(ports.statuses, ports.cluster)
    current = Current(catalogue, board, now, stale_after, Past(ports.segments, ports.alerts))
    app.include_router(slo_routes(current))
    app.include_router(
        definition_routes(
            current,
            Intake(ports.definitions, catalogue, lambda: datetime.fromtimestamp(now(), UTC)),
        )
    )
    pledges = Pledges(current, ports.periods)
    agreements = Agreements(current, ports.definitions, pledges)
    app.include_router(agreement_routes(agreements))
    app.include_router(alert_routes(ports.alerts, ports.notifications, now))
    app.include_router(silence_routes(ports.silences, now))
    app.include_router(audit_routes(ports.definitions))
    app.include_router(notification_routes(ports.notifications, ports.cluster, current))
    app.include_router(schema_routes())
    app.include_router(event_routes(current, Reception(ports.events, limits, metrics, now)))
    app.include_router(health_routes(readiness, metrics.registry))
    app.include_router(web_routes(current, ports.alerts))
    app.include_router(agreement_pages(agreements))
    app.include_router(alert_pages(ports.alerts, ports.notifications))
    app.include_router(docs_routes(app))
    app.include_router(session_routes(door.keyring, secure=door.secure))
    app.include_router(token_routes(ports.tokens, door.tokens_changed, now))
    app.mount("/static", StaticFiles(directory=FOLDER / "static"))
    add_error_handlers(app)
    with_conditions(app)
    app.add_middleware(Guard, keyring=door.keyring)
    app.add_middleware(SameOrigin)
    app.add_middleware(Observed, metrics=metrics, report=report)
    app.add_middleware(SecurityHeaders)
    return app
