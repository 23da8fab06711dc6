"""What it costs to keep many objectives current: CPU seconds a minute of each service.

python -m benchmarks.keep_current [--objectives 1000] [--rate 200] [--spread] [--seconds 60]

Real Kafka, SQLite, default settings. Every objective is over 30 d with the default alert
conditions. Every event counts in each of them, so that all figures change with each tick; with
`--spread` in one of them only, each in its turn. With `--rate 0` nothing changes at all.
"""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Producer

from benchmarks.event_to_status import TOPIC, document
from shared.sql.migrate import upgrade
from tests.support.kafka.cluster import Kafka, running_broker
from tests.support.process import Service, Services, services
from tests.support.waiting import wait_until

EVENT = b'{"id":"%012d","service":"checkout","status":200,"route":"/%d","duration_ms":41.7}'
PARTITIONS = 4
WARM_UP_SECONDS = 15
TICKS = os.sysconf("SC_CLK_TCK")


def documents(objectives: int, *, spread: bool) -> list[dict[str, Any]]:
    """As many SLOs of one objective each; when `spread`, each counts a route of its own."""
    found = []
    for number in range(objectives):
        one = document(f"route == '/{number}'" if spread else "has(status)")
        one["metadata"] = {"name": f"checkout-{number}"}
        found.append(one)
    return found


def cpu_seconds(service: Service) -> float:
    """Return the CPU time that a process has used."""
    stat = Path(f"/proc/{service.process.pid}/stat").read_text(encoding="ascii")
    fields = stat.rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def send(bootstrap: str, first: int, options: argparse.Namespace, seconds: float) -> int:
    """Send events at a steady rate, numbered from `first`; return the number of the next."""
    producer, began, sent = Producer({"bootstrap.servers": bootstrap}), time.monotonic(), first
    while (passed := time.monotonic() - began) < seconds:
        while sent - first < passed * options.rate:
            producer.produce(TOPIC, EVENT % (sent, sent % options.objectives), b"%d" % sent)
            sent += 1
        producer.poll(0.02)
    producer.flush(10)
    return sent


def measure(kafka: Kafka, running: Services, options: argparse.Namespace) -> dict[str, float]:
    """Return the CPU seconds of each service in so many seconds of traffic."""
    api = running.start("api")
    api.until_answering("/readyz", 200)
    found = documents(options.objectives, spread=options.spread)
    url = f"http://127.0.0.1:{api.port}/v1/definitions"
    httpx.post(url, json=found, timeout=60).raise_for_status()
    started = [running.start(name) for name in ("ingest", "evaluator")]
    for service in started:
        service.until_answering("/readyz", 200)
    warmed = send(kafka.bootstrap, 0, options, WARM_UP_SECONDS)
    before = [cpu_seconds(service) for service in started]
    sent = send(kafka.bootstrap, warmed, options, options.seconds)
    spent = [cpu_seconds(s) - was for s, was in zip(started, before, strict=True)]
    every = options.objectives if options.spread else 1
    counted = -(-sent // every)
    wait_until(lambda: total(api) == counted, f"{counted} of {sent} events are in the status")
    return {s.name: cpu for s, cpu in zip(started, spent, strict=True)}


def total(api: Service) -> int:
    """Return how many events one SLO has counted."""
    answer = api.get("/v1/slos/checkout-0")
    return int(answer.json()["objectives"][0]["total"] or 0) if answer else 0


def main() -> None:
    """Read the options, start everything and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objectives", type=int, default=1_000)
    parser.add_argument("--rate", type=int, default=200, help="events a second")
    parser.add_argument("--spread", action="store_true", help="each event counts in one objective")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    with running_broker() as broker, tempfile.TemporaryDirectory() as folder:
        kafka = Kafka(broker.bootstrap)
        asyncio.run(kafka.create_topic(PARTITIONS, name=TOPIC))
        url = f"sqlite+aiosqlite:///{folder}/leeway.db"
        asyncio.run(upgrade(url))
        environment = {"LEEWAY_KAFKA_BOOTSTRAP": kafka.bootstrap, "LEEWAY_DATABASE_URL": url}
        with services(Path(folder), environment) as running:
            for name, cpu in measure(kafka, running, options).items():
                minute = cpu / options.seconds * 60
                print(f"{name}: {minute:.2f} CPU seconds a minute", flush=True)


if __name__ == "__main__":
    main()
