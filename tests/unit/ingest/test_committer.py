"""The last place of each partition is what gets committed, whatever failed before."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from services.ingest import committer
from services.ingest.committer import Committer
from shared.domain.errors import BrokerUnavailable
from shared.kafka.partition import Commit, Partition

ONE, OTHER = Partition("shop", 0), Partition("shop", 1)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "RETRY_SECONDS", 0)


@dataclass
class Group:
    """Stores places, but fails the first time, while `meanwhile` happens."""

    meanwhile: Callable[[], None]
    stored: list[Mapping[Partition, Commit]] = field(default_factory=list)
    failed: bool = False

    async def commit_all(self, places: Mapping[Partition, Commit]) -> None:
        if not self.failed:
            self.failed = True
            self.meanwhile()
            raise BrokerUnavailable("away")
        self.stored.append(dict(places))


async def test_what_failed_is_tried_again_unless_a_later_place_took_its_place() -> None:
    group = Group(lambda: committing.put(ONE, Commit(20, "")))
    committing = Committer(group, lambda: {ONE, OTHER})
    committing.put(ONE, Commit(10, ""))
    committing.put(OTHER, Commit(5, ""))
    running = asyncio.create_task(committing.run())
    await asyncio.wait_for(committing.settled(), 5)
    running.cancel()

    assert group.stored == [{ONE: Commit(20, ""), OTHER: Commit(5, "")}]
