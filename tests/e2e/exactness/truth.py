"""What must have been counted: an independent reader of the raw topic, obviously right and slow.

It follows the contract's text alone and shares no code with the product: no import of it is allowed
here. Every record of every partition is read with `read_committed` by a client that is not ours.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

FILTER_BLOCK = 50_000
HOUR_MS = 3_600_000
TOO_LATE_MS = 7 * 24 * HOUR_MS
FUTURE_MS = 300_000


@dataclass(frozen=True)
class Counted:
    """One event that counts: when it happened, and what it said."""

    at_ms: float
    weight: int
    event: dict[str, Any]


@dataclass
class Truth:
    """Everything in a topic, judged."""

    events: list[Counted] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    records: int = 0


def read_truth(bootstrap: str, topic: str) -> Truth:
    """Read the whole topic and judge every record."""
    truth = Truth()
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"truth-{time.time()}",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
        }
    )
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    for partition in partitions:
        _judge_partition(consumer, topic, partition, truth)
    consumer.close()
    return truth


def _judge_partition(consumer: Consumer, topic: str, partition: int, truth: Truth) -> None:
    low, _ = consumer.get_watermark_offsets(TopicPartition(topic, partition), 10)
    consumer.assign([TopicPartition(topic, partition, low)])
    seen: dict[tuple[str, str], list[tuple[int, int]]] = {}
    while True:
        for message in consumer.consume(1000, 10):
            error = message.error()
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF:
                    return
                continue
            _judge(message, seen, truth)


def _judge(message: Any, seen: dict[tuple[str, str], list[tuple[int, int]]], truth: Truth) -> None:
    truth.records += 1
    record_ms = message.timestamp()[1]
    verdict = verdict_on(message.value(), record_ms)
    if isinstance(verdict, str):
        truth.rejected[verdict] += 1
        return
    identity = verdict.event.get("id")
    if identity is not None:
        offset = message.offset()
        low = (offset // FILTER_BLOCK - 1) * FILTER_BLOCK
        earlier = seen.setdefault((verdict.event["service"], identity), [])
        duplicate = any(o >= low and abs(record_ms - t) <= HOUR_MS for o, t in earlier)
        earlier.append((offset, record_ms))
        if duplicate:
            truth.duplicates += 1
            return
    truth.events.append(verdict)


def verdict_on(value: bytes, record_ms: int) -> Counted | str:
    """Return the event, or the reason why it may not be counted."""
    try:
        event = json.loads(value)
    except ValueError:
        return "not_json"
    if not isinstance(event, dict):
        return "not_an_object"
    if "service" not in event:
        return "no_service"
    if not isinstance(event["service"], str):
        return "wrong_type"
    return _verdict_on_figures(event, record_ms)


def _verdict_on_figures(event: dict[str, Any], record_ms: int) -> Counted | str:
    at_ms, weight = _milliseconds(event["ts"]), event.get("count", 1)
    if at_ms is None:
        return "bad_time"
    if at_ms < record_ms - TOO_LATE_MS:
        return "too_late"
    if at_ms > record_ms + FUTURE_MS:
        return "in_the_future"
    if weight < 0 or weight != int(weight):
        return "bad_weight"
    return Counted(at_ms, int(weight), event)


def _milliseconds(ts: float | str) -> float | None:
    if isinstance(ts, str):
        try:
            return datetime.fromisoformat(ts).timestamp() * 1000
        except ValueError:
            return None
    return ts * 1000 if ts < 1e11 else float(ts)
