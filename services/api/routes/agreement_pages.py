"""The pages about agreements, for the leads of both teams: `/agreements` and each one."""

from datetime import UTC, datetime

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from services.api.agreements import Agreements
from services.api.page import Pages
from services.api.paging import page_of
from shared.domain.errors import NotFound, StoreUnavailable

MOST = 200  # agreements on one page


def agreement_pages(agreements: Agreements) -> APIRouter:
    """Return the pages."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    pages = Pages()

    @router.get("/agreements")
    async def index(cursor: str | None = None) -> Response:
        try:
            names, following = page_of(await agreements.names(), lambda name: (name,), cursor, MOST)
            found = [await agreements.one(name, periods=0) for name in names]
        except StoreUnavailable as error:
            return pages.trouble(error, 503)
        now = datetime.fromtimestamp(agreements.current.clock().now, UTC)
        return pages.page("agreements.html", agreements=found, following=following, now=now)

    @router.get("/agreements/{name:path}")
    async def agreement(name: str) -> Response:
        try:
            found = await agreements.one(name)
            versions = (await agreements.versions(name)).items
        except NotFound as error:
            return pages.trouble(error, 404)
        except StoreUnavailable as error:
            return pages.trouble(error, 503)
        return pages.page("agreement.html", agreement=found, versions=versions)

    return router
