"""The panels that the dashboards are made of, as Grafana's JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
GREEN, YELLOW, RED, GREY = "green", "orange", "red", "text"


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression, and what its lines are called."""

    expression: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a number is written and coloured: each colour holds from its value upwards."""

    unit: str = "short"
    decimals: int | None = None
    steps: tuple[tuple[float | None, str], ...] = ((None, GREY),)
    least: float | None = None
    most: float | None = None

    def field(self) -> Json:
        """Return it as the defaults of a panel's fields."""
        steps = [{"value": value, "color": colour} for value, colour in self.steps]
        found: Json = {"unit": self.unit, "thresholds": {"mode": "absolute", "steps": steps}}
        bounds = {"decimals": self.decimals, "min": self.least, "max": self.most}
        return found | {name: value for name, value in bounds.items() if value is not None}


NUMBER = Scale(decimals=0)
SHARE = Scale("percentunit", 3)
BUDGET = Scale("percentunit", 1, ((None, RED), (0, YELLOW), (0.1, GREEN)))
BURN = Scale("short", 2, ((None, GREEN), (1, YELLOW), (6, RED)))
RATE = Scale("eps", None)
SECONDS = Scale("s", None)
LAG = Scale("s", 0, ((None, GREEN), (20, YELLOW), (60, RED)))
BAD_IF_ANY = Scale("short", 0, ((None, GREEN), (1, RED)))


def stat(title: str, query: Query, scale: Scale, about: str = "") -> Json:
    """Return a panel that shows the latest value, one for each line."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"]},
        "colorMode": "value",
        "graphMode": "area",
        "textMode": "auto",
    }
    return _panel("stat", title, [query], scale, about, options)


def course(
    title: str,
    queries: Sequence[Query],
    scale: Scale,
    about: str = "",
    *,
    stacked: bool = False,
    line_at: bool = False,
) -> Json:
    """Return a panel with lines over time; `line_at` draws the scale's thresholds as lines."""
    options = {
        "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    panel = _panel("timeseries", title, queries, scale, about, options)
    panel["fieldConfig"]["defaults"] |= {
        "color": {"mode": "palette-classic"},
        "custom": {
            "lineWidth": 1,
            "fillOpacity": 30 if stacked else 5,
            "showPoints": "never",
            "stacking": {"mode": "normal" if stacked else "none"},
            "thresholdsStyle": {"mode": "line" if line_at else "off"},
        },
    }
    return panel


def timeline(
    title: str, query: Query, states: Mapping[int, tuple[str, str]], about: str = ""
) -> Json:
    """Return a panel that shows when each line had which of these states: text and colour."""
    options = {"mergeValues": True, "showValue": "never", "legend": {"displayMode": "list"}}
    panel = _panel("state-timeline", title, [query], Scale(), about, options)
    mapping = {
        str(value): {"index": index, "text": text, "color": colour}
        for index, (value, (text, colour)) in enumerate(states.items())
    }
    panel["fieldConfig"]["defaults"]["mappings"] = [{"type": "value", "options": mapping}]
    return panel


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, where its numbers come from, how they are shown."""

    title: str
    expression: str
    scale: Scale


def table(
    title: str,
    labels: Sequence[str],
    columns: Sequence[Column],
    about: str = "",
    link: tuple[str, str] | None = None,
) -> Json:
    """Return a table with a row for each combination of these labels.

    Every column's query must give one value for each combination. `link` is the label that leads
    somewhere, and where to.
    """
    queries = [Query(column.expression) for column in columns]
    panel = _panel(
        "table", title, queries, Scale(), about, {"showHeader": True, "cellHeight": "sm"}
    )
    for target in panel["targets"]:
        target |= {"format": "table", "instant": True, "range": False}
    names = {f"Value #{_letter(n)}": column.title for n, column in enumerate(columns)}
    order = [*labels, *names]
    panel["transformations"] = [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {"Time": True},
                "indexByName": {name: index for index, name in enumerate(order)},
                "renameByName": names,
            },
        },
    ]
    overrides = [_override(column.title, _cell(column.scale)) for column in columns]
    if link is not None:
        overrides.append(_override(link[0], {"links": [{"title": "Open", "url": link[1]}]}))
    panel["fieldConfig"]["overrides"] = overrides
    return panel


def _cell(scale: Scale) -> Json:
    colour = {"type": "color-text"} if len(scale.steps) > 1 else {"type": "auto"}
    return scale.field() | {"custom.cellOptions": colour}


def _override(column: str, properties: Json) -> Json:
    return {
        "matcher": {"id": "byName", "options": column},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }


def _panel(
    kind: str, title: str, queries: Sequence[Query], scale: Scale, about: str, options: Json
) -> Json:
    return {
        "type": kind,
        "title": title,
        "description": about,
        "datasource": SOURCE,
        "targets": [
            {
                "refId": _letter(number),
                "datasource": SOURCE,
                "expr": query.expression,
                "legendFormat": query.legend,
            }
            for number, query in enumerate(queries)
        ],
        "fieldConfig": {"defaults": scale.field(), "overrides": []},
        "options": options,
    }


def _letter(number: int) -> str:
    return chr(ord("A") + number)
