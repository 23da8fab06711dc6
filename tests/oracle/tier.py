"""The default tiers of an objective that has no policy of its own."""

from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.window import DAY, HOUR, MINUTE


@dataclass(frozen=True)
class Tier:
    """One default alert condition."""

    number: int
    """Which row of the table it comes from."""
    lookback: int
    short: int
    threshold: Fraction
    severity: str


MONTHLY = (
    (HOUR, 5 * MINUTE, Fraction(2, 100), "page"),
    (6 * HOUR, 30 * MINUTE, Fraction(5, 100), "page"),
    (DAY, 2 * HOUR, Fraction(10, 100), "ticket"),
    (3 * DAY, 6 * HOUR, Fraction(10, 100), "ticket"),
)
FIXED = (Fraction("14.4"), Fraction(6), Fraction(3), Fraction(1))


def whole_minutes(seconds: Fraction) -> int:
    """The nearest whole minute, half of one up."""
    return int(seconds / MINUTE + Fraction(1, 2)) * MINUTE


def tiers(window: int, allowed: Fraction) -> list[Tier]:
    """The tiers for a window of this length (seconds) and an allowed error ratio.

    They fire above their thresholds, so one that no error ratio can exceed is left out.
    """
    found: list[Tier] = []
    rows = zip(MONTHLY, FIXED, strict=True)
    for number, ((lookback, short, share, severity), fixed) in enumerate(rows):
        threshold = fixed
        if 28 * DAY <= window <= 31 * DAY:
            threshold = share * window / lookback
        else:
            lookback = max(10 * MINUTE, whole_minutes(Fraction(lookback * window, 30 * DAY)))
            short = max(MINUTE, whole_minutes(Fraction(lookback, 12)))
        if lookback * 4 <= window and threshold * allowed < 1:
            found.append(Tier(number, lookback, short, threshold, severity))
    return found
