"""When each version of an agreement is in force, and which targets were promised before.

The first agreed version holds from its first day on, whenever it was agreed; a later one not before
every party has accepted it. It holds until the next one does, until its last day has passed, or
until it is terminated. Days are those of UTC, moments are seconds since the epoch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from math import ceil

from shared.domain.agreement import Promise, Version
from shared.domain.bucket import end_of
from shared.domain.slo import Former


@dataclass(frozen=True, slots=True)
class Tenure:
    """The version at `position` is in force in `[start, end)`; without an end for ever."""

    position: int
    start: int
    end: int | None

    def meets(self, bounds: tuple[int, int]) -> bool:
        """Whether it is in force at any moment of a period."""
        return self.start < bounds[1] and (self.end is None or bounds[0] < self.end)


def tenures(versions: Sequence[Version]) -> list[Tenure]:
    """Return when each agreed version is in force, the oldest first; some never come to be."""
    agreed = [(position, one) for position, one in enumerate(versions) if one.is_agreed]
    starts = [_start(one, is_first=not number) for number, (_, one) in enumerate(agreed)]
    found = []
    for number, (position, version) in enumerate(agreed):
        end = min((*starts[number + 1 :], *_ends(version)), default=None)
        if end is None or starts[number] < end:
            found.append(Tenure(position, starts[number], end))
    return found


def would_be(versions: Sequence[Version], position: int) -> Tenure:
    """Return the days of a version, as if it had been agreed alone."""
    version = versions[position]
    return Tenure(position, _midnight(version.start), min(_ends(version), default=None))


def next_turn(versions: Sequence[Version], at: int) -> int | None:
    """Return the first moment after `at` at which a version comes into force or ceases to be."""
    moments = [moment for one in tenures(versions) for moment in (one.start, one.end)]
    return min((moment for moment in moments if moment is not None and moment > at), default=None)


def with_former(promise: Promise, before: Iterable[tuple[int, Promise]]) -> Promise:
    """Return a promise with the targets that came before its own, of what is counted still.

    `before` are promises of the same, each with the moment at which another version took its
    place, the oldest first.
    """
    found: list[Former] = []
    for until, earlier in before:
        if earlier.counts != promise.counts or earlier.target is None:
            found = []
        elif found and found[-1].target == earlier.target:
            found[-1] = Former(earlier.target, until)
        else:
            found.append(Former(earlier.target, until))
    if found and found[-1].target == promise.target:
        found.pop()
    return replace(promise, former=tuple(found))


def _start(version: Version, *, is_first: bool) -> int:
    day = _midnight(version.start)
    return day if is_first else max(day, *(_bucket(one.at) for one in version.acceptances))


def _ends(version: Version) -> list[int]:
    found = [] if version.end is None else [_midnight(version.end + timedelta(days=1))]
    if version.terminated is not None:
        found.append(_bucket(version.terminated.at))
    return found


def _bucket(at: datetime) -> int:
    """Return a moment rounded up to the end of its 10-second bucket, as counts are kept."""
    return end_of(ceil(at.timestamp()))


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
