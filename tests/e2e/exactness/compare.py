"""Compares what the api says with the truth, to the last integer."""

from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import httpx

from tests.e2e.exactness.definitions import Watched
from tests.e2e.exactness.truth import Truth

Figures = tuple[int, int]


class ByBucket:
    """What an SLO must have counted, added up in buckets of ten seconds."""

    def __init__(self, truth: Truth, slo: Watched) -> None:
        found: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
        for counted in truth.events:
            if slo.valid(counted.event):
                figures = found[int(counted.at_ms // 10_000)]
                figures[0] += counted.weight if slo.good(counted.event) else 0
                figures[1] += counted.weight
        self._starts = [bucket * 10_000 for bucket in sorted(found)]
        self._figures = [found[bucket] for bucket in sorted(found)]

    def over(self, since_ms: float, until_ms: float) -> Figures:
        """Return (good, total) of the buckets that start in a time span."""
        first, last = (bisect_left(self._starts, at) for at in (since_ms, until_ms))
        inside = self._figures[first:last]
        return sum(good for good, _ in inside), sum(total for _, total in inside)


def expected_groups(truth: Truth, slo: Watched) -> dict[str, Figures]:
    """Return (good, total) by group."""
    good: Counter[str] = Counter()
    total: Counter[str] = Counter()
    assert slo.group is not None
    for counted in truth.events:
        if slo.valid(counted.event):
            group = counted.event[slo.group]
            total[group] += counted.weight
            good[group] += counted.weight if slo.good(counted.event) else 0
    return {group: (good[group], total[group]) for group in total if total[group]}


def milliseconds(text: str) -> float:
    """Return an RFC 3339 time as milliseconds."""
    return datetime.fromisoformat(text).timestamp() * 1000


def differences(api: str, truth: Truth, slos: list[Watched]) -> list[str]:
    """Return every figure that differs from the truth, in words."""
    found: list[str] = []
    with httpx.Client(base_url=api, timeout=60) as client:
        for slo in slos:
            status = client.get(f"/v1/slos/{slo.name}").raise_for_status().json()
            found += _compare_status(status, truth, slo)
            if not slo.group:
                found += _compare_history(client, status, truth, slo)
    return found


def _compare_status(status: dict[str, Any], truth: Truth, slo: Watched) -> list[str]:
    if slo.changed:
        return []
    if slo.group:
        got = {
            entry["group"][slo.group]: (
                entry["objectives"][0]["good"],
                entry["objectives"][0]["total"],
            )
            for entry in status["groups"]
        }
        want = expected_groups(truth, slo)
        return [] if got == want else [f"{slo.name}: groups {got}, truth {want}"]
    objective = status["objectives"][0]
    figures = objective["good"], objective["total"]
    wanted = ByBucket(truth, slo).over(0, float("inf"))
    return [] if figures == wanted else [f"{slo.name}: {figures}, truth {wanted}"]


def _compare_history(
    client: httpx.Client, status: dict[str, Any], truth: Truth, slo: Watched
) -> list[str]:
    """Compare each stored step: quarter hours of all days, or what came after a redefinition."""
    since = status["objectives"][0]["counted_since"] if slo.changed else None
    to = status["at"]
    start = int(milliseconds(since) // 10_000 + 1) * 10 if since else None
    first = start if start else int(milliseconds(to) // 1000) - 6 * 86_400 - 7200
    step = "10s" if slo.changed else "1h"
    query = {"from": datetime.fromtimestamp(first).astimezone().isoformat(), "to": to, "step": step}
    answer = client.get(f"/v1/slos/{slo.name}/history", params=query).raise_for_status().json()
    found, counted = [], ByBucket(truth, slo)
    for item in answer["items"]:
        since_ms, until_ms = milliseconds(item["from"]), milliseconds(item["to"])
        got = item["good"] or 0, item["total"] or 0
        want = counted.over(since_ms, until_ms)
        if got != want:
            found.append(f"{slo.name} {item['from']}..{item['to']}: {got}, truth {want}")
    if not answer["items"]:
        found.append(f"{slo.name}: no history")
    return found
