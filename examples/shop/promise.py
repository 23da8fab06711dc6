"""Which events each objective counts, and which are good: said here in numpy, a second time.

It shares nothing with Leeway, so that the two can be compared. `definitions/` says the same in
OpenSLO.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from examples.shop.traffic import Events

Good = Callable[[Events], NDArray[np.bool_]]
ALL = ""  # in place of a group


@dataclass(frozen=True, slots=True)
class Promise:
    """One objective, what it counts of its service, and what is good."""

    slo: str
    objective: str
    service: str
    good: Good
    route: str | None = None
    group_by: str | None = None
    good_minute: float | None = None  # the ratio that makes a minute good, where minutes count


@dataclass(frozen=True, slots=True)
class Verdict:
    """For each event of `events`: its weight (0 when it is not counted) and whether it is good."""

    promise: Promise
    group: str
    weight: NDArray[np.int64]
    good: NDArray[np.bool_]


def _served(events: Events) -> NDArray[np.bool_]:
    served: NDArray[np.bool_] = events.fields["status"] < 500
    return served


def _within(limit_ms: float) -> Good:
    return lambda events: np.asarray(events.fields["duration_ms"] <= limit_ms)


def _up(events: Events) -> NDArray[np.bool_]:
    return np.asarray(events.fields["up"])


PROMISES = (
    Promise("storefront-availability", "availability", "storefront", _served),
    Promise("storefront-month", "availability", "storefront", _served),
    Promise("storefront-latency", "fast", "storefront", _within(300)),
    Promise("storefront-latency", "bearable", "storefront", _within(1000)),
    Promise("search-availability", "availability", "search", _served),
    Promise("search-latency", "fast", "search", _within(400)),
    Promise("checkout-availability", "availability", "checkout", _served, route="/checkout"),
    Promise("payments-success", "success", "payments", _served, group_by="provider"),
    Promise("pictures-availability", "availability", "pictures", _served),
    Promise("payments-db-uptime", "uptime", "payments-db", _up),
    Promise("payments-db-minutes", "minutes", "payments-db", _up, good_minute=0.9),
)


def verdicts(events: Events) -> Iterator[Verdict]:
    """Yield what every promise says of these events; grouped ones also for each group."""
    for promise in PROMISES:
        if promise.service == events.service:
            yield from _verdicts_of(promise, events)


def _verdicts_of(promise: Promise, events: Events) -> Iterator[Verdict]:
    weight = np.asarray(events.fields.get("count", np.ones(len(events), np.int64)))
    if promise.route is not None:
        weight = np.where(events.fields["route"] == promise.route, weight, 0)
    good = promise.good(events)
    yield Verdict(promise, ALL, weight, good)
    if promise.group_by is not None:
        values = events.fields[promise.group_by]
        for value in np.unique(values).tolist():
            yield Verdict(promise, value, np.where(values == value, weight, 0), good)
