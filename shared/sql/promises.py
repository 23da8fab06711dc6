"""What stored agreements promise: by the version in force, and by those that are to come."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from shared.definitions.terms import promises_in
from shared.domain.agreement import Promise, Subject, leading
from shared.domain.tenure import Tenure, next_turn, tenures, with_former, would_be
from shared.sql.agreements import StoredVersion, Versions


def promises_that_count(agreements: Versions, at: int) -> dict[str, list[Promise]]:
    """Return, by agreement, what is promised at a moment (seconds), and what will be.

    First comes what the version promises that the agreement is known by, then those agreed on for
    later, and then the newest, where it is not agreed. What is terminated counts for nothing.
    """
    return {
        name: [promise for one in _counting(versions, at) for promise in promises_of(versions, one)]
        for name, versions in agreements.items()
    }


def promises_of(versions: Sequence[StoredVersion], position: int) -> list[Promise]:
    """Return what one version promises, with the targets of those in force before it."""
    promises = promises_in(versions[position].terms)
    held = [one for one in _tenures(versions) if one.position <= position]
    if not held or held[-1].position != position:
        return list(promises)
    before = [(after.start, _by_subject(versions[one.position])) for one, after in pairwise(held)]
    return [
        with_former(
            promise,
            [(end, known[promise.about]) for end, known in before if promise.about in known],
        )
        for promise in promises
    ]


def tenures_of(versions: Sequence[StoredVersion], position: int, promise: Promise) -> list[Tenure]:
    """Return when versions that promise the same are in force.

    A version that is not agreed is taken for agreed: so it is seen how it would stand.
    """
    found = _tenures(versions)
    if all(one.position != position for one in found):
        found = [would_be([one.version for one in versions], position)]
    return [one for one in found if promise.about in _by_subject(versions[one.position])]


def next_turn_of(agreements: Versions, at: int) -> int | None:
    """Return the next moment (seconds) at which other versions count than at this one."""
    turns = (next_turn([one.version for one in versions], at) for versions in agreements.values())
    return min((turn for turn in turns if turn is not None), default=None)


def _counting(versions: Sequence[StoredVersion], at: int) -> Iterator[int]:
    """Yield the positions of the versions that count."""
    all_of_them = [one.version for one in versions]
    newest = len(versions) - 1
    first = leading(all_of_them, datetime.fromtimestamp(at, UTC).date())
    later = [one.position for one in tenures(all_of_them) if one.position > first]
    undecided = [] if all_of_them[newest].is_agreed else [newest]
    for position in dict.fromkeys((first, *later, *undecided)):
        if all_of_them[position].terminated is None:
            yield position


def _tenures(versions: Sequence[StoredVersion]) -> list[Tenure]:
    return tenures([one.version for one in versions])


def _by_subject(version: StoredVersion) -> dict[Subject, Promise]:
    return {promise.about: promise for promise in promises_in(version.terms)}
