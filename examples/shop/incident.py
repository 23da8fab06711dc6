"""What goes wrong in the shop, and when: counted from the moment it opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MINUTE = 60_000
_HOUR = 60 * _MINUTE


@dataclass(frozen=True, slots=True)
class Incident:
    """From `start` on, for `length` milliseconds, a share of a service's requests fails.

    The others take `slower` times as long. `only` limits it to events with this field's value;
    `every` repeats it from the opening on.
    """

    service: str
    start: int
    length: int
    failing: float
    slower: float = 1.0
    only: tuple[str, str] | None = None
    every: int | None = None


INCIDENTS = (
    # A payment provider fails for 40 minutes, and takes the checkout and a database with it.
    Incident("payments", -26 * _HOUR, 40 * _MINUTE, 0.9, 4.0, ("provider", "cardwise")),
    Incident("checkout", -26 * _HOUR, 40 * _MINUTE, 0.35, 5.0),
    Incident("payments-db", -26 * _HOUR, 12 * _MINUTE, 1.0),
    Incident("search", -150 * _MINUTE, 25 * _MINUTE, 0.08, 6.0),
    Incident("storefront", -35 * _MINUTE, 5 * _MINUTE, 0.25),
    # Something to watch while it runs.
    Incident("search", 10 * _MINUTE, 4 * _MINUTE, 0.3, 3.0, every=2 * _HOUR),
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """For each event: the share that fails at that moment, and how many times slower it is."""

    failing: NDArray[np.float64]
    slower: NDArray[np.float64]


def trouble(service: str, since: NDArray[np.int64], fields: Mapping[str, NDArray[Any]]) -> Trouble:
    """Return what goes wrong for events `since` milliseconds after the opening."""
    failing, slower = np.zeros(len(since)), np.ones(len(since))
    for incident in INCIDENTS:
        if incident.service == service:
            hit = _during(incident, since)
            if incident.only is not None:
                hit &= fields[incident.only[0]] == incident.only[1]
            failing[hit] = incident.failing
            slower[hit] = incident.slower
    return Trouble(failing, slower)


def _during(incident: Incident, since: NDArray[np.int64]) -> NDArray[np.bool_]:
    offset = since - incident.start
    if incident.every is not None:
        offset = np.where(since >= 0, offset % incident.every, -1)
    during: NDArray[np.bool_] = (offset >= 0) & (offset < incident.length)
    return during
