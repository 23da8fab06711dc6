"""The pages for people: every promise at `/`, one SLO at `/slos/{name}`."""

from datetime import datetime

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from services.api.alert import RECORDED, AlertStore, alert_answer
from services.api.chart import chart_of
from services.api.current import Current
from services.api.overview import Overview, by_state, count_states
from services.api.page import Pages
from services.api.paging import page_of
from services.api.schema.answer import moment
from shared.domain.budget import State
from shared.domain.errors import NotFound, StoreUnavailable
from shared.sql.alerts import AlertFilter

CHART_SECONDS = 60  # a chart of 30 days does not change faster
MOST = 200  # SLOs on one page
LATEST = 20  # alerts on the page of an SLO
SHOWN = tuple(state.value for state in RECORDED)
WINDOWS = ("5m", "1h", "6h", "3d")  # whose burn rates the list shows


def web_routes(current: Current, alerts: AlertStore) -> APIRouter:
    """Return the pages."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    pages = Pages()

    @router.get("/")
    async def index(state: State | None = None, cursor: str | None = None) -> Response:
        try:
            overview = await current.overview()
        except StoreUnavailable as error:
            return pages.trouble(error, 503)
        return pages.page("index.html", **_list(overview, state, cursor))

    # Before the one SLO: a name may hold slashes.
    @router.get("/slos/{name:path}/chart.svg")
    async def chart(name: str, objective: str) -> Response:
        drawn = chart_of(await current.history(name, only=objective))
        svg = pages.text("chart.svg", chart=drawn)
        headers = {"cache-control": f"max-age={CHART_SECONDS}"}
        return Response(svg, media_type="image/svg+xml", headers=headers)

    @router.get("/slos/{name:path}")
    async def slo(name: str) -> Response:
        try:
            overview = await current.overview()
            status = overview.status(name)
            latest = await alerts.list(AlertFilter(SHOWN, slo=name), limit=LATEST)
        except NotFound as error:
            return pages.trouble(error, 404)
        except StoreUnavailable as error:
            return pages.trouble(error, 503)
        answers = [alert_answer(one) for one in latest]
        return pages.page("slo.html", status=status, alerts=answers, now=_now(overview))

    return router


def _list(overview: Overview, state: State | None, cursor: str | None) -> dict[str, object]:
    entries = overview.entries
    chosen = sorted((e for e in entries if state in (None, e.state)), key=by_state)
    page, following = page_of(chosen, by_state, cursor, MOST)
    return {
        "statuses": [overview.status(entry.name) for entry in page],
        "states": count_states(entries),
        "total": len(entries),
        "chosen": state,
        "following": following,
        "windows": WINDOWS,
        "now": _now(overview),
        "revision": overview.definitions.stored.revision,
    }


def _now(overview: Overview) -> datetime:
    return moment(overview.clock.now)
