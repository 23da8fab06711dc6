"""A dashboard as a whole: its variables, and its panels laid out in rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deploy.grafana.panel import SOURCE, Json

WIDTH = 24  # of Grafana's grid
SCHEMA = 39  # Grafana 10.4 and later
TAGS = ["leeway"]


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side, sharing the width alike; a title makes a heading above them."""

    height: int
    panels: tuple[Json, ...]
    title: str = ""


def label_variable(
    name: str, selector: str, label: str, *, title: str, several: bool = False
) -> Json:
    """Return a variable that offers the values of a label; with `several` also all of them.

    All means any value, also none: a figure without that label is not left out.
    """
    query = f"label_values({selector}, {label})"
    found: Json = {
        "type": "query",
        "name": name,
        "label": title,
        "datasource": SOURCE,
        "definition": query,
        "query": {"qryType": 1, "query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": several,
        "includeAll": several,
    }
    return found | (
        {"allValue": ".*", "current": {"text": "All", "value": "$__all"}} if several else {}
    )


def dashboard(
    uid: str,
    title: str,
    about: str,
    *,
    rows: Sequence[Row],
    variables: Iterable[Json] = (),
    span: str = "now-6h",
) -> Json:
    """Return a dashboard; its data source can be chosen, and the other dashboards are linked."""
    source = {
        "type": "datasource",
        "name": "datasource",
        "label": "Data source",
        "query": "prometheus",
    }
    return {
        "uid": uid,
        "title": title,
        "description": about,
        "tags": TAGS,
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": span, "to": "now"},
        "timezone": "",
        "templating": {"list": [source, *variables]},
        "links": [
            {
                "type": "dashboards",
                "title": "Leeway",
                "tags": TAGS,
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
            }
        ],
        "panels": list(_laid_out(rows)),
    }


def _laid_out(rows: Sequence[Row]) -> Iterable[Json]:
    number, top = 0, 0
    for row in rows:
        if row.title:
            number += 1
            place = {"x": 0, "y": top, "w": WIDTH, "h": 1}
            heading = {"type": "row", "title": row.title, "collapsed": False, "panels": []}
            yield heading | {"id": number, "gridPos": place}
            top += 1
        width = WIDTH // len(row.panels)
        for index, panel in enumerate(row.panels):
            number += 1
            place = {"x": index * width, "y": top, "w": width, "h": row.height}
            yield panel | {"id": number, "gridPos": place}
        top += row.height
