"""Composites that count occurrences burn together: what their parts burn adds up by weight."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from services.evaluator.domain.delta import Bools, Ints
from services.evaluator.domain.table import Floats
from services.evaluator.domain.watch import Watched
from shared.domain.alert_rule import burns_together

NOWHERE = -1
_NEAR = 1e-9  # relative: so close to a threshold, the decision takes exact arithmetic


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """The parts of each composite, or of one group of it, by the entry that stands for them all.

    `place` tells by entry which composite it stands for. `parts` are the entries of each and
    `share` the weight / (1 - target) of each: (composites, most parts), NOWHERE and 0 where there
    are fewer.
    """

    place: Ints
    parts: Ints
    share: tuple[tuple[Fraction, ...], ...]
    shares: Floats

    def members(self, entries: Ints) -> Ints:
        """Return all parts of what these entries stand for, with these themselves."""
        places = self.place[entries]
        parts = self.parts[places[places != NOWHERE]]
        return np.union1d(entries, parts[parts != NOWHERE])

    def parts_of(self, entry: int) -> list[int]:
        """Return the entries of the parts that one stands for."""
        return [part for part in self.parts[self.place[entry]].tolist() if part != NOWHERE]

    def added(self, entries: Ints, counts_of: Callable[[Ints], Ints]) -> Ints:
        """Return good and total of all parts together, for each of these entries."""
        parts = self.parts[self.place[entries]]
        counts = counts_of(np.maximum(parts, 0).ravel()).reshape(2, *parts.shape)
        added: Ints = np.where(parts == NOWHERE, 0, counts).sum(axis=2)
        return added

    def burn(self, entries: Ints, ratios_of: Callable[[Ints], Floats]) -> Floats:
        """Return the sum of weight * burn of each; a part without data adds nothing.

        NaN where no part has any. `ratios_of` gives the error ratios of entries.
        """
        places = self.place[entries]
        parts = self.parts[places]
        ratios = ratios_of(np.maximum(parts, 0).ravel()).reshape(parts.shape)
        known = (parts != NOWHERE) & ~np.isnan(ratios)
        burn = np.where(known, self.shares[places] * ratios, 0.0).sum(axis=1)
        return np.where(known.any(axis=1), burn, np.nan)

    def settled(
        self, burn: Floats, limit: Floats, entries: Ints, counts_of: Callable[[Ints], Ints]
    ) -> Floats:
        """Return the burn, where it is next to its limit by exact arithmetic.

        The sum of rounded burns may miss what the sum of the burns is equal to.
        """
        with np.errstate(invalid="ignore"):
            near: Bools = np.abs(burn - limit) <= _NEAR * limit
        for index in np.flatnonzero(near).tolist():
            exact = self._exactly(int(entries[index]), counts_of)
            if exact == Fraction(str(limit[index])):
                burn[index] = limit[index]
        return burn

    def _exactly(self, entry: int, counts_of: Callable[[Ints], Ints]) -> Fraction:
        shares = self.share[int(self.place[entry])]
        counts = counts_of(np.array(self.parts_of(entry), np.int64)).T.tolist()
        parts = zip(shares, counts, strict=True)
        return sum((s * Fraction(t - g, t) for s, (g, t) in parts if t > 0), Fraction(0))


def together_of(entries: Sequence[Watched]) -> Together | None:
    """Return what burns together of these entries, None where nothing does."""
    found: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    for at, entry in enumerate(entries):
        if entry.slo.composite and burns_together(entry.slo):
            values = entry.group.values if entry.group else ()
            found.setdefault((id(entry.slo), values), []).append(at)
    if not found:
        return None
    share = tuple(tuple(_share(entries[at]) for at in parts) for parts in found.values())
    most = max(map(len, share))
    place = np.full(len(entries), NOWHERE, np.int64)
    padded = np.full((len(found), most), NOWHERE, np.int64)
    shares = np.zeros((len(found), most), np.float64)
    for number, parts in enumerate(found.values()):
        place[parts[0]] = number
        padded[number, : len(parts)] = parts
        shares[number, : len(parts)] = [float(one) for one in share[number]]
    return Together(place, padded, share, shares)


def _share(entry: Watched) -> Fraction:
    return Fraction(entry.objective.weight) / Fraction(1 - entry.objective.target)
