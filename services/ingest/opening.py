"""What must be known of a partition before it can be read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.ingest.domain.resume import Commit, commit_of
from services.ingest.survey import Survey
from shared.kafka.partition import Commit as Place
from shared.kafka.partition import Partition
from shared.kafka.topics import Topic


class Places(Protocol):
    """Where a partition begins and ends, and what the group committed for it."""

    async def beginning_offsets(
        self, partitions: Collection[Partition]
    ) -> Mapping[Partition, int]: ...

    async def end_offsets(self, partitions: Collection[Partition]) -> Mapping[Partition, int]: ...

    async def committed(
        self, partitions: Collection[Partition]
    ) -> Mapping[Partition, Place | None]: ...


@dataclass(frozen=True, slots=True)
class Outset:
    """A partition of one incarnation of a topic: its commit, if it has one, and its log."""

    topic: Topic
    commit: Commit | None
    log_start: int
    log_end: int


async def outset_of(partition: Partition, places: Places, survey: Survey) -> Outset:
    """Ask for all of it; raises TopicReplaced unless all belongs to the same incarnation."""
    topic = await survey.fresh(partition.topic)
    place = (await places.committed([partition]))[partition]
    log_start = (await places.beginning_offsets([partition]))[partition]
    log_end = (await places.end_offsets([partition]))[partition]
    await survey.confirm(partition.topic, topic.id, survey.begun)
    commit = commit_of(place.offset, place.metadata, topic.id) if place else None
    return Outset(topic, commit, log_start, log_end)
