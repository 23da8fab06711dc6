"""The truth that the generator states: what it sent, judged by itself, as a file of JSON lines.

The first line names the seed and the moment the shop opened. Each further one covers the events
in `[since, until)` milliseconds, in order and without gaps unless the shop was closed:
`{"since":..., "until":..., "sent":..., "invalid":{reason: n},
"counts":{"slo/objective/group":[[minute, good, total], ...]}}`, minutes since the epoch. The
group is empty where all groups are meant.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from examples.shop.promise import verdicts
from examples.shop.record import reason_of
from examples.shop.traffic import MINUTE, Events

FILE = "shop-truth.jsonl"
Name = tuple[str, str, str]  # SLO, objective, group
Cells = dict[int, tuple[int, int]]  # minute -> good, total


@dataclass(frozen=True, slots=True)
class Opening:
    """What the shop's whole history follows from."""

    seed: int
    opened: int


@dataclass(frozen=True, slots=True)
class Page:
    """What was sent of the events in `[since, until)`."""

    since: int
    until: int
    sent: int
    invalid: dict[str, int]
    counts: dict[Name, Cells]


def judge(found: Iterable[Events], since: int, until: int) -> Page:
    """Return the truth about the events in `[since, until)`."""
    counts: dict[Name, Cells] = {}
    invalid: Counter[str] = Counter()
    sent = 0
    for events in found:
        inside = (events.at >= since) & (events.at < until)
        junk = events.junk[inside & (events.junk >= 0)].tolist()
        invalid.update(reason_of(number) for number in junk)
        sent += int(inside.sum() + events.again[inside].sum()) + len(junk)
        minutes = events.at // MINUTE
        for verdict in verdicts(events):
            name = (verdict.promise.slo, verdict.promise.objective, verdict.group)
            weight = np.where(inside, verdict.weight, 0)
            cells = counts.setdefault(name, {})
            for minute in np.unique(minutes[weight > 0]).tolist():
                here = weight * (minutes == minute)
                good, total = cells.get(minute, (0, 0))
                cells[minute] = good + int(here[verdict.good].sum()), total + int(here.sum())
    return Page(since, until, sent, dict(invalid), {n: c for n, c in counts.items() if c})


class Ledger:
    """The file of truth of one shop, written by its generator."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self, opening: Opening) -> tuple[Opening, int | None]:
        """Return how the shop opened, and until when it was sent; begin the file if it is new."""
        if not self.path.exists():
            self._append({"seed": opening.seed, "opened": opening.opened})
            return opening, None
        pages = self.pages()
        return self.opening(), max((page.until for page in pages), default=None)

    def opening(self) -> Opening:
        """Return the first line."""
        with self.path.open() as lines:
            return Opening(**json.loads(next(lines)))

    def pages(self) -> Iterator[Page]:
        """Yield what was stated so far; a line that is still being written is not there yet."""
        with self.path.open() as lines:
            next(lines)
            for line in lines:
                if line.endswith("\n"):
                    yield _page(json.loads(line))

    def add(self, page: Page) -> None:
        """State one more page."""
        counts = {
            "/".join(name): [[minute, *pair] for minute, pair in sorted(cells.items())]
            for name, cells in page.counts.items()
        }
        self._append(
            {
                "since": page.since,
                "until": page.until,
                "sent": page.sent,
                "invalid": page.invalid,
                "counts": counts,
            }
        )

    def _append(self, line: object) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


def _page(line: dict[str, Any]) -> Page:
    counts: dict[Name, Cells] = {}
    for name, cells in line["counts"].items():
        slo, objective, group = name.split("/")
        counts[slo, objective, group] = {minute: (good, total) for minute, good, total in cells}
    return Page(line["since"], line["until"], line["sent"], line["invalid"], counts)


def total_of(pages: Iterable[Page]) -> dict[Name, Cells]:
    """Return the counts of all pages together."""
    found: dict[Name, Cells] = defaultdict(dict)
    for page in pages:
        for name, cells in page.counts.items():
            mine = found[name]
            for minute, (good, total) in cells.items():
                before = mine.get(minute, (0, 0))
                mine[minute] = before[0] + good, before[1] + total
    return dict(found)
