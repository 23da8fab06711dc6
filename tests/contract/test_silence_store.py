from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.errors import NotFound
from shared.domain.silence import Comparison, Matcher, Silence
from shared.memory_alerts import MemorySilences
from shared.sql.silences import SqlSilences

Silences = SqlSilences | MemorySilences

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
MATCHERS = (Matcher("slo", Comparison.EQUAL, "x"), Matcher("policy", Comparison.MATCHES, "a.*"))


def silence(id_: str = "s", *, starts: int = 0, ends: int = 2, created: int = 0) -> Silence:
    """Return a silence; times in hours."""
    at = [AT + n * HOUR for n in (starts, ends, created)]
    return Silence(id_, MATCHERS, at[0], at[1], "ada", "deploying", at[2])


async def test_a_silence_is_read_as_it_was_written(silences: Silences) -> None:
    await silences.add(silence())
    assert await silences.get("s") == silence()


async def test_only_silences_that_have_not_ended_are_gone_by(silences: Silences) -> None:
    for id_, starts, ends in (("past", -2, 0), ("now", -1, 1), ("later", 3, 4), ("ended", -1, 5)):
        await silences.add(silence(id_, starts=starts, ends=ends))
    await silences.end("ended", AT)
    assert {one.id for one in await silences.unended(AT)} == {"now", "later"}


async def test_silences_are_listed_newest_first_page_by_page(silences: Silences) -> None:
    for created, id_ in enumerate("abc"):
        await silences.add(silence(id_, created=created, ends=3 - created))
    first = await silences.list(limit=2)
    assert [one.id for one in first] == ["c", "b"]
    rest = await silences.list(after=(first[-1].created_at, first[-1].id))
    assert [one.id for one in rest] == ["a"]
    assert [one.id for one in await silences.list(ending_after=AT + HOUR)] == ["b", "a"]


async def test_a_silence_ends_early_once(silences: Silences) -> None:
    await silences.add(silence())
    assert (await silences.end("s", AT)).ended_at == AT
    assert (await silences.end("s", AT + HOUR)).ended_at == AT


async def test_a_silence_that_is_over_is_not_ended_again(silences: Silences) -> None:
    await silences.add(silence())
    assert (await silences.end("s", AT + 3 * HOUR)).ended_at is None


async def test_a_silence_that_is_not_there_is_not_found(silences: Silences) -> None:
    for ask in (silences.get("s"), silences.end("s", AT)):
        with pytest.raises(NotFound, match="no silence named 's'"):
            await ask
