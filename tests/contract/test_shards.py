from dataclasses import replace

import pytest

from shared.domain.errors import Fenced
from shared.memory import MemoryShards
from shared.sql.shard_rows import Claim, Flush, Segment, StatusRow
from shared.sql.shards import SqlShards
from tests.support.flush import FOREVER, a_flush, everything, held_after

Shards = SqlShards | MemoryShards


def empty_flush(epoch: int, *, shard: int = 0) -> Flush:
    return Flush(shard, epoch, 0, "t", b"", closed_10s=0, closed_60s=0)


async def test_a_shard_that_nobody_had_starts_from_nothing(shards: Shards) -> None:
    assert await shards.claim(3) == Claim(1, 0, "", None, None, 0, 0)


async def test_a_successor_goes_on_from_the_last_flush(shards: Shards) -> None:
    claim = await shards.claim(0)
    await shards.flush(a_flush(claim.epoch, version=1))
    await shards.flush(a_flush(claim.epoch, version=2))
    assert await everything(shards) == await held_after(2)
    assert (await shards.claim(0)).epoch == claim.epoch + 2


async def test_flushing_the_same_twice_changes_nothing(shards: Shards) -> None:
    flush = a_flush((await shards.claim(0)).epoch)
    await shards.flush(flush)
    await shards.flush(flush)
    assert await everything(shards) == await held_after(1)


async def test_an_owner_that_was_replaced_writes_nothing(shards: Shards) -> None:
    old = await shards.claim(0)
    await shards.flush(a_flush(old.epoch, version=1))
    new = await shards.claim(0)
    with pytest.raises(Fenced):
        await shards.flush(a_flush(old.epoch, version=2))
    assert await everything(shards) == await held_after(1)
    with pytest.raises(Fenced):
        await shards.flush(a_flush(new.epoch, version=2))


async def test_a_shard_that_was_never_claimed_takes_no_flush(shards: Shards) -> None:
    with pytest.raises(Fenced):
        await shards.flush(a_flush(1))
    assert await shards.known() == []


async def test_one_shards_owner_does_not_fence_another_shard(shards: Shards) -> None:
    first = await shards.claim(0)
    await shards.claim(1)
    await shards.claim(1)
    await shards.flush(empty_flush(first.epoch))
    assert await shards.known() == [0, 1]


async def test_names_that_did_not_change_stay(shards: Shards) -> None:
    epoch = (await shards.claim(0)).epoch
    assert await shards.names(0) is None
    await shards.flush(a_flush(epoch, version=1))
    await shards.flush(replace(a_flush(epoch, version=2), names=None))
    assert await shards.names(0) == b"names v1"
    assert (await shards.claim(0)).names == b"names v1"


async def test_the_marks_of_closed_spans_are_told(shards: Shards) -> None:
    assert await shards.closed(0) == (0, 0)
    epoch = (await shards.claim(0)).epoch
    await shards.flush(a_flush(epoch, version=2))
    assert await shards.closed(0) == (600, 7200)


async def test_segments_are_found_by_tier_time_and_block_in_order(shards: Shards) -> None:
    there = [
        Segment(tier, start, block, f"{tier} {start} {block}".encode())
        for tier in (10, 60)
        for start in (300, 600, 900)
        for block in (0, 1, 2)
    ]
    for number in (0, 1):
        epoch = (await shards.claim(number)).epoch
        written = there if number == 0 else []
        await shards.flush(replace(empty_flush(epoch, shard=number), segments=written[::-1]))
    assert await shards.segments(0, 10, 300, 901) == there[:9]
    assert await shards.segments(0, 10, 600, 900) == there[3:6]
    assert await shards.segments(0, 60, 0, FOREVER, [2, 0]) == [
        s for s in there if s.tier == 60 and s.block != 1
    ]
    assert await shards.segments(0, 10, 0, FOREVER, []) == []
    assert await shards.segments(1, 10, 0, FOREVER) == []


async def test_a_segment_that_is_written_again_replaces_the_old_one(shards: Shards) -> None:
    epoch = (await shards.claim(0)).epoch
    for data in (b"old", b"new"):
        written = [Segment(10, 300, 0, data)]
        await shards.flush(replace(empty_flush(epoch), segments=written))
    assert [s.data for s in await shards.segments(0, 10, 0, FOREVER)] == [b"new"]


async def test_thinning_takes_only_what_starts_before_in_its_tier_and_shard(
    shards: Shards,
) -> None:
    for number in (0, 1):
        epoch = (await shards.claim(number)).epoch
        written = [Segment(tier, start, 0, b"x") for tier in (10, 60) for start in (0, 300, 600)]
        thin = {10: 600} if number == 0 else {}
        await shards.flush(replace(empty_flush(epoch, shard=number), segments=written, thin=thin))
    left = {
        (number, tier): [s.start for s in await shards.segments(number, tier, 0, FOREVER)]
        for number in (0, 1)
        for tier in (10, 60)
    }
    whole = [0, 300, 600]
    assert left == {(0, 10): [600], (0, 60): whole, (1, 10): whole, (1, 60): whole}


async def test_one_flush_thins_only_so_much_and_the_next_ones_the_rest(
    shards: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("shared.sql.shards", "shared.memory"):
        monkeypatch.setattr(f"{module}.THINNED_AT_ONCE", 10)
    epoch = (await shards.claim(0)).epoch
    written = [Segment(10, 300 * start, block, b"x") for start in range(8) for block in (0, 1)]
    await shards.flush(replace(empty_flush(epoch), segments=written))
    left = []
    for _ in range(2):
        await shards.flush(replace(empty_flush(epoch), thin={10: FOREVER}))
        left.append(await shards.segments(0, 10, 0, FOREVER))
    assert left == [written[10:], []]


async def test_only_statuses_that_are_new_to_the_reader_are_read(shards: Shards) -> None:
    epochs = {number: (await shards.claim(number)).epoch for number in (0, 1, 2)}
    assert await shards.statuses({}) == []
    rows = [StatusRow(number, epochs[number], b"first") for number in (2, 0)]
    assert await shards.put_statuses(rows) == []
    seen = await shards.statuses({})
    assert [(s.shard, s.data) for s in seen] == [(0, b"first"), (2, b"first")]
    known = {s.shard: s.version for s in seen}
    assert await shards.statuses(known) == []
    await shards.put_statuses([StatusRow(2, epochs[2], b"second")])
    assert [(s.shard, s.data) for s in await shards.statuses(known)] == [(2, b"second")]


async def test_statuses_of_a_replaced_owner_are_refused_and_the_others_stored(
    shards: Shards,
) -> None:
    old = [StatusRow(number, (await shards.claim(number)).epoch, b"old") for number in (0, 1)]
    await shards.claim(1)
    assert await shards.put_statuses([*old, StatusRow(7, 1, b"nobody's")]) == [1, 7]
    assert [(s.shard, s.data) for s in await shards.statuses({})] == [(0, b"old")]
    assert await shards.put_statuses([]) == []


async def test_a_takeover_leaves_the_status_until_the_new_owner_has_one(shards: Shards) -> None:
    epoch = (await shards.claim(0)).epoch
    await shards.put_statuses([StatusRow(0, epoch, b"old")])
    seen = {s.shard: s.version for s in await shards.statuses({})}
    successor = (await shards.claim(0)).epoch
    assert await shards.statuses(seen) == []
    await shards.put_statuses([StatusRow(0, successor, b"new")])
    assert [s.data for s in await shards.statuses(seen)] == [b"new"]


async def test_large_states_and_every_byte_value_survive(shards: Shards) -> None:
    everything_there_is = bytes(range(256)) * 8192  # 2 MiB
    epoch = (await shards.claim(0)).epoch
    await shards.flush(replace(empty_flush(epoch), state=everything_there_is, names=b""))
    claim = await shards.claim(0)
    assert (claim.state, claim.names) == (everything_there_is, b"")
