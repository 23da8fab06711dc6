from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.errors import RejectedEvent
from shared.eventtime import read_time, read_times

NOON = 1_790_000_000_000  # 2026-09-21T14:13:20Z


@pytest.mark.parametrize(
    ("written", "millis"),
    [
        (1_790_000_000, NOON),
        (1_790_000_000.25, NOON + 250),
        (NOON, NOON),
        (NOON + 0.9, NOON),
        (99_999_999_999, 99_999_999_999_000),
        (100_000_000_000, 100_000_000_000),
        (-1, -1_000),
        (1_790_000_009.9999998, NOON + 9_999),
        ("2026-09-21T14:13:20Z", NOON),
        ("2026-09-21t14:13:20z", NOON),
        ("2026-09-21 14:13:20Z", NOON),
        ("2026-09-21T14:13:20.1Z", NOON + 100),
        ("2026-09-21T14:13:20.123Z", NOON + 123),
        ("2026-09-21T14:13:20.999999999Z", NOON + 999),
        ("2026-09-21T16:13:20+02:00", NOON),
        ("2026-09-21T08:43:20.5-05:30", NOON + 500),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("2017-01-01T00:59:60+01:00", 1_483_228_800_000),
        ("1969-12-31T23:59:59Z", -1_000),
    ],
)
def test_every_form_of_a_time_is_read(written: object, millis: int) -> None:
    assert read_time(written) == millis
    column, invalid = read_times([written] * 3, np.zeros(3, np.int64))
    assert column.tolist() == [millis] * 3
    assert not invalid


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("2026-09-21T14:13:20", "bad_time"),
        ("2026-09-21", "bad_time"),
        ("2026-09-21T14:13Z", "bad_time"),
        ("2026-09-21T14:13:20.Z", "bad_time"),
        ("2026-09-21T14:13:20+0200", "bad_time"),
        ("2026-09-21T14:13:20+24:00", "bad_time"),
        ("2026-09-21T14:13:20+02:60", "bad_time"),
        ("2026-13-21T14:13:20Z", "bad_time"),
        ("2026-02-29T14:13:20Z", "bad_time"),
        ("2026-09-21T24:00:00Z", "bad_time"),
        ("2026-09-21T14:60:00Z", "bad_time"),
        ("2026-09-21T14:13:60Z", "bad_time"),
        ("0000-09-21T14:13:20Z", "bad_time"),
        ("2026-09-21T14:13:20Z ", "bad_time"),
        ("٢٠٢٦-09-21T14:13:20Z", "bad_time"),
        ("1790000000", "bad_time"),
        ("", "bad_time"),
        (True, "wrong_type"),
        ([], "wrong_type"),
        ({}, "wrong_type"),
    ],
)
def test_what_is_no_time_is_refused(written: object, reason: str) -> None:
    with pytest.raises(RejectedEvent) as caught:
        read_time(written)
    assert caught.value.reason == reason
    assert read_times([written, "2026-09-21T14:13:20Z"], np.zeros(2, np.int64))[1] == [0]


def test_a_missing_time_is_that_of_the_record() -> None:
    column, invalid = read_times([None, NOON, None], np.array([7, 8, 9]))
    assert (column.tolist(), invalid) == ([7, NOON, 9], [])


ZONES = st.sampled_from(["Z", "z", "+00:00", "+02:00", "-05:30", "-00:00"])


MOMENTS = st.integers(86_400, 32_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))


@given(
    st.lists(MOMENTS, min_size=1, max_size=9),
    st.lists(st.sampled_from([0, 1, 3, 6, 9]), min_size=1, max_size=3),
    st.lists(ZONES, min_size=1, max_size=2),
)
def test_a_column_of_texts_is_read_as_the_calendar_says(
    moments: list[datetime], digits: list[int], zones: list[str]
) -> None:
    texts, expected = [], []
    for place, moment in enumerate(moments):
        places, zone = digits[place % len(digits)], zones[place % len(zones)]
        fraction = f".{moment.minute * 16_667:09}"[: places + 1] if places else ""
        texts.append(f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{zone}")
        sign = -1 if zone[0] == "-" else 1
        hours, minutes = (0, 0) if zone in "Zz" else (int(zone[1:3]), int(zone[4:]))
        offset = timezone(sign * timedelta(hours=hours, minutes=minutes))
        whole = moment.replace(tzinfo=offset) - datetime(1970, 1, 1, tzinfo=UTC)
        millis = int((fraction[1:] + "000")[:3])
        expected.append(whole // timedelta(milliseconds=1) + millis)
    column, invalid = read_times(texts, np.zeros(len(texts), np.int64))
    assert (column.tolist(), invalid) == (expected, [])


MUTATED = st.builds(
    lambda text, place, char: text[:place] + char + text[place + 1 :],
    st.sampled_from(["2026-09-21T14:13:20Z", "2026-09-21T14:13:20.123+02:00"]),
    st.integers(0, 30),
    st.sampled_from("0369-+:.TZ tzä/"),
)


@example([2**62 + 1])
@given(st.lists(MUTATED | st.integers() | st.floats(allow_nan=False, allow_infinity=False)))
def test_columns_and_single_values_are_read_alike(values: list[object]) -> None:
    column, invalid = read_times(values, np.zeros(len(values), np.int64))
    for row, value in enumerate(values):
        try:
            expected = min(max(read_time(value), -(2**62)), 2**62)
        except RejectedEvent:
            assert row in invalid
        else:
            assert (column[row], row in invalid) == (expected, False)
