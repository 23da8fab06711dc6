"""How much of what a window counted may be bad, by the targets that were in force inside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.api.schema.answer import moment
from services.api.schema.status import Version
from shared.domain.budget import allowed_ratio
from shared.domain.slo import Objective
from shared.domain.version import allowed_bad, versions_since


@dataclass(frozen=True, slots=True)
class Allowance:
    """The targets of one objective over a window `[start, end)`, in seconds.

    `counted` is the total of the window, and then that since each turn of the target inside it:
    events, or slices of `whole` each.
    """

    promise: Objective
    start: int
    end: int
    counted: Sequence[int]
    whole: int = 1

    @property
    def now(self) -> float:
        """The ratio that today's target allows."""
        return allowed_ratio(self.promise.target)

    @property
    def mean(self) -> float:
        """The ratio that is allowed over the window."""
        total, *turned = self.counted
        return allowed_bad(self.promise, self.counted) / total if turned and total else self.now

    def over(self, expected: float) -> float:
        """Return the ratio allowed over a whole period, the rest of it by today's target."""
        passed = self.counted[0] / expected if expected else 1.0
        mean = self.mean
        return mean if mean == self.now else mean * passed + self.now * (1 - passed)

    def versions(self) -> list[Version]:
        """Return what each version allowed; nothing where there is but one."""
        if len(self.counted) == 1:
            return []
        totals = (before - after for before, after in pairwise([*self.counted, 0]))
        found = versions_since(self.promise, self.start)
        return [
            Version(
                target=float(version.target),
                from_=moment(version.start),
                to=moment(self.end if version.end is None else version.end),
                total=total // self.whole,
                allowed=allowed_ratio(version.target) * (total / self.whole),
            )
            for version, total in zip(found, totals, strict=True)
        ]
