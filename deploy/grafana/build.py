"""`python -m deploy.grafana.build` writes the dashboards as JSON; a test compares them."""

import json
from pathlib import Path

from deploy.grafana.agreement import agreement
from deploy.grafana.health import health
from deploy.grafana.objective import objective
from deploy.grafana.overview import overview
from deploy.grafana.panel import Json

FOLDER = Path(__file__).with_name("dashboards")


def dashboards() -> dict[str, Json]:
    """Return every dashboard by the name of its file."""
    built = (overview(), objective(), agreement(), health())
    return {f"{one['uid'].removeprefix('leeway-')}.json": one for one in built}


def text_of(dashboard: Json) -> str:
    """Return a dashboard as its file holds it."""
    return json.dumps(dashboard, indent=2) + "\n"


def main() -> None:
    """Write all files anew."""
    FOLDER.mkdir(exist_ok=True)
    for name, dashboard in dashboards().items():
        (FOLDER / name).write_text(text_of(dashboard))


if __name__ == "__main__":
    main()
