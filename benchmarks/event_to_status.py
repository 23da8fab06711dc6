"""How long from an event in Kafka to the changed status over HTTP, on real Kafka and SQLite.

python -m benchmarks.event_to_status [--events 100]

One event at a time is sent with a client that is not ours; the clock stops when `GET /v1/slos/NAME`
first shows it. Asked every 10 ms, so a figure may be that much too long.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Producer

from shared.sql.migrate import upgrade
from tests.support.kafka.cluster import Kafka, running_broker
from tests.support.process import Service, services
from tests.support.waiting import wait_until

TOPIC = "leeway.requests.v1"
EVENT = b'{"service":"checkout","status":200}'
WITHIN_SECONDS = 30.0
FAST = {"LEEWAY_TICK_SECONDS": "0.25", "LEEWAY_EMIT_SECONDS": "0.25"}


def document(total: str = "has(status)") -> dict[str, Any]:
    """An SLO that counts the events that meet a query: every event unless told."""

    def metric(query: str) -> dict[str, Any]:
        return {"metricSource": {"metricSourceRef": "requests", "spec": {"query": query}}}

    ratio = {"counter": True, "good": metric("status < 500"), "total": metric(total)}
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": "checkout"},
        "spec": {
            "service": "checkout",
            "indicator": {"metadata": {"name": "checkout"}, "spec": {"ratioMetric": ratio}},
            "timeWindow": [{"duration": "30d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": "main", "target": 0.9}],
        },
    }


def objective(client: httpx.Client) -> dict[str, Any]:
    """Return the objective as the api shows it now."""
    answer = client.get("/v1/slos/checkout").raise_for_status().json()
    return dict(answer["objectives"][0])


def latencies(client: httpx.Client, bootstrap: str, events: int) -> list[float]:
    """Send events at random moments and return how long each took to be seen, in seconds."""
    producer, found = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0}), []
    before = objective(client)["total"] or 0
    for number in range(1, events + 1):
        time.sleep(random.random())
        producer.produce(TOPIC, EVENT, "checkout")
        producer.flush(10)
        began = time.perf_counter()
        while (objective(client)["total"] or 0) < before + number:
            if time.perf_counter() > began + WITHIN_SECONDS:
                raise SystemExit(f"event {number} was not seen within {WITHIN_SECONDS} s")
            time.sleep(0.01)
        found.append(time.perf_counter() - began)
    return found


def measure(name: str, events: int, more: dict[str, str]) -> None:
    """Run the three services with these settings on a new Kafka, and print the figures."""
    with tempfile.TemporaryDirectory() as folder, running_broker() as broker:
        kafka = Kafka(broker.bootstrap)
        asyncio.run(kafka.create_topic(4, name=TOPIC))
        url = f"sqlite+aiosqlite:///{folder}/leeway.db"
        asyncio.run(upgrade(url))
        environment = {
            "LEEWAY_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "LEEWAY_DATABASE_URL": url,
            **more,
        }
        with services(Path(folder), environment) as running:
            api: Service = running.start("api")
            api.until_answering("/readyz", 200)
            with httpx.Client(base_url=f"http://127.0.0.1:{api.port}", timeout=10) as client:
                client.post("/v1/definitions", json=[document()]).raise_for_status()
                running.start("ingest")
                running.start("evaluator")
                wait_until(
                    lambda: objective(client)["counted_since"], "events are counted", within=60
                )
                found = sorted(latencies(client, kafka.bootstrap, events))
    p99 = found[min(len(found) - 1, int(len(found) * 0.99))]
    print(
        f"{name}: {len(found)} events, p50 {statistics.median(found):.2f} s, p99 {p99:.2f} s, "
        f"longest {found[-1]:.2f} s",
        flush=True,
    )


def main() -> None:
    """Read the options, start a broker and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100)
    events = parser.parse_args().events
    measure("default", events, {})
    measure("250ms", events, FAST)


if __name__ == "__main__":
    main()
