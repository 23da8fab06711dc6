"""Committing to Kafka for all partitions at once, beside the sending and never in its way.

Only the last commit of a partition matters, and one that comes late, or never, is harmless: the
next session then sends again what was sent before, and nothing is counted twice.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from services.ingest.trouble import Complaints
from shared.domain.errors import BrokerUnavailable
from shared.kafka.partition import Commit, Partition

RETRY_SECONDS = 1.0


class Commits(Protocol):
    """Where the group's places are kept."""

    async def commit_all(self, places: Mapping[Partition, Commit]) -> None:
        """Store these places in one request."""


class Committer:
    """Keeps the last place of each partition until it is committed."""

    def __init__(self, commits: Commits, held: Callable[[], Collection[Partition]]) -> None:
        self._commits = commits
        self._held = held
        self._waiting: dict[Partition, Commit] = {}
        self._flying: Mapping[Partition, Commit] = {}
        self._news = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self.complaints = Complaints("committing")

    def put(self, partition: Partition, place: Commit) -> None:
        """Commit this place soon, instead of an earlier one that still waits."""
        self._waiting[partition] = place
        self._news.set()
        self._settled.clear()

    def forget(self, partition: Partition) -> None:
        """Do not commit what still waits for a partition."""
        self._waiting.pop(partition, None)

    def waits_for(self, partition: Partition) -> bool:
        """Whether a place of this partition is not committed yet."""
        return partition in self._waiting or partition in self._flying

    async def settled(self) -> None:
        """Wait until nothing is left to commit."""
        await self._settled.wait()

    async def run(self) -> None:
        """Commit again and again, for ever; what fails is tried again, unless it was replaced."""
        while True:
            await self._news.wait()
            self._news.clear()
            held = self._held()
            self._flying = {p: place for p, place in self._waiting.items() if p in held}
            self._waiting.clear()
            try:
                if self._flying:
                    await self._commits.commit_all(self._flying)
            except BrokerUnavailable as error:
                self.complaints.about(error)
                self._waiting = {**self._flying, **self._waiting}
                self._news.set()
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.complaints.over()
                self._flying = {}
                if not self._waiting:
                    self._settled.set()
