"""One promise about one service, and requests that it counts: what tests of the stack need."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

TARGET = "  objectives: [{{displayName: availability, target: {target}}}]"
DEFINITION = """\
apiVersion: openslo/v1
kind: Service
metadata: {{name: {service}}}
spec: {{}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {service}-availability}}
spec:
  service: {service}
  indicator:
    metadata: {{name: {service}-served}}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            metricSourceRef: requests
            type: kafka
            spec: {{query: "service == '{service}' && status < 500"}}
        total:
          metricSource:
            metricSourceRef: requests
            type: kafka
            spec: {{query: "service == '{service}'"}}
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
"""


@dataclass(frozen=True, slots=True)
class Promise:
    """A file of definitions, and what its objective is called."""

    file: Path
    slo: str

    @property
    def name(self) -> str:
        return f"{self.slo}/availability"


def promise(folder: Path, service: str, target: str = "0.9") -> Promise:
    """Write the definitions of a promise about a service."""
    file = folder / f"{service}.yaml"
    file.write_text(DEFINITION.format(service=service) + TARGET.format(target=target) + "\n")
    return Promise(file, f"{service}-availability")


def requests(service: str, number: int, *, failing_every: int = 10, first: int = 0) -> bytes:
    """Return so many events as JSON lines; one of every `failing_every` is bad."""
    now = datetime.now(UTC).isoformat()
    event = {"ts": now, "service": service, "route": "/pay", "duration_ms": 41.7}
    return b"".join(
        json.dumps({"id": f"r{n}", **event, "status": 200 if n % failing_every else 500}).encode()
        + b"\n"
        for n in range(first, first + number)
    )
