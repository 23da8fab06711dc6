"""When each objective was last below its target."""

from collections.abc import Mapping, Sequence

import numpy as np

from services.evaluator.domain.delta import Bools

Key = tuple[str, str, int]  # SLO, objective, series
NEVER = -1


class Breaches:
    """The last second at which each entry was breached; kept over new tables of entries."""

    def __init__(self, marks: Mapping[Key, int] | None = None) -> None:
        self._marks = dict(marks or {})
        self._keys: list[Key] = []
        self._at = np.empty(0, np.int64)

    def bind(self, keys: Sequence[Key]) -> None:
        """Go by these entries; the marks of others are kept aside."""
        self._marks = self.marks()
        self._keys = list(keys)
        self._at = np.array([self._marks.get(key, NEVER) for key in self._keys], np.int64)

    def forget_others(self) -> None:
        """Forget the marks of all other entries."""
        self._marks = {}

    def note(self, breached: Bools, now: int) -> None:
        """Mark the entries that are breached now."""
        self._at[breached] = now

    def marks(self) -> dict[Key, int]:
        """Return the marks of all entries that were ever breached."""
        found = dict(self._marks)
        for index in np.flatnonzero(self._at > NEVER).tolist():
            found[self._keys[index]] = int(self._at[index])
        return found
