"""How many records a second one process reads from a real Kafka, and what each costs in CPU.

python -m benchmarks.kafka_fetch [--records 1000000] [--partitions 4]
"""

import argparse
import asyncio
import gc
import time
import uuid
from collections.abc import Iterator

from shared.kafka.connection import KafkaConnection
from shared.kafka.event_writer import open_event_writer
from shared.kafka.raw_log import open_raw_log
from tests.support.kafka.cluster import Kafka, running_broker
from tests.support.kafka.member import Member

EVENT = (
    b'{"id":"%012d","ts":"2026-11-23T06:00:00.123Z","service":"checkout","route":"/pay",'
    b'"method":"POST","status":200,"duration_ms":41.7}'
)


async def read_once(bootstrap: str, topic: str, records: int, max_records: int) -> str:
    """Read the topic from its start and say what that cost."""
    async with open_raw_log(KafkaConnection(bootstrap), uuid.uuid4().hex) as log:
        log.subscribe([topic], Member(log))
        count = 0
        while not count:
            count += sum(map(len, (await log.read(0.1, 1)).values()))
        began, cpu = time.perf_counter(), time.process_time()
        while count < records:
            batch = await log.read(0.2, max_records)
            count += sum(map(len, batch.values()))
        seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    return (
        f"{count:,} records in {seconds:.2f} s: {count / seconds:,.0f}/s,"
        f" {spent / count * 1e6:.2f} us of CPU each, {count / spent:,.0f} per CPU second"
    )


async def measure(bootstrap: str, records: int, partitions: int) -> None:
    """Fill a topic and read it with several sizes of batch."""
    topic = await Kafka(bootstrap).create_topic(partitions)

    def events() -> Iterator[tuple[bytes, bytes]]:
        for n in range(records):
            yield b"key-%d" % (n % 1000), EVENT % n

    async with open_event_writer(KafkaConnection(bootstrap), "none") as writer:
        began = time.perf_counter()
        await writer.append_all(topic, events())
        print(f"wrote {records:,} records in {time.perf_counter() - began:.2f} s")
    for max_records in (500, 1_000, 5_000):
        print(
            f"max_records={max_records}: {await read_once(bootstrap, topic, records, max_records)}"
        )


def main() -> None:
    """Run against a broker of our own, tuned for throughput."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=4)
    options = parser.parse_args()
    gc.set_threshold(200_000, 50, 1_000)
    with running_broker(java_options=("-XX:+UseG1GC",)) as broker:
        asyncio.run(measure(broker.bootstrap, options.records, options.partitions))


if __name__ == "__main__":
    main()
