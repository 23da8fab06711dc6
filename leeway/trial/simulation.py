"""Lets one shard live through the events on a simulated clock."""

import asyncio
from collections.abc import Mapping

from leeway.trial.alert_log import AlertLog
from leeway.trial.arrival import Arrivals
from leeway.trial.progress import Notice
from leeway.trial.ticks import Ticks
from services.evaluator.domain.shard import Shard
from services.evaluator.domain.watch import slos_of, watch_of
from services.evaluator.figures import Figures
from services.evaluator.load import load
from services.evaluator.settings import EvaluatorSettings
from shared.domain.slo import Catalogue
from shared.memory import MemoryShards
from shared.snapshot import Snapshot

SHARDS = 1
STALE_AFTER = int(EvaluatorSettings.model_fields["stale_after_seconds"].default)


def simulate(
    catalogue: Catalogue,
    counted: Mapping[str, Arrivals],
    ticks: Ticks,
    log: AlertLog,
    notice: Notice,
) -> Snapshot:
    """Return the figures as of the last tick, after a tick at each of the others.

    `counted` is by topic. A tick knows every event up to its own second, and its watermark is
    that second. `log` takes the alerts.
    """
    shard = _new_shard(catalogue, next(iter(ticks)))
    starts = {topic: one.by_tick(len(ticks)).tolist() for topic, one in counted.items()}
    offset = at = 0
    for number, at in enumerate(ticks):
        for topic, arrived in counted.items():
            start, end = starts[topic][number : number + 2]
            for message in arrived.messages(topic, offset, start, end, at):
                shard.apply(offset, message.complete_until, message)
                offset += 1
        shard.advance(at, STALE_AFTER)
        log.take(shard.alerting.take_happened().transitions)
        notice(1)
    return Figures(shard).snapshot(at)


def _new_shard(catalogue: Catalogue, at: int) -> Shard:
    watch = watch_of(catalogue, slos_of(catalogue, SHARDS).get(0, []), 0, SHARDS)
    return asyncio.run(load(MemoryShards(), 0, SHARDS, watch, at)).shard
