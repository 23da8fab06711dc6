"""Sends hostile traffic to a topic, as a process of its own, until it is told to stop.

`python -m tests.e2e.exactness.producer BOOTSTRAP TOPIC SEED RATE`: duplicates at distances from
1 to 40,000 records, 0.5 % invalid records, disordered timestamps, groups, and a second,
transactional producer of which some transactions are aborted. It shares no code with the product.
"""

import json
import random
import signal
import sys
import time
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import KafkaException, Producer

SERVICES = ("checkout", "search", "payments")
TENANTS = tuple(f"tenant-{n}" for n in range(8))
LONGEST_DISTANCE = 40_000
DISTANCES = (1, 2, 10, 100, 1_000, 9_999, 10_001, 20_000, LONGEST_DISTANCE)
HOUR = 3600.0


def invalid(rng: random.Random, now: float) -> bytes:
    """Return a record that must be rejected, of a random kind."""
    good = {"id": f"bad-{rng.random()}", "ts": now, "service": "checkout", "status": 200}
    spoiled: list[Any] = [
        good | {"ts": "yesterday"},
        good | {"ts": now - 8 * 24 * HOUR},
        good | {"ts": now + HOUR},
        good | {"count": -1},
        good | {"count": 1.5},
        {"id": "x", "ts": now, "status": 200},
        good | {"service": 7},
        [1, 2, 3],
    ]
    choice = rng.randrange(len(spoiled) + 2)
    if choice >= len(spoiled):
        return (b"not json at all", b'{"service":"checkout","status":')[choice - len(spoiled)]
    return json.dumps(spoiled[choice]).encode()


def event_time(rng: random.Random, now: float) -> float | str:
    """Return a time that is mostly now, sometimes minutes and rarely days old, in any form."""
    roll = rng.random()
    if roll < 0.9:
        at = now - rng.random() * 2
    elif roll < 0.98:
        at = now - rng.random() * HOUR
    else:
        at = now - rng.random() * 6 * 24 * HOUR
    form = rng.randrange(4)
    if form == 0:
        return at
    if form == 1:
        return int(at * 1000)
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z") if form == 2 else text


class Traffic:
    """An endless stream of records, some of them sent before."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._sent: dict[str, list[bytes]] = {service: [] for service in SERVICES}
        self._number = 0
        self._seed = seed

    def next(self, now: float) -> tuple[str, bytes]:
        """Return key and value of the next record."""
        rng = self._rng
        if rng.random() < 0.005:
            return rng.choice(SERVICES), invalid(rng, now)
        service = rng.choice(SERVICES)
        sent = self._sent[service]
        if sent and rng.random() < 0.1:
            distance = rng.choice(DISTANCES)
            if distance <= len(sent):
                return service, sent[-distance]
        self._number += 1
        event: dict[str, Any] = {
            "id": f"{self._seed}-{self._number}",
            "ts": event_time(rng, now),
            "service": service,
            "status": rng.choice((200, 200, 200, 200, 404, 500, 503)),
            "duration_ms": rng.choice((rng.random() * 600, rng.randrange(600))),
            "tenant": rng.choice(TENANTS),
        }
        if rng.random() < 0.05:
            event["count"] = rng.randrange(4)
        if rng.random() < 0.05:
            del event["duration_ms"]
        if rng.random() < 0.05:
            del event["id"]
        value = json.dumps(event).encode()
        sent.append(value)
        if len(sent) > 2 * LONGEST_DISTANCE:
            del sent[:LONGEST_DISTANCE]
        return service, value


class TransactionalSender:
    """Sends bursts in transactions and aborts a third of them; starts afresh when it breaks."""

    def __init__(self, bootstrap: str, topic: str, seed: int) -> None:
        self._bootstrap, self._topic, self._rng = bootstrap, topic, random.Random(seed)
        self._traffic = Traffic(seed)
        self._producer: Producer | None = None
        self._seed = seed
        self.committed = self.aborted = self.broken = 0

    def burst(self, size: int) -> None:
        """Send one transaction; a broken one is dropped, its outcome is the log's."""
        try:
            producer = self._ready()
            producer.begin_transaction()
            for _ in range(size):
                key, value = self._traffic.next(time.time())
                producer.produce(self._topic, value, key)
            if self._rng.random() < 0.33:
                producer.abort_transaction(20)
                self.aborted += 1
            else:
                producer.commit_transaction(20)
                self.committed += 1
        except (KafkaException, BufferError):
            self._producer = None
            self.broken += 1

    def _ready(self) -> Producer:
        if self._producer is None:
            producer = Producer(
                {
                    "bootstrap.servers": self._bootstrap,
                    "transactional.id": f"hostile-{self._seed}",
                    "transaction.timeout.ms": 10_000,
                    "log_level": 0,
                }
            )
            producer.init_transactions(20)
            self._producer = producer
        return self._producer


def main(bootstrap: str, topic: str, seed: int, rate: int) -> None:
    """Send `rate` records a second until SIGTERM, then flush and say how much was sent."""
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    settings = {
        "bootstrap.servers": bootstrap,
        "enable.idempotence": True,
        "linger.ms": 20,
        "delivery.timeout.ms": 120_000,
        "queue.buffering.max.messages": 1_000_000,
        "log_level": 0,
    }
    producer, traffic = Producer(settings), Traffic(seed)
    transactions = TransactionalSender(bootstrap, topic, seed + 1)
    started, sent, next_burst = time.monotonic(), 0, 2.0
    while not stopping:
        elapsed = time.monotonic() - started
        while sent < elapsed * rate:
            key, value = traffic.next(time.time())
            producer.produce(topic, value, key)
            sent += 1
        producer.poll(0)
        if elapsed > next_burst:
            transactions.burst(200)
            next_burst = time.monotonic() - started + 2.0
        time.sleep(0.02)
    left = producer.flush(90)
    print(  # noqa: T201 - its answer
        json.dumps(
            {
                "sent": sent - left,
                "committed": transactions.committed,
                "aborted": transactions.aborted,
                "broken": transactions.broken,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
