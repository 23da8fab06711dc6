"""What a row of slices is derived from, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.domain.corrected import corrected_series
from shared.domain.slice_verdict import NEVER
from shared.domain.slicing import Slicing, joint_key, slice_allowed, slices_key, slicing_of
from shared.domain.slo import SLO, Objective

UNKNOWN = 2**62  # after any time: not known yet

Counted = tuple[str, str]  # SLO and indicator


@dataclass(frozen=True, slots=True)
class Fed:
    """The events of one objective, or one group of it, that slices are judged by.

    `series` counts them; `other`, where good (or bad) is counted apart, that. `allowed` is the
    share of bad events in a good slice. Empty slices count, where the policy says so, from
    the moment on from which all `indicators` are counted, and from the first slice with events on;
    only from that where there are no `indicators`.
    """

    series: int
    other: int
    other_is_bad: bool
    allowed: float
    indicators: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Sliced:
    """A derived series: the slices of one objective, or of several that count as one.

    A slice of several parts is bad when it is bad for any of them. Slices count as soon as these
    topics are complete up to their end.
    """

    series: int
    slicing: Slicing
    topics: tuple[str, ...]
    parts: tuple[Fed, ...]


@dataclass(frozen=True, slots=True)
class PartState:
    """What must be known of the slices of one part that lie before the ring.

    `first` is the start of the first slice with events, `since` that of the first whole slice
    since its indicators are counted. `edge` and `last` are the end and the
    worth of the last slice with events before the ring, and of the last one that was counted.
    """

    first: int = UNKNOWN
    since: int = UNKNOWN
    edge: tuple[int, int] = (NEVER, 0)
    last: tuple[int, int] = (NEVER, 0)


@dataclass(frozen=True, slots=True)
class SliceState:
    """How far a derived series is: the slices that end by `until` are counted."""

    until: int = NEVER
    parts: tuple[PartState, ...] = field(default=())

    def part(self, number: int) -> PartState:
        """Return the state of one part; that of a new one when nothing is known of it."""
        return self.parts[number] if number < len(self.parts) else PartState()


def sliced_of(slo: SLO, objective: Objective, group: Sequence[str] | None = None) -> Sliced | None:
    """Return what counts the slices of an objective, or of one group of it; None for events."""
    slicing = slicing_of(slo, objective)
    if slicing is None:
        return None
    fed = _fed(slo, objective, group)
    return Sliced(slices_key(slo, objective, group or ()), slicing, slo.topics(), (fed,))


def joint_of(slo: SLO, group: Sequence[str] | None = None) -> Sliced | None:
    """Return what counts the slices of a composite as one; None where it has no such slices."""
    slicing = slicing_of(slo, slo.objectives[0]) if slo.composite else None
    if slicing is None or slicing.ratio:
        return None
    parts = tuple(_fed(slo, objective, group) for objective in slo.objectives)
    return Sliced(joint_key(slo, group or ()), slicing, slo.topics(), parts)


def _fed(slo: SLO, objective: Objective, group: Sequence[str] | None) -> Fed:
    other = objective.good_indicator
    indicators = (objective.indicator, other)
    return Fed(
        corrected_series(slo, objective.indicator, group or ()),
        corrected_series(slo, other, group or ()) if other else 0,
        objective.other_is_bad,
        slice_allowed(objective),
        () if group is not None else tuple((slo.name, one.key) for one in indicators if one),
    )
