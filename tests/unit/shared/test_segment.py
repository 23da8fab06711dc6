import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.segment import BLOCK, KEPT, SPANS, MalformedSegment, decode_span, encode_span

Counts = NDArray[np.int64]
LARGEST = 2**62 - 1
seeds = st.integers(0, 2**32 - 1)


def counts(seed: int, buckets: int, share: float, largest: int, bad_share: float) -> Counts:
    """Return good and total, stacked: `share` of the cells hold something."""
    random = np.random.default_rng(seed)
    shape = (buckets, BLOCK)
    total = random.integers(0, largest, shape, endpoint=True) * (random.random(shape) < share)
    bad = np.where(random.random(shape) < bad_share, random.integers(0, total, endpoint=True), 0)
    return np.stack([total - bad, total])


def decoded(good: Counts, total: Counts) -> Counts:
    return decode_span(encode_span(good, total))


@given(
    seed=seeds,
    buckets=st.sampled_from([1, 30, 60, 96]),
    share=st.sampled_from([0.0, 0.001, 0.1, 0.39, 0.41, 0.9, 1.0]),
    largest=st.sampled_from([1, 255, 256, 65_535, 65_536, 2**24, 2**32, LARGEST]),
    bad_share=st.sampled_from([0.0, 0.01, 1.0]),
)
def test_a_segment_gives_back_what_was_put_in(
    seed: int, buckets: int, share: float, largest: int, bad_share: float
) -> None:
    there = counts(seed, buckets, share, largest, bad_share)
    assert np.array_equal(decoded(*there), there)


@given(
    cells=st.dictionaries(
        st.tuples(st.integers(0, 29), st.integers(0, BLOCK - 1)),
        st.tuples(st.integers(-LARGEST // 2, LARGEST // 2), st.integers(-LARGEST // 2, LARGEST)),
        max_size=40,
    )
)
def test_single_cells_keep_their_place_and_their_sign(
    cells: dict[tuple[int, int], tuple[int, int]],
) -> None:
    there = np.zeros((2, 30, BLOCK), np.int64)
    for (bucket, column), values in cells.items():
        there[:, bucket, column] = values
    assert np.array_equal(decoded(*there), there)


def test_the_order_of_the_arrays_in_memory_does_not_matter() -> None:
    there = counts(1, 96, 0.9, 1000, 0.1)
    turned = [np.asfortranarray(column) for column in there]
    assert encode_span(*turned) == encode_span(*there)


def test_good_events_without_a_total_are_not_lost() -> None:
    good = np.zeros((30, BLOCK), np.int64)
    good[3, 4] = 5
    assert np.array_equal(decode_span(encode_span(good, np.zeros_like(good)))[0], good)


def test_the_decoded_arrays_can_be_written_to() -> None:
    for share in (0.01, 1.0):
        good, total = decode_span(encode_span(*counts(1, 30, share, 9, 0.1)))
        good[0, 0] += 1
        total[0, 0] += 1


def test_an_empty_span_takes_a_few_bytes() -> None:
    nothing = np.zeros((96, BLOCK), np.int64)
    assert len(encode_span(nothing, nothing)) < 32


def test_few_events_take_a_few_bytes_each() -> None:
    there = counts(7, 96, 0.01, 9, 0.01)
    cells = int((there[1] > 0).sum())
    assert len(encode_span(*there)) < 4 * cells


def test_the_spans_of_a_tier_are_whole_spans_of_the_finer_one() -> None:
    for tier, span in SPANS.items():
        assert span % tier == 0
        assert KEPT[tier] % span == 0
    assert SPANS[60] % SPANS[10] == 0
    assert SPANS[900] % SPANS[60] == 0


@pytest.mark.parametrize("share", [0.01, 1.0])
def test_damaged_bytes_never_pass_for_other_counts(share: float) -> None:
    there = counts(5, 30, share, 1000, 0.1)
    data = encode_span(*there)
    refused = 0
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0x41
        try:
            assert np.array_equal(decode_span(bytes(damaged)), there)
        except MalformedSegment:
            refused += 1
    assert refused > 0.99 * len(data)  # the rest are bits that mean nothing


def test_more_bytes_than_the_counts_take_are_refused() -> None:
    data = encode_span(*counts(5, 30, 0.5, 9, 0.1))
    plain = zstandard.ZstdDecompressor().decompress(data[1:])
    with pytest.raises(MalformedSegment):
        decode_span(data[:1] + zstandard.ZstdCompressor().compress(plain + b"\0"))


@pytest.mark.parametrize("length", [0, 1, 5, 9, 12, -1])
def test_bytes_that_were_cut_short_are_refused(length: int) -> None:
    with pytest.raises(MalformedSegment):
        decode_span(encode_span(*counts(5, 30, 0.5, 9, 0.1))[:length])
