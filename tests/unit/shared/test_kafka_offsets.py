from collections.abc import Mapping

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from shared.domain.errors import BrokerUnavailable
from shared.kafka import offsets
from shared.kafka.offsets import committed
from shared.kafka.partition import Commit, Partition

PARTITIONS = (Partition("orders", 0), Partition("orders", 1))
NOTHING: dict[TopicPartition, OffsetAndMetadata] = {}


class Coordinator:
    """Gives these answers, and the last one for ever."""

    def __init__(self, *answers: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        self._answers = list(answers)

    async def list_consumer_group_offsets(
        self, group_id: str, *, partitions: list[TopicPartition]
    ) -> Mapping[TopicPartition, OffsetAndMetadata]:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offsets, "PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(offsets, "LOADING_SECONDS", 0.01)


def place(offset: int, text: str = "") -> OffsetAndMetadata:
    return OffsetAndMetadata(offset, text)


async def test_a_coordinator_that_loads_does_not_mean_that_nothing_was_committed() -> None:
    known = {TopicPartition("orders", 0): place(7, "seed"), TopicPartition("orders", 1): place(-1)}

    found = await committed(Coordinator(NOTHING, NOTHING, known), "ingest", PARTITIONS)

    assert found == {PARTITIONS[0]: Commit(7, "seed"), PARTITIONS[1]: None}


async def test_a_coordinator_that_never_answers_is_an_error() -> None:
    with pytest.raises(BrokerUnavailable, match=r"group ingest committed: its coordinator"):
        await committed(Coordinator(NOTHING), "ingest", PARTITIONS)


async def test_an_answer_without_one_of_the_partitions_is_not_taken() -> None:
    half = {TopicPartition("orders", 0): place(7)}

    with pytest.raises(BrokerUnavailable):
        await committed(Coordinator(half), "ingest", PARTITIONS)
