"""Where a rolling window begins and ends, and at which resolution it is counted.

All times are integers of seconds since the epoch (UTC).
"""

BUCKET = 10
MINUTE = 60
HOUR = 3600
DAY = 86_400

STANDARD_WINDOWS: dict[str, int] = {
    "5m": 5 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "6h": 6 * HOUR,
    "1d": DAY,
    "3d": 3 * DAY,
}
"""The burn rates that every status shows, by the name they have there."""

# (longest window in seconds, resolution in seconds) that serves it, finest first
TIERS: tuple[tuple[int, int], ...] = (
    (HOUR, BUCKET),
    (6 * HOUR, MINUTE),
    (3 * DAY, 15 * MINUTE),
    (400 * DAY, HOUR),
)


def resolution_of(length: int) -> int:
    """Return the bucket size in seconds that serves a window of this length."""
    return next((step for longest, step in TIERS if length <= longest), HOUR)


def end_of(at: int) -> int:
    """Return `at` rounded up to the end of its 10-second bucket: the newest events count."""
    return -(-at // BUCKET) * BUCKET


def bounds(at: int, length: int) -> tuple[int, int]:
    """Return `(from, to)` of a rolling window at a moment; buckets that start in it count."""
    to = end_of(at)
    step = resolution_of(length)
    return (to - length) // step * step, to
