"""Says what an exclusion takes out, when, and why."""

import numpy as np

from services.api.schema.answer import moment
from services.api.schema.exclusion import Exclusion, Recurrence
from shared.domain.bucket import start_of
from shared.domain.exclusion import Exclusion as Excluded
from shared.domain.exclusion import Once
from shared.recurrence import Recurring


def exclusion_of(one: Excluded, at: int) -> Exclusion:
    """Return what is said of an exclusion at a moment, in seconds."""
    bucket = np.array([start_of(at)], np.int64)
    once = one.times if isinstance(one.times, Once) else None
    return Exclusion(
        name=one.name,
        from_=moment(once.start) if once else None,
        until=moment(once.end) if once else None,
        recurrence=_recurrence(one.times) if isinstance(one.times, Recurring) else None,
        predicate=one.query,
        reason=one.reason,
        approved_by=one.approved_by,
        in_force=bool(one.holds(bucket)[0]),
    )


def _recurrence(times: Recurring) -> Recurrence:
    return Recurrence(
        rrule=times.rule,
        start=times.start,
        duration_seconds=times.duration,
        time_zone=times.time_zone,
    )
