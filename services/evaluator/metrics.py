"""What Prometheus sees of all shards that this process owns."""

import time
from collections.abc import Callable

from services.evaluator.domain.shard import Shard
from services.evaluator.exposition import HELP, Families, ShardExposition, by_topic, rendered
from services.evaluator.held import Held, Holding
from shared.wire import NEVER


class Metrics:
    """Renders the figures of the shards that are held at the time of a scrape."""

    def __init__(self, holding: Holding, now: Callable[[], float] = time.time) -> None:
        self._holding = holding
        self._now = now
        self._expositions: dict[int, tuple[Held, ShardExposition]] = {}

    def render(self) -> bytes:
        """Return all figures in Prometheus's text format."""
        families: Families = {name: [] for name in HELP}
        held_now = self._holding.held
        self._expositions = {
            number: self._exposition(number, held) for number, held in sorted(held_now.items())
        }
        for _, exposition in self._expositions.values():
            exposition.add_to(families)
        self._add_own(families)
        self._add_topics(families)
        return rendered({name: lines for name, lines in families.items() if lines})

    def _exposition(self, number: int, held: Held) -> tuple[Held, ShardExposition]:
        known = self._expositions.get(number)
        return known if known and known[0] is held else (held, ShardExposition(held.shard))

    def _add_own(self, families: Families) -> None:
        """Add what an operator wants to know of the shards."""
        held = self._holding.held.values()
        reading = sum(one.reading for one in held)
        loading = len(self._holding.assigned) - reading
        for state, count in (("reading", reading), ("loading", loading)):
            line = f'leeway_evaluator_shards{{state="{state}"}} {count}\n'
            families["leeway_evaluator_shards"].append(line)
        for name, number in (
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
