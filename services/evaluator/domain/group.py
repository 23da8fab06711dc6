"""Which groups of a grouped indicator have a series of their own.

At most 500 do, in the order of the counts log; what the others count goes to `__other__`. A group
that counted nothing for as long as the window reaches gives its place to the next one. Every
decision depends on the log and on what is stored with the position in it, so that a replay after
a crash decides the same.

Indicators of an SLO with the same fields share the places: what one of them counts is compared
with what another counts of the same group.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain.series import OTHER, series_key
from shared.domain.window import HOUR
from shared.wire import GroupName

GROUPS = 500
NEVER = -1
SPARE = HOUR  # a window begins at most this much earlier than its length says

Grouped = tuple[str, str]  # SLO and indicator key
Values = tuple[str, ...]


def other_of(name: GroupName) -> GroupName:
    """Return the group that takes what this one counts when there is no place for it."""
    values = (OTHER,) * len(name.values)
    return GroupName(series_key(name.slo, name.indicator, values), name.slo, name.indicator, values)


def is_other(name: GroupName) -> bool:
    """Tell whether this is the group of all that have no place."""
    return all(value == OTHER for value in name.values)


@dataclass(frozen=True, slots=True)
class Reach:
    """For how many seconds a group without events is still shown, and who shares its places."""

    seconds: int
    kin: tuple[Grouped, ...]


@dataclass(slots=True)
class Members:
    """The groups of one indicator, by values; `other` once one had to be turned away."""

    names: dict[Values, GroupName] = field(default_factory=dict)
    other: GroupName | None = None


@dataclass(slots=True)
class Places:
    """The groups that have a place among indicators that share them."""

    taken: set[Values] = field(default_factory=set)
    full_until: int = NEVER  # seconds in the log: nobody gives up a place before


class Groups:
    """The groups of all indicators of a shard."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._members: dict[Grouped, Members] = {}
        self._places: dict[Grouped, Places] = {}  # by the first of the kin
        self._reach: Mapping[Grouped, Reach] = {}

    def watch(self, reach: Mapping[Grouped, Reach]) -> None:
        """Take over how long groups are shown, and which indicators share their places."""
        self._reach = reach
        self._place_anew()

    def names(self) -> tuple[GroupName, ...]:
        """Return every group that has a series of its own, `__other__` included."""
        return tuple(name for grouped in self._members for name in self.of(grouped))

    def of(self, grouped: Grouped) -> tuple[GroupName, ...]:
        """Return the groups of one indicator, `__other__` included."""
        members = self._members.get(grouped)
        if members is None:
            return ()
        return (*members.names.values(), *([members.other] if members.other else []))

    def restore(self, names: Iterable[GroupName]) -> None:
        """Take over the groups of a checkpoint."""
        for name in names:
            self.admit(name)

    def has_place(self, name: GroupName) -> bool:
        """Tell whether a group has a place, or one more would be admitted."""
        taken = self._places_of(_grouped(name)).taken
        return is_other(name) or name.values in taken or len(taken) < self._limit

    def admit(self, name: GroupName) -> None:
        """Give the group a series of its own."""
        if is_other(name):
            self._of(name).other = name
        else:
            self._of(name).names[name.values] = name
            self._places_of(_grouped(name)).taken.add(name.values)

    def turn_away(self, name: GroupName) -> GroupName:
        """Return the group that counts for this one."""
        members = self._of(name)
        if members.other is None:
            members.other = other_of(name)
        return members.other

    def leavers(
        self, name: GroupName, now: int, last: Callable[[int], int | None]
    ) -> Sequence[GroupName]:
        """Remove and return what the group is called whose place this one can have, if one leaves.

        `last` gives the time of a series' newest event, None for one that is in the message at
        hand and stays; `now` is the time in the log, in seconds.
        """
        grouped = _grouped(name)
        reach, places = self._reach.get(grouped), self._places_of(grouped)
        if reach is None or now <= places.full_until:
            return ()
        found = {values: self._newest(reach, values, last) for values in places.taken}
        known = {values: time for values, time in found.items() if time is not None}
        oldest = min(known, key=lambda values: (known[values], values), default=None)
        if oldest is None:
            return ()
        until = known[oldest] + reach.seconds + SPARE
        if until < now:
            places.taken.remove(oldest)
            leaving = self._called(reach, oldest)
            for one in leaving:
                del self._of(one).names[oldest]
            return leaving
        if len(known) == len(places.taken):
            places.full_until = until
        return ()

    def drop(self, series: Collection[int]) -> None:
        """Forget the groups of these series."""
        for grouped, members in list(self._members.items()):
            members.names = {v: n for v, n in members.names.items() if n.series not in series}
            if members.other is not None and members.other.series in series:
                members.other = None
            if not members.names and members.other is None:
                del self._members[grouped]
        self._place_anew()

    def _called(self, reach: Reach, values: Values) -> list[GroupName]:
        """Return what a group is called by each of the indicators that share its place."""
        kin = (self._members[one] for one in reach.kin if one in self._members)
        return [members.names[values] for members in kin if values in members.names]

    def _newest(
        self, reach: Reach, values: Values, last: Callable[[int], int | None]
    ) -> int | None:
        newest = NEVER
        for one in self._called(reach, values):
            time = last(one.series)
            if time is None:
                return None
            newest = max(newest, time)
        return newest

    def _place_anew(self) -> None:
        self._places = {}
        for grouped, members in self._members.items():
            self._places_of(grouped).taken |= members.names.keys()

    def _places_of(self, grouped: Grouped) -> Places:
        reach = self._reach.get(grouped)
        return self._places.setdefault(reach.kin[0] if reach else grouped, Places())

    def _of(self, name: GroupName) -> Members:
        return self._members.setdefault(_grouped(name), Members())


def _grouped(name: GroupName) -> Grouped:
    return name.slo, name.indicator
