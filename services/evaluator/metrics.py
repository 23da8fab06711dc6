"""What Prometheus sees of all shards that this process owns."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from services.evaluator.domain.shard import Shard
from services.evaluator.exposition import HELP, Families, ShardExposition, by_topic, rendered
from services.evaluator.held import Held, Holding
from services.evaluator.sloth_exposition import SlothExposition, described
from services.evaluator.still import Still, still_of
from shared.wire import NEVER

Exposition = TypeVar("Exposition")


class Expositions(Generic[Exposition]):
    """One exposition a shard, for as long as it is held."""

    def __init__(self, new: Callable[[], Exposition]) -> None:
        self._new = new
        self._known: dict[int, tuple[Held, Exposition]] = {}

    def of(self, holding: Holding) -> list[tuple[Exposition, Still]]:
        """Return the exposition of every shard that is held, with a still of it."""
        before, self._known = self._known, {}
        for number, held in sorted(holding.held.items()):
            known = before.get(number)
            self._known[number] = known if known and known[0] is held else (held, self._new())
        return [(shown, still_of(held.shard)) for held, shown in self._known.values()]


class Metrics:
    """Renders the figures of the shards that are held at the time of a scrape.

    Stills of them are taken on the event loop; a thread makes text of those, one scrape at a time.
    """

    def __init__(self, holding: Holding, now: Callable[[], float] = time.time) -> None:
        self._holding = holding
        self._now = now
        self._rendering = asyncio.Lock()
        self._expositions: Expositions[ShardExposition] = Expositions(ShardExposition)
        self._sloth: Expositions[SlothExposition] = Expositions(SlothExposition)

    async def render(self) -> bytes:
        """Return all figures in Prometheus's text format."""
        async with self._rendering:
            return await asyncio.to_thread(self.take())

    async def render_sloth(self) -> bytes:
        """Return the objectives' figures under the names of Sloth's recording rules."""
        async with self._rendering:
            return await asyncio.to_thread(self.take_sloth())

    def take(self) -> Callable[[], bytes]:
        """Note all figures as they are now; what is returned makes text of them."""
        families: Families = {name: [] for name in HELP}
        shown = self._expositions.of(self._holding)
        self._add_own(families)
        self._add_topics(families)
        return partial(_text, families, shown)

    def take_sloth(self) -> Callable[[], bytes]:
        """Note the objectives' figures; what is returned makes text of them."""
        return partial(_sloth_text, self._sloth.of(self._holding))

    def _add_own(self, families: Families) -> None:
        """Add what an operator wants to know of the shards."""
        held = self._holding.held.values()
        reading = sum(one.reading for one in held)
        loading = len(self._holding.assigned) - reading
        for state, count in (("reading", reading), ("loading", loading)):
            line = f'leeway_evaluator_shards{{state="{state}"}} {count}\n'
            families["leeway_evaluator_shards"].append(line)
        for name, number in (
            (
                "leeway_late_for_slices_total",
                sum(one.shard.derived.slices.too_late for one in held),
            ),
            ("leeway_clamped_objectives", sum(_clamped(one.shard) for one in held)),
            ("leeway_evaluator_series", sum(one.shard.counters.rows for one in held)),
            ("leeway_evaluator_revision", min((_revision(one.shard) for one in held), default=0)),
            (
                "leeway_evaluator_skipped_offsets_total",
                sum(one.shard.progress.skipped for one in held),
            ),
        ):
            families[name].append(f"{name} {number}\n")

    def _add_topics(self, families: Families) -> None:
        watermarks: dict[str, float] = {}
        lost: dict[str, float] = {}
        ambiguous: dict[str, float] = {}
        for held in self._holding.held.values():
            fold, watch = held.shard.fold, held.shard.watch
            for topic in watch.topics if watch else ():
                mark = fold.watermark(topic)
                if mark != NEVER:
                    watermarks[topic] = min(mark, watermarks.get(topic, mark))
                    lost.setdefault(topic, 0)
            for found, counts in ((lost, fold.lost), (ambiguous, fold.ambiguous)):
                for topic, count in counts.items():
                    found[topic] = found.get(topic, 0) + count
        now = self._now()
        lags = {topic: max(0.0, now - mark / 1000) for topic, mark in watermarks.items()}
        families["leeway_pipeline_lag_seconds"] += by_topic("leeway_pipeline_lag_seconds", lags)
        families["leeway_lost_offsets_total"] += by_topic("leeway_lost_offsets_total", lost)
        families["leeway_ambiguous_chunks_total"] += by_topic(
            "leeway_ambiguous_chunks_total", ambiguous
        )


def _clamped(shard: Shard) -> int:
    return shard.table.clamped(shard.counters.sums)


def _revision(shard: Shard) -> int:
    return shard.watch.revision if shard.watch else 0


def _text(families: Families, shown: Sequence[tuple[ShardExposition, Still]]) -> bytes:
    for exposition, still in shown:
        exposition.add_to(families, still)
    return rendered(families)


def _sloth_text(shown: Sequence[tuple[SlothExposition, Still]]) -> bytes:
    families: Families = {}
    for exposition, still in shown:
        exposition.add_to(families, still)
    return rendered(families, described(families))
