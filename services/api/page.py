"""How figures are written for people, and the templates that write them."""

from datetime import UTC, datetime, time
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.api.schema.budget import Window
from shared.domain.budget import State
from shared.domain.duration import parse_duration
from shared.domain.errors import LeewayError

FOLDER = Path(__file__).parent
MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
STATES = {
    State.OK: "OK",
    State.AT_RISK: "At risk",
    State.BREACHED: "Breached",
    State.NO_DATA: "No data",
    State.STALE: "Stale",
}

UNIT_NAMES = {
    "s": "second",
    "m": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "M": "month",
    "Q": "quarter",
    "Y": "year",
}


def percent(ratio: float | None, digits: int = 3) -> str:
    """Return a ratio as a percentage, cut and not rounded: 0.9999999 must not look like all."""
    if ratio is None:
        return NONE
    cut = (Decimal(repr(ratio)) * 100).quantize(Decimal(10) ** -digits, ROUND_DOWN)
    text = f"{abs(cut):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS if cut < 0 else ''}{text}\N{NO-BREAK SPACE}%"


def count(number: float | None) -> str:
    """Return a count with thin spaces between the thousands."""
    if number is None:
        return NONE
    return f"{int(number):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def burn(rate: float | None) -> str:
    """Return a burn rate: two digits below ten, none above a hundred."""
    if rate is None:
        return NONE
    digits = 2 if rate < 10 else 1 if rate < 100 else 0
    return f"{rate:.{digits}f}"


def moment(at: datetime | None) -> str:
    """Return a time in UTC, to the minute."""
    return NONE if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def local(at: datetime, zone: str) -> str:
    """Return a time in a zone: the day alone where it is a midnight."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%Y-%m-%d}" if there.time() == time() else f"{there:%Y-%m-%d %H:%M}"


def window_in_words(window: Window) -> str:
    """Return what a window covers, as people say it."""
    duration = parse_duration(window.duration)
    if duration is None:
        return window.duration
    unit = UNIT_NAMES[duration.unit]
    if window.type == "rolling":
        return f"the last {unit}" if duration.count == 1 else f"the last {duration.count} {unit}s"
    if duration.count == 1:
        return f"each calendar {unit}"
    return f"every {duration.count} calendar {unit}s"


def since(at: datetime, now: datetime) -> str:
    """Return when something began: the time when that was today, else the day."""
    return f"{at:%Y-%m-%d}" if at.date() < now.date() else f"{at:%H:%M:%S} UTC"


def length(seconds: float) -> str:
    """Return a length of time in its one or two largest units."""
    rest = max(0, int(seconds))
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if rest >= size or (unit == "s" and not parts):
            parts.append(f"{rest // size}\N{NO-BREAK SPACE}{unit}")
            rest %= size
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)


class Pages:
    """The pages, by the names of their templates."""

    def __init__(self) -> None:
        self._templates = templates()

    def page(self, template: str, **values: Any) -> HTMLResponse:
        """Return a page as an answer."""
        return HTMLResponse(self.text(template, **values))

    def text(self, template: str, **values: Any) -> str:
        """Return what a template comes to."""
        return self._templates.get_template(template).render(values)

    def trouble(self, error: LeewayError, status: int) -> HTMLResponse:
        """Return the page that says why there is no other."""
        return HTMLResponse(self.text("trouble.html", detail=str(error), status=status), status)


def templates() -> Environment:
    """Return the templates with the filters that they use; everything is escaped."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "count": count,
        "burn": burn,
        "moment": moment,
        "since": since,
        "local": local,
        "window_in_words": window_in_words,
        "lasting": length,
        "state": STATES.__getitem__,
    }
    return environment
