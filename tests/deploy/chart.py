"""The chart as Helm renders it, in process; `python -m tests.deploy.chart` renews the snapshots.

Look at the difference with `git diff tests/deploy/snapshots` before committing it.
"""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import helm_python
from ruamel.yaml import YAML

from tests.deploy.source import CHART

HERE = Path(__file__).parent
SNAPSHOTS = HERE / "snapshots"
RELEASE, NAMESPACE = "demo", "sla"
VALUE_SETS = sorted(path.stem for path in (HERE / "values").glob("*.yaml"))
# Long, and compared with the files they are made of instead.
ELSEWHERE = "templates/dashboards.yaml"

Manifest = dict[str, Any]


def values_of(name: str) -> dict[str, Any]:
    """Return the values of this set."""
    found: dict[str, Any] = read_yaml((HERE / "values" / f"{name}.yaml").read_text())
    return found


def read_yaml(text: str) -> Any:
    """Return the one document of a text."""
    return YAML(typ="safe").load(text)


def rendered(values: Mapping[str, Any]) -> dict[str, str]:
    """Return every template's text by its path within the chart; Helm's errors are raised."""
    with helm_python.Chart.load(CHART) as chart:
        chart.validate_schema(dict(values))
        texts = chart.render(dict(values), name=RELEASE, namespace=NAMESPACE)
    return {path.removeprefix("leeway/"): text for path, text in sorted(texts.items())}


@functools.cache
def objects_of(name: str) -> tuple[Manifest, ...]:
    """Return the objects that this set of values renders."""
    return tuple(objects(values_of(name)))


def objects(values: Mapping[str, Any]) -> Iterator[Manifest]:
    """Yield the objects that these values render."""
    for path, text in rendered(values).items():
        if path.endswith(".yaml"):
            yield from filter(None, YAML(typ="safe").load_all(text))


def snapshot_of(name: str) -> str:
    """Return what is stored for this set of values: all texts that are not empty."""
    return "".join(
        f"# Source: {path}\n{text.strip()}\n"
        for path, text in rendered(values_of(name)).items()
        if text.strip() and path != ELSEWHERE
    )


def main() -> None:
    """Write every snapshot anew."""
    for stale in SNAPSHOTS.glob("*.yaml"):
        stale.unlink()
    for name in VALUE_SETS:
        (SNAPSHOTS / f"{name}.yaml").write_text(snapshot_of(name))


if __name__ == "__main__":
    main()
