"""What Prometheus sees of all shards that this process owns."""

import time
from collections.abc import Callable

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
        clamped = sum(h.shard.table.clamped(h.shard.counters.sums) for h in held_now.values())
        families["leeway_clamped_objectives"].append(f"leeway_clamped_objectives {clamped}\n")
        self._add_topics(families)
        return rendered({name: lines for name, lines in families.items() if lines})

    def _exposition(self, number: int, held: Held) -> tuple[Held, ShardExposition]:
        known = self._expositions.get(number)
        return known if known and known[0] is held else (held, ShardExposition(held.shard))

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
