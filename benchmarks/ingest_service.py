"""What one ingest process does on real Kafka: events a second, and CPU for each of them.

python -m benchmarks.ingest_service [--records 4000000] [--partitions 4] [--slis 1 2 1000]
                                    [--rates 1 10 100] [--seconds 20]

The first part reads a backlog as fast as it can; the second gives every partition a steady rate
of events and says what that costs.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.kafka.connection import KafkaConnection
from shared.kafka.event_writer import open_event_writer
from tests.integration.ingesting import Ingesting
from tests.support.kafka.cluster import Kafka, running_broker
from tests.support.waiting import eventually

EVENT = (
    b'{"id":"%012d","service":"checkout","route":"/pay","method":"POST","status":200,'
    b'"duration_ms":41.7,"consumer":"storefront","region":"eu-1"}'
)
TICKS = os.sysconf("SC_CLK_TCK")


def slo(number: int) -> dict[str, Any]:
    """An SLO whose total leaves out one route of its own."""

    def metric(query: str) -> dict[str, Any]:
        return {"metricSource": {"metricSourceRef": "shop", "spec": {"query": query}}}

    total = f"service == 'checkout' && route != '/{number}'"
    ratio = {"counter": True, "good": metric("status < 500"), "total": metric(total)}
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": f"slo-{number}"},
        "spec": {
            "service": "checkout",
            "indicator": {"metadata": {"name": f"sli-{number}"}, "spec": {"ratioMetric": ratio}},
            "timeWindow": [{"duration": "1d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": "main", "target": 0.9}],
        },
    }


class Measured:
    """One ingest process, with its counters and its CPU time."""

    def __init__(self, ingesting: Ingesting) -> None:
        self.ingesting = ingesting
        self.process = ingesting.start()

    async def counted(self) -> float:
        """Return how many events it has counted."""
        for line in (await self.ingesting.metrics()).splitlines():
            if line.startswith("leeway_ingest_events_total") and 'result="counted"' in line:
                return float(line.split()[-1])
        return 0.0

    async def until(self, count: int) -> None:
        """Wait until it has counted so many events."""

        async def has() -> bool:
            return await self.counted() >= count

        await eventually(has, f"{count:,} events are counted", within=300)

    def cpu(self) -> float:
        """Return the CPU seconds it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


async def backlog(ingesting: Ingesting, records: int) -> str:
    """Read what is there as fast as possible; the first records warm up."""
    measured = Measured(ingesting)
    await ingesting.until_ready()
    await measured.until(records // 10)
    first, began, cpu = await measured.counted(), time.perf_counter(), measured.cpu()
    await measured.until(records)
    seconds, spent = time.perf_counter() - began, measured.cpu() - cpu
    events = records - first
    return f"{events / seconds:,.0f} events/s, {spent / events * 1e6:.2f} us of CPU each"


async def steady(
    kafka: Kafka, ingesting: Ingesting, rate: int, partitions: int, seconds: int
) -> str:
    """Give every partition so many events a second, and say what each partition costs."""
    measured = Measured(ingesting)
    await ingesting.until_ready()
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, linger_ms=20) as producer:
        cpu, sent, began = measured.cpu(), 0, time.perf_counter()
        while (passed := time.perf_counter() - began) < seconds:
            while sent < passed * rate:
                for partition in range(partitions):
                    event = EVENT % (sent * partitions + partition)
                    await producer.send(ingesting.topic, event, partition=partition)
                sent += 1
            await asyncio.sleep(0.02)
        share = (measured.cpu() - cpu) / (time.perf_counter() - began)
    return (
        f"{share * 100:.1f} % of a core, {share / partitions * 1e3:.2f} ms a second and partition"
    )


async def prepared(kafka: Kafka, folder: Path, topic: str, slis: int, group: str) -> Ingesting:
    """Return what is needed to run ingest with so many SLIs on a topic."""
    ingesting = Ingesting(kafka, folder)
    await ingesting.prepare(topic)
    await ingesting.put([*ingesting.bodies, *(slo(number) for number in range(slis))])
    ingesting.environment |= {"LEEWAY_EMIT_SECONDS": "0.5", "LEEWAY_GROUP_PREFIX": group}
    return ingesting


async def measure(options: argparse.Namespace, bootstrap: str) -> None:
    """Measure everything that was asked for."""
    kafka = Kafka(bootstrap)
    topic = await kafka.create_topic(options.partitions)

    def events() -> Iterator[tuple[bytes, bytes]]:
        for n in range(options.records):
            yield b"key-%d" % (n % 1000), EVENT % n

    async with open_event_writer(KafkaConnection(bootstrap), "none") as writer:
        await writer.append_all(topic, events())
    for slis in options.slis:
        with tempfile.TemporaryDirectory() as folder:
            ingesting = await prepared(kafka, Path(folder), topic, slis, f"backlog-{slis}-")
            try:
                print(
                    f"{slis} SLIs, backlog: {await backlog(ingesting, options.records)}", flush=True
                )
            finally:
                ingesting.kill()
    for slis in options.slis:
        for rate in options.rates:
            quiet = await kafka.create_topic(options.partitions)
            with tempfile.TemporaryDirectory() as folder:
                ingesting = await prepared(kafka, Path(folder), quiet, slis, f"{slis}-{rate}-")
                try:
                    cost = await steady(kafka, ingesting, rate, options.partitions, options.seconds)
                    print(f"{slis} SLIs, {rate} events/s a partition: {cost}", flush=True)
                finally:
                    ingesting.kill()


def main() -> None:
    """Read the options, start a broker and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=4_000_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--slis", type=int, nargs="*", default=[1, 2, 1000])
    parser.add_argument("--rates", type=int, nargs="*", default=[1, 10, 100])
    parser.add_argument("--seconds", type=int, default=20)
    with running_broker(java_options=("-XX:+UseG1GC",)) as broker:
        asyncio.run(measure(parser.parse_args(), broker.bootstrap))


if __name__ == "__main__":
    main()
