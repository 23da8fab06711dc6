"""Which groups of a grouped indicator have a series of their own.

At most 500 do, in the order of the counts log; what the others count goes to `__other__`. A group
that counted nothing for as long as the window reaches gives its place to the next one. Every
decision depends on the log and on what is stored with the position in it, so that a replay after
a crash decides the same.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from shared.domain.series import OTHER, series_key
from shared.domain.window import HOUR
from shared.wire import GroupName

GROUPS = 500
NEVER = -1
SPARE = HOUR  # a window begins at most this much earlier than its length says

Grouped = tuple[str, str]  # SLO and indicator key


def other_of(name: GroupName) -> GroupName:
    """Return the group that takes what this one counts when there is no place for it."""
    values = (OTHER,) * len(name.values)
    return GroupName(series_key(name.slo, name.indicator, values), name.slo, name.indicator, values)


def is_other(name: GroupName) -> bool:
    """Tell whether this is the group of all that have no place."""
    return all(value == OTHER for value in name.values)


@dataclass(slots=True)
class Members:
    """The groups of one indicator, by series; `other` once one had to be turned away."""

    names: dict[int, GroupName] = field(default_factory=dict)
    other: GroupName | None = None
    full_until: int = NEVER  # seconds in the log: nobody gives up a place before


class Groups:
    """The groups of all indicators of a shard."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._members: dict[Grouped, Members] = {}
        self._reach: Mapping[Grouped, int] = {}

    def watch(self, reach: Mapping[Grouped, int]) -> None:
        """Take over for how many seconds a group without events is still shown."""
        self._reach = reach
        for members in self._members.values():
            members.full_until = NEVER

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
        """Tell whether one more group would be admitted."""
        return is_other(name) or len(self._of(name).names) < self._limit

    def admit(self, name: GroupName) -> None:
        """Give the group a series of its own."""
        if is_other(name):
            self._of(name).other = name
        else:
            self._of(name).names[name.series] = name

    def turn_away(self, name: GroupName) -> GroupName:
        """Return the group that counts for this one."""
        members = self._of(name)
        if members.other is None:
            members.other = other_of(name)
        return members.other

    def leaver(
        self, name: GroupName, now: int, last: Callable[[int], int | None]
    ) -> GroupName | None:
        """Remove and return the group whose place this one can have, if there is one.

        `last` gives the time of a series' newest event, None for one that is in the message at
        hand and stays; `now` is the time in the log, in seconds.
        """
        members = self._of(name)
        length = self._reach.get((name.slo, name.indicator))
        if length is None or now <= members.full_until:
            return None
        known = {s: time for s in members.names if (time := last(s)) is not None}
        oldest = min(known, key=lambda s: (known[s], s), default=None)
        if oldest is None:
            return None
        until = known[oldest] + length + SPARE
        if until < now:
            return members.names.pop(oldest)
        if len(known) == len(members.names):
            members.full_until = until
        return None

    def drop(self, series: Collection[int]) -> None:
        """Forget the groups of these series."""
        for grouped, members in list(self._members.items()):
            members.names = {s: n for s, n in members.names.items() if s not in series}
            if members.other is not None and members.other.series in series:
                members.other = None
            if not members.names and members.other is None:
                del self._members[grouped]

    def _of(self, name: GroupName) -> Members:
        return self._members.setdefault((name.slo, name.indicator), Members())
