"""Names of partitions and of what a consumer group committed for them."""

from typing import NamedTuple


class Partition(NamedTuple):
    """One partition of a topic, by name; equal to any (topic, number) tuple."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.number}"


class Commit(NamedTuple):
    """What a group committed: the offset to go on from, and the text stored beside it."""

    offset: int
    metadata: str
