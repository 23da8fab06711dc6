"""What happens in the shop: a pure function of the seed, the moment it opened, and the hour.

Every service has a daily rhythm and a latency; incidents make some of them fail or slow down.
Times are milliseconds since the epoch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examples.shop.incident import Trouble, trouble

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

REQUESTS = "leeway.requests.v1"
UPTIME = "leeway.uptime.v1"

DUPLICATE_SHARE = 0.003
INVALID_SHARE = 0.001
PROBE_INTERVAL = 30_000

Column = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """How one service is used when all is well."""

    service: str
    per_minute: float
    routes: Mapping[str, float]  # share of the requests
    median_ms: float
    spread: float  # sigma of the logarithm
    failing: float  # share of the requests


PROFILES = (
    Profile("storefront", 24, {"/": 0.4, "/product": 0.5, "/cart": 0.1}, 90, 0.65, 0.001),
    Profile("search", 10, {"/search": 0.8, "/suggest": 0.2}, 140, 0.6, 0.002),
    Profile("checkout", 4, {"/checkout": 0.7, "/address": 0.3}, 180, 0.5, 0.0002),
    Profile("payments", 3, {"/pay": 0.95, "/refund": 0.05}, 350, 0.45, 0.003),
    Profile("pictures", 2, {"/picture": 1.0}, 25, 0.4, 0.0005),
)
PROBES = ("eu-1", "us-1")
PROBED = "payments-db"
PROVIDERS = {"cardwise": 0.5, "paylink": 0.3, "bankgiro": 0.2}
CONSUMERS = {"web": 0.6, "app": 0.35, "partner": 0.05}


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one service in order of time: one element a column each.

    `again` marks those that are sent twice; `junk` numbers the kind of invalid record that
    follows, -1 for none.
    """

    topic: str
    service: str
    name: str  # unique; ids begin with it
    at: NDArray[np.int64]
    fields: Mapping[str, Column]
    again: NDArray[np.bool_]
    junk: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at)


def events_of_hour(seed: int, opened: int, hour: int) -> list[Events]:
    """Return all that happens from `hour * HOUR` on, one hour long, one element a service."""
    found = [
        _requests(np.random.default_rng([seed, number, hour]), profile, opened, hour)
        for number, profile in enumerate(PROFILES)
    ]
    found.append(_probes(np.random.default_rng([seed, len(PROFILES), hour]), opened, hour))
    return found


def _requests(rng: np.random.Generator, profile: Profile, opened: int, hour: int) -> Events:
    minutes = hour * HOUR + np.arange(60) * MINUTE
    arrivals = rng.poisson(profile.per_minute * _rhythm(minutes))
    at = np.sort(np.repeat(minutes, arrivals) + rng.integers(0, MINUTE, arrivals.sum()))
    size = len(at)
    fields: dict[str, Column] = {
        "route": _choice(rng, profile.routes, size),
        "method": np.full(size, "GET" if profile.service in ("search", "pictures") else "POST"),
        "consumer": _choice(rng, CONSUMERS, size),
    }
    if profile.service == "payments":
        fields["provider"] = _choice(rng, PROVIDERS, size)
    now = trouble(profile.service, at - opened, fields)
    fields["status"] = _statuses(rng, profile, now, size)
    usual = rng.lognormal(np.log(profile.median_ms), profile.spread, size)
    fields["duration_ms"] = np.round(usual * now.slower, 1)
    if profile.service == "pictures":  # its proxy reports in batches
        fields["count"] = rng.integers(20, 120, size)
    return _events(rng, REQUESTS, profile.service, hour, at, fields)


def _probes(rng: np.random.Generator, opened: int, hour: int) -> Events:
    times = hour * HOUR + np.arange(0, HOUR, PROBE_INTERVAL)
    at = np.repeat(times, len(PROBES)) + rng.integers(0, 500, len(times) * len(PROBES))
    order = np.argsort(at, kind="stable")
    probe = np.tile(np.array(PROBES), len(times))[order]
    at = at[order]
    now = trouble(PROBED, at - opened, {})
    up = rng.random(len(at)) >= np.maximum(now.failing, 0.0005)
    return _events(rng, UPTIME, PROBED, hour, at, {"probe": probe, "up": up})


def _events(
    rng: np.random.Generator,
    topic: str,
    service: str,
    hour: int,
    at: NDArray[np.int64],
    fields: Mapping[str, Column],
) -> Events:
    junk = np.where(rng.random(len(at)) < INVALID_SHARE, rng.integers(0, 1_000, len(at)), -1)
    again = rng.random(len(at)) < DUPLICATE_SHARE
    return Events(topic, service, f"{service}-{hour:x}", at, fields, again, junk)


def _rhythm(at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the use at these moments: 1 on average, the most at 15:00 UTC."""
    rhythm: NDArray[np.float64] = 1 + 0.6 * np.cos(2 * np.pi * (at % DAY - 15 * HOUR) / DAY)
    return rhythm


def _choice(rng: np.random.Generator, shares: Mapping[str, float], size: int) -> Column:
    return rng.choice(np.array(list(shares)), size, p=list(shares.values()))


def _statuses(rng: np.random.Generator, profile: Profile, now: Trouble, size: int) -> Column:
    draw = rng.random(size)
    failed = draw < np.maximum(now.failing, profile.failing)
    missing = (draw > 0.99) & (profile.service == "storefront")
    return np.where(failed, np.where(now.failing > 0, 503, 500), np.where(missing, 404, 200))
