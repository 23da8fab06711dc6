"""Lets one shard live through the events on a simulated clock."""

import asyncio
from collections.abc import Mapping

from leeway.trial.alert_log import AlertLog
from leeway.trial.arrival import Arrivals
from leeway.trial.progress import Notice
from leeway.trial.schedule import schedule_of
from leeway.trial.ticks import Ticks
from services.evaluator.domain.shard import Shard
from services.evaluator.domain.watch import Watch, slos_of, watch_of
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
    shard, watch = _new_shard(catalogue, ticks.first)
    known, numbers = dict.fromkeys(counted, 0), dict.fromkeys(counted, 0)
    offset = done = 0
    for stop in schedule_of(watch, counted.values(), ticks).stops(lambda: shard.alerting.is_timed):
        for topic, arrived in counted.items():
            start, known[topic] = known[topic], arrived.known_by(stop.at)
            for message in arrived.messages(topic, numbers[topic], start, known[topic], stop.at):
                shard.apply(offset, message.complete_until, message)
                offset += 1
                numbers[topic] += 1
        shard.move(stop.at)
        if stop.notes:
            shard.note_breaches(stop.at, STALE_AFTER)
        if stop.judges:
            shard.judge(stop.at, STALE_AFTER)
            log.take(shard.alerting.take_happened().transitions)
        passed = ticks.before(stop.at + 1)
        notice(passed - done)
        done = passed
    return Figures(shard).snapshot(ticks.at)


def _new_shard(catalogue: Catalogue, at: int) -> tuple[Shard, Watch]:
    watch = watch_of(catalogue, slos_of(catalogue, SHARDS).get(0, []), 0, SHARDS)
    return asyncio.run(load(MemoryShards(), 0, SHARDS, watch, at)).shard, watch
