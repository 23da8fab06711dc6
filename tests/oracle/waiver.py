"""An exclusion in the words of both sides: as a document, and as the oracle's value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.oracle.exclusion import NEVER, Again, Exclusion
from tests.oracle.window import Interval

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
EVER = -NEVER
PREDICATES = {
    "tenant == 'a'": lambda fields: fields.get("tenant") == "a",
    "status >= 500": lambda fields: int(str(fields["status"])) >= 500,
    "count > 1 && tenant != 'a'": lambda fields: (
        int(str(fields["count"])) > 1 and fields.get("tenant") != "a"
    ),
}


@dataclass(frozen=True)
class Waiver:
    """An exclusion as written: of the service or of its SLO, from `since` until `gone`."""

    times: Interval | Again
    predicate: str | None = None
    of_service: bool = False
    since: int = NEVER
    gone: int = EVER

    def exclusion(self, beside: Sequence["Waiver"]) -> Exclusion:
        """What the oracle is to take out, `beside` being all exclusions there ever were."""
        test = None if self.predicate is None else PREDICATES[self.predicate]
        alike = [(one.since, one.gone) for one in beside if one.predicate == self.predicate]
        return Exclusion(self.times, test, alike)

    def document(self, number: int) -> dict[str, Any]:
        """The document."""
        spec: dict[str, Any] = {"services" if self.of_service else "slos": ["shop"]}
        if self.predicate is not None:
            spec["predicate"] = self.predicate
        spec |= {"reason": "a test", "approvedBy": "lead@example.com"}
        return {
            "apiVersion": "leeway/v1",
            "kind": "Exclusion",
            "metadata": {"name": f"exclusion-{number}"},
            "spec": spec | _times(self.times),
        }


def _times(times: Interval | Again) -> dict[str, Any]:
    if isinstance(times, Interval):
        start, end = (datetime.fromtimestamp(at, UTC) for at in (times.start, times.end))
        return {"from": f"{start:%FT%TZ}", "until": f"{end:%FT%TZ}"}
    rule = f"FREQ={times.freq};INTERVAL={times.interval}"
    if times.weekdays:
        rule += ";BYDAY=" + ",".join(WEEKDAYS[one] for one in times.weekdays)
    if times.count is not None:
        rule += f";COUNT={times.count}"
    recurrence = {
        "rrule": rule,
        "start": times.start,
        "duration": f"{times.duration // 60}m",
        "timeZone": times.zone,
    }
    return {"recurrence": recurrence}
