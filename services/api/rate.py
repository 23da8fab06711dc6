"""How often each caller may send: a bucket of permits for each, refilled all the time."""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from services.api.errors import TooMany

MOST_CALLERS = 10_000


@dataclass(slots=True)
class _Bucket:
    permits: float
    at: float


class Rate:
    """Counts the requests of each caller; whoever was silent longest is forgotten first.

    A caller may use the permits of two seconds at once. To forget one gives it at most a full
    bucket, so the memory is bounded and the limit holds for those who matter: the busy ones.
    """

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._full = max(1.0, 2 * per_second)
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, caller: str, now: float) -> None:
        """Use one permit; raises TooMany with the seconds to wait when there is none."""
        bucket = self._buckets.setdefault(caller, _Bucket(self._full, now))
        self._buckets.move_to_end(caller)
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        passed = max(0.0, now - bucket.at)
        bucket.permits = min(self._full, bucket.permits + passed * self._per_second)
        bucket.at = now
        if bucket.permits < 1:
            raise TooMany(self._per_second, ceil((1 - bucket.permits) / self._per_second))
        bucket.permits -= 1
