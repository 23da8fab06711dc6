"""When versions of an agreement are in force, and what was promised before."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.agreement import Promise, Signature, Standing, Version, standing_of
from shared.domain.slo import Former, RollingWindow
from shared.domain.tenure import Tenure, next_turn, tenures, with_former, would_be

DAY = 86_400
ACCEPTED = datetime(2026, 6, 1, 12, 0, 1, tzinfo=UTC)
MONTH = RollingWindow(30 * DAY, "30d")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def agreed(
    number: int = 1,
    start: date = date(2026, 1, 1),
    end: date | None = None,
    accepted: datetime = ACCEPTED,
) -> Version:
    signature = Signature("payments", "Ann", accepted, "hash")
    return Version(number, "hash", ("payments",), start, end, signature, (signature,))


def a_promise(target: str = "0.99", counts: str = "key") -> Promise:
    return Promise("checkout", "availability", Decimal(target), MONTH, (counts,))


def test_the_first_version_holds_on_its_days_whenever_it_was_agreed() -> None:
    assert tenures([agreed(end=date(2026, 12, 31))]) == [
        Tenure(0, at("2026-01-01"), at("2027-01-01"))
    ]


def test_a_later_version_takes_over_on_its_first_day() -> None:
    assert tenures([agreed(), agreed(2, date(2026, 7, 1))]) == [
        Tenure(0, at("2026-01-01"), at("2026-07-01")),
        Tenure(1, at("2026-07-01"), None),
    ]


def test_a_later_version_does_not_hold_before_it_was_agreed() -> None:
    turn = at("2026-06-01T12:00:10")  # buckets are of 10 seconds
    assert tenures([agreed(), agreed(2)]) == [
        Tenure(0, at("2026-01-01"), turn),
        Tenure(1, turn, None),
    ]


def test_a_version_that_another_one_overtook_is_never_in_force() -> None:
    overtaken = [agreed(start=date(2027, 1, 1)), agreed(2, date(2026, 7, 1))]
    assert [one.position for one in tenures(overtaken)] == [1]


def test_what_is_not_agreed_is_never_in_force_but_would_be() -> None:
    draft = Version(1, "hash", ("payments",), date(2026, 1, 1), date(2026, 1, 31))
    assert tenures([draft]) == []
    assert would_be([draft], 0) == Tenure(0, at("2026-01-01"), at("2026-02-01"))


def test_what_is_terminated_is_over_at_once() -> None:
    ended = replace(agreed(), terminated=Signature("payments", "Ann", ACCEPTED, "hash"))
    assert tenures([ended]) == [Tenure(0, at("2026-01-01"), at("2026-06-01T12:00:10"))]


def test_the_next_turn_is_when_other_versions_come_into_force() -> None:
    versions = [agreed(end=date(2026, 6, 30)), agreed(2, date(2026, 8, 1))]
    turns, now = [], at("2025-01-01")
    while (turn := next_turn(versions, now)) is not None:
        turns.append(turn)
        now = turn
    assert turns == [at("2026-01-01"), at("2026-07-01"), at("2026-08-01")]


def test_a_tenure_meets_the_periods_that_it_shares_a_moment_with() -> None:
    tenure = Tenure(0, DAY, 3 * DAY)
    assert not tenure.meets((0, DAY))
    assert tenure.meets((0, DAY + 1))
    assert tenure.meets((3 * DAY - 1, 4 * DAY))
    assert not tenure.meets((3 * DAY, 4 * DAY))
    assert Tenure(0, DAY, None).meets((100 * DAY, 101 * DAY))


@pytest.mark.parametrize(
    ("before", "former"),
    [
        ([], ()),
        ([(10, a_promise("0.9"))], (Former(Decimal("0.9"), 10),)),
        ([(10, a_promise("0.99"))], ()),
        ([(10, a_promise("0.9")), (20, a_promise("0.9"))], (Former(Decimal("0.9"), 20),)),
        (
            [(10, a_promise("0.99")), (20, a_promise("0.9"))],
            (Former(Decimal("0.99"), 10), Former(Decimal("0.9"), 20)),
        ),
        ([(10, a_promise("0.9")), (20, a_promise("0.8", counts="other"))], ()),
    ],
)
def test_a_promise_has_the_targets_of_the_versions_before(
    before: list[tuple[int, Promise]], former: tuple[Former, ...]
) -> None:
    assert with_former(a_promise(), before).former == former


@given(
    st.lists(
        st.tuples(
            st.integers(-100, 100),  # the first day
            st.none() | st.integers(0, 100),  # how many days it holds
            st.booleans(),
        ),
        max_size=6,
    ),
    st.integers(0, 400),
)
def test_what_is_in_force_is_active(made: list[tuple[int, int | None, bool]], days: int) -> None:
    """On whole days after everything was accepted, tenures and standings say the same."""
    day = ACCEPTED.date()
    versions = []
    for number, (start, length, is_agreed) in enumerate(made, 1):
        first = day + timedelta(days=start)
        last = None if length is None else first + timedelta(days=length)
        version = agreed(number, first, last)
        versions.append(version if is_agreed else replace(version, acceptances=()))
    today = day + timedelta(days=1 + days)
    noon = at(f"{today}T12:00:00")
    active = [
        position
        for position in range(len(versions))
        if standing_of(versions, position, today) is Standing.ACTIVE
    ]
    assert active == [one.position for one in tenures(versions) if one.meets((noon, noon + 1))]
