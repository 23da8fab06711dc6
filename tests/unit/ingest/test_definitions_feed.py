"""How ingest follows the definitions."""

import asyncio

import pytest

from services.ingest.definitions import DefinitionsFeed
from shared.domain.errors import StoreUnavailable
from shared.domain.slo import Catalogue
from shared.sql.definitions import Stored
from tests.support.waiting import eventually


class MemoryDefinitions:
    def __init__(self) -> None:
        self.current = 1
        self.reachable = True
        self.loads = 0

    async def revision(self) -> int:
        if not self.reachable:
            raise StoreUnavailable("no answer")
        return self.current

    async def load(self) -> Stored:
        self.loads += 1
        return Stored(await self.revision(), (), {})


@pytest.fixture
def definitions() -> MemoryDefinitions:
    return MemoryDefinitions()


async def test_each_revision_is_adopted_once(definitions: MemoryDefinitions) -> None:
    adopted: list[Catalogue] = []
    feed = DefinitionsFeed(definitions, adopted.append)
    for revision in (1, 1, 1, 2, 2, 5):
        definitions.current = revision
        await feed.look()

    assert [catalogue.revision for catalogue in adopted] == [1, 2, 5]
    assert definitions.loads == 3


async def test_without_the_database_it_waits_says_so_and_goes_on_with_what_it_has(
    definitions: MemoryDefinitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.definitions.POLL_SECONDS", 0.01)
    definitions.reachable = False
    adopted: list[Catalogue] = []
    feed = DefinitionsFeed(definitions, adopted.append)
    assert feed.trouble == "the definitions were not read yet"
    task = asyncio.create_task(feed.run())

    async def says_so() -> bool:
        return "no answer" in feed.trouble

    async def has_it() -> bool:
        return feed.has_any and not feed.trouble

    await eventually(says_so, "it says that there is no answer", within=5)
    assert not feed.has_any
    definitions.reachable = True
    await eventually(has_it, "the first revision", within=5)
    definitions.reachable = False
    await eventually(says_so, "it says so again", within=5)
    assert feed.has_any
    assert len(adopted) == 1
    task.cancel()
