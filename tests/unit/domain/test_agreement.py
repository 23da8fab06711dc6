"""How the versions of an agreement stand, whatever its parties do about them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.agreement import Standing, Version, in_force, leading, standing_of
from shared.domain.errors import NotAllowed
from shared.domain.signing import Act, Wish, done

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
PARTIES = ("payments", "storefront", "search")


def a_version(number: int = 1, **more: object) -> Version:
    made = Version(number, f"hash-{number}", PARTIES, date(2026, 1, 1), date(2026, 12, 31))
    return replace(made, **more)  # type: ignore[arg-type]


def wish(act: Act, team: str = "payments", **more: object) -> Wish:
    return replace(Wish(act, team, "Ann"), **more)  # type: ignore[arg-type]


def after(versions: list[Version], *wishes: Wish) -> list[Version]:
    for one in wishes:
        changed = {version.number: version for version in done(versions, one, NOW)}
        versions = [changed.get(version.number, version) for version in versions]
    return versions


def agreed(*versions: Version) -> list[Version]:
    found: list[Version] = []
    for version in versions:
        found = after(
            [*found, version],
            wish(Act.PROPOSE),
            *(wish(Act.ACCEPT, team) for team in version.parties),
        )
    return found


def standings(versions: list[Version], today: date = TODAY) -> list[Standing]:
    return [standing_of(versions, position, today) for position in range(len(versions))]


def test_a_version_is_drafted_proposed_and_agreed_by_everybody() -> None:
    versions = [a_version()]
    assert standings(versions) == [Standing.DRAFT]
    versions = after(versions, wish(Act.PROPOSE, "search"))
    assert standings(versions) == [Standing.PROPOSED]
    versions = after(versions, wish(Act.ACCEPT, "search"), wish(Act.ACCEPT))
    assert (standings(versions), versions[0].waiting_for) == ([Standing.PROPOSED], ("storefront",))
    versions = after(versions, wish(Act.ACCEPT, "storefront"))
    assert standings(versions) == [Standing.ACTIVE]
    assert {one.sha256 for one in versions[0].acceptances} == {"hash-1"}


@pytest.mark.parametrize(
    ("today", "standing"),
    [
        (date(2025, 12, 31), Standing.AGREED),
        (date(2026, 1, 1), Standing.ACTIVE),
        (date(2026, 12, 31), Standing.ACTIVE),
        (date(2027, 1, 1), Standing.EXPIRED),
    ],
)
def test_what_is_agreed_is_active_from_its_first_to_its_last_day(
    today: date, standing: Standing
) -> None:
    assert standings(agreed(a_version()), today) == [standing]


def test_the_agreed_version_stays_in_force_until_the_next_one_is_agreed() -> None:
    versions = [*agreed(a_version()), a_version(2)]
    assert standings(versions) == [Standing.ACTIVE, Standing.DRAFT]
    assert (in_force(versions, TODAY), leading(versions, TODAY)) == (0, 0)
    both = agreed(a_version(), a_version(2))
    assert standings(both) == [Standing.SUPERSEDED, Standing.ACTIVE]


def test_the_agreed_version_stays_in_force_until_the_next_one_begins() -> None:
    versions = agreed(a_version(), a_version(2, start=date(2026, 7, 1)))
    assert standings(versions) == [Standing.ACTIVE, Standing.AGREED]
    assert standings(versions, date(2026, 7, 1)) == [Standing.SUPERSEDED, Standing.ACTIVE]


def test_an_agreement_that_is_over_is_known_by_the_version_that_was_in_force() -> None:
    later = a_version(2, start=date(2026, 7, 1))
    versions = after(agreed(a_version(), later), wish(Act.TERMINATE))
    assert leading(versions, date(2026, 8, 1)) == 0
    expired = agreed(a_version(), replace(later, start=date(2027, 6, 1), end=None))
    assert leading(expired, date(2027, 2, 1)) == 0
    assert leading(agreed(later), TODAY) == 0


def test_a_draft_that_was_changed_is_superseded() -> None:
    assert standings([a_version(), a_version(2)]) == [Standing.SUPERSEDED, Standing.DRAFT]


def test_an_agreement_that_is_terminated_stays_so_and_begins_anew_with_a_new_version() -> None:
    versions = after([*agreed(a_version()), a_version(2)], wish(Act.TERMINATE, note="moved"))
    assert standings(versions) == [Standing.TERMINATED, Standing.TERMINATED]
    assert in_force(versions, TODAY) is None
    with pytest.raises(NotAllowed, match="a new version begins it anew"):
        after(versions, wish(Act.PROPOSE))
    with pytest.raises(NotAllowed, match="nothing to terminate"):
        after(versions, wish(Act.TERMINATE))
    assert standings([*versions, a_version(3)])[-1] is Standing.DRAFT


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (wish(Act.ACCEPT), "is a draft"),
        (wish(Act.PROPOSE, "ops"), "there are payments, storefront, search"),
        (wish(Act.PROPOSE, person="  "), "a name is missing"),
        (wish(Act.PROPOSE, version=2), "at version 1 now"),
        (wish(Act.PROPOSE, sha256="other"), "not what was looked at"),
    ],
)
def test_what_cannot_be_done_says_why(one: Wish, message: str) -> None:
    with pytest.raises(NotAllowed, match=message):
        done([a_version()], one, NOW)


def test_nothing_is_done_twice() -> None:
    proposed = after([a_version()], wish(Act.PROPOSE))
    with pytest.raises(NotAllowed, match="is proposed already"):
        after(proposed, wish(Act.PROPOSE))
    with pytest.raises(NotAllowed, match="has accepted version 1 already"):
        after(proposed, wish(Act.ACCEPT), wish(Act.ACCEPT))


@given(
    st.lists(st.tuples(st.sampled_from(Act), st.sampled_from(PARTIES), st.booleans()), max_size=30),
    st.integers(-400, 400),
)
def test_at_most_one_version_is_ever_in_force(acts: list[tuple[Act, str, bool]], days: int) -> None:
    versions = [a_version()]
    for act, team, new in acts:
        if new:
            start = TODAY + timedelta(days=len(versions) * 20 - 100)
            versions.append(a_version(len(versions) + 1, start=start, end=None))
        try:
            versions = after(versions, wish(act, team))
        except NotAllowed:
            continue
    found = standings(versions, TODAY + timedelta(days=days))
    assert found.count(Standing.ACTIVE) <= 1
    assert found[-1] is not Standing.SUPERSEDED
    position = leading(versions, TODAY + timedelta(days=days))
    if Standing.ACTIVE in found:
        assert found[position] is Standing.ACTIVE
