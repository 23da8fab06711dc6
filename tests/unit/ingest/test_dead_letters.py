"""Which dead letters go out, and when."""

import pytest
from prometheus_client import CollectorRegistry

from services.ingest import dead_letters
from services.ingest.dead_letters import Allowance, LetterBox
from services.ingest.domain.record import Rejected
from services.ingest.metrics import Metrics
from shared.domain.reason import Reason
from tests.unit.ingest.memory_kafka import MemoryKafka, Record

MUCH = dead_letters.LETTERS_AT_ONCE
BIG = 10 << 20


def rejected(offset: int, value: bytes = b"rubbish") -> Rejected:
    return Rejected(Record("shop", 0, offset, 0, value), Reason.NOT_JSON, "not JSON")


class Box:
    def __init__(self) -> None:
        self.kafka = MemoryKafka()
        self.metrics = Metrics(CollectorRegistry())
        self.letters = LetterBox(self.kafka, Allowance(), self.metrics)

    def value(self, metric: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(metric, labels)


@pytest.fixture
def box() -> Box:
    return Box()


async def test_only_the_letters_below_the_commit_are_sent(box: Box) -> None:
    box.letters.put([rejected(n) for n in range(10)], now=0)

    await box.letters.settle(4)
    first = [letter.record.offset for letter in box.kafka.letters]
    await box.letters.settle(10)

    assert first == [0, 1, 2, 3]
    assert [letter.record.offset for letter in box.kafka.letters] == list(range(10))


async def test_a_flood_is_limited_and_counted_in_full(box: Box) -> None:
    box.letters.put([rejected(n) for n in range(MUCH + 500)], now=0)

    await box.letters.settle(MUCH + 500)

    assert len(box.kafka.letters) == MUCH
    assert box.value("leeway_dead_letters_total", reason="not_json") == MUCH + 500
    assert box.value("leeway_dead_letters_withheld_total", cause="limit") == 500


async def test_the_limit_recovers_with_time(box: Box) -> None:
    box.letters.put([rejected(n) for n in range(MUCH)], now=0)
    box.letters.put([rejected(n) for n in range(MUCH, 2 * MUCH)], now=1)

    await box.letters.settle(2 * MUCH)

    assert len(box.kafka.letters) == MUCH + dead_letters.LETTERS_PER_SECOND


async def test_large_values_are_limited_by_their_bytes(box: Box) -> None:
    value = bytes(BIG)
    box.letters.put([rejected(n, value) for n in range(10)], now=0)

    await box.letters.settle(10)

    assert len(box.kafka.letters) == dead_letters.BYTES_AT_ONCE // BIG


async def test_a_value_beyond_every_limit_still_goes_out_when_nothing_else_did(box: Box) -> None:
    box.letters.put([rejected(0, bytes(dead_letters.BYTES_AT_ONCE + 1))], now=0)

    await box.letters.settle(1)

    assert len(box.kafka.letters) == 1
