"""The page of one alert, which notifications link to: `/alerts/{id}`."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from services.api.alert import AlertStore, alert_answer
from services.api.notifying import NotificationStore
from services.api.page import Pages
from shared.domain.errors import NotFound, StoreUnavailable


def alert_pages(alerts: AlertStore, notifications: NotificationStore) -> APIRouter:
    """Return the page of an alert: its transitions with their figures, and who was told."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    pages = Pages()

    @router.get("/alerts/{id_}")
    async def alert(id_: str) -> Response:
        try:
            found = alert_answer(await alerts.get(id_), await notifications.about([id_]))
        except NotFound as error:
            return pages.trouble(error, 404)
        except StoreUnavailable as error:
            return pages.trouble(error, 503)
        return pages.page("alert.html", alert=found)

    return router
