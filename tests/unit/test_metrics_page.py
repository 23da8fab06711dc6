"""`docs/metrics.md` names exactly the metrics that the services have."""

import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from services.api.metrics import Metrics as ApiMetrics
from services.evaluator.delivery.metrics import DeliveryMetrics
from services.evaluator.exposition import HELP
from services.evaluator.vitals import Vitals
from services.ingest.metrics import Metrics as IngestMetrics

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def registered() -> set[str]:
    registry = CollectorRegistry()
    ingest = IngestMetrics(CollectorRegistry())
    ApiMetrics(registry)
    DeliveryMetrics(registry)
    Vitals(registry)
    names = set(HELP)
    for metric in (*registry.collect(), *ingest.registry.collect()):
        names.add(f"{metric.name}_total" if metric.type == "counter" else metric.name)
    return names


def test_the_page_names_every_metric_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(leeway_[a-z_]+)", PAGE.read_text(), re.MULTILINE))

    assert documented == registered()
