"""The pages about agreements, for the leads of both teams: `/agreements` and each one."""

from datetime import UTC, datetime

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from services.api.agreements import Agreements
from services.api.page import templates
from services.api.paging import page_of
from shared.domain.errors import LeewayError, NotFound, StoreUnavailable

MOST = 200  # agreements on one page


def agreement_pages(agreements: Agreements) -> APIRouter:
    """Return the pages."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    pages = templates()

    def trouble(error: LeewayError, status: int) -> Response:
        page = pages.get_template("trouble.html").render(detail=str(error), status=status)
        return HTMLResponse(page, status_code=status)

    @router.get("/agreements")
    async def index(cursor: str | None = None) -> Response:
        try:
            names, following = page_of(await agreements.names(), lambda name: (name,), cursor, MOST)
            found = [await agreements.one(name, periods=0) for name in names]
        except StoreUnavailable as error:
            return trouble(error, 503)
        now = datetime.fromtimestamp(agreements.current.clock().now, UTC)
        page = pages.get_template("agreements.html")
        return HTMLResponse(page.render(agreements=found, following=following, now=now))

    @router.get("/agreements/{name:path}")
    async def agreement(name: str) -> Response:
        try:
            found = await agreements.one(name)
            versions = (await agreements.versions(name)).items
        except NotFound as error:
            return trouble(error, 404)
        except StoreUnavailable as error:
            return trouble(error, 503)
        page = pages.get_template("agreement.html")
        return HTMLResponse(page.render(agreement=found, versions=versions))

    return router
