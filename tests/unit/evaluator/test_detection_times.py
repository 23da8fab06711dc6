"""How fast the default tiers notice a failure and let go of it: SRE workbook, table 5-8.

Traffic comes at every second, the shard ticks at every second near the moments that matter and
every minute elsewhere: what happened there would be noticed, if late.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pytest

from services.evaluator.checkpoint import restored
from services.evaluator.domain.shard import Shard
from shared.domain.alert import AlertState
from shared.domain.bucket import BUCKET
from shared.domain.default_policy import default_policies
from shared.domain.detection import detection_time, reset_time
from shared.domain.slo import SLO, AlertCondition
from shared.domain.window import DAY, HOUR, MINUTE, Rolling
from shared.sql.shard_rows import Claim
from shared.wire import Cells, Counts, Source
from tests.unit.evaluator.build import REQUESTS, key_of, slo, watch

BEGIN = 1_764_000_000
RATE = 1_000  # events a second
ALLOWED = Decimal("0.001")
TICK = 1
COARSE = MINUTE
NEAR = 30

TIERS = {
    policy.condition.name: policy.condition for policy in default_policies(30 * DAY, 1 - ALLOWED)
}


@dataclass
class Traffic:
    """Steady traffic of several SLOs; a constant share of it is bad while the failure lasts."""

    shard: Shard
    ratios: dict[str, Decimal]  # by SLO
    keys: np.ndarray[tuple[int], np.dtype[np.uint64]]
    fed: int = BEGIN - 4 * DAY
    offset: int = 0

    def feed(self, until: int, *, failing: bool) -> None:
        """Let everything up to a moment happen, and be complete."""
        seconds = np.arange(self.fed, until)
        bucket, per = np.unique(seconds // BUCKET, return_counts=True)
        keys = self.keys
        bad = [int(RATE * ratio) if failing else 0 for ratio in self.ratios.values()]
        total = np.tile(per * RATE, len(keys))
        good = total - np.outer(bad, per).ravel()
        cells = Cells(np.repeat(keys, len(bucket)), np.tile(bucket, len(keys)), good, total)
        at = self.offset
        source = Source("id", 0)
        message = Counts(REQUESTS.topic, source, at, at, at + 1, 1, until * 1000, 1, cells)
        self.shard.apply(self.offset, until * 1000, message)
        self.fed, self.offset = until, self.offset + 1


def shard_of(*slos: SLO) -> Shard:
    """Return a shard that takes over at the moment the failure begins."""
    found = watch(*slos)
    made = restored(Claim(1, 0, "", None, None, 0, 0), 0, 1, BEGIN, found.windows)
    made.use(found, BEGIN)
    return made


def moments(until: int, exact: list[float]) -> Iterator[int]:
    """Yield the seconds at which to tick: all of them near those of `exact`, few elsewhere."""
    near = {int(at) + d for at in exact for d in range(-NEAR, NEAR)}
    for second in range(1, until + 1):
        if second % COARSE == 0 or second in near:
            yield second


def live(ratios: list[Decimal], lasts: int, after: int) -> dict[tuple[str, str, str], int]:
    """Return when each tier fired and resolved, in seconds since the failure began or ended.

    By the error ratio, the tier's name, and the state.
    """
    slos = {f"slo-{ratio}": ratio for ratio in ratios}
    made = [slo(name, target="0.999") for name in slos]
    keys = np.array([key_of(one) for one in made], np.uint64)
    traffic = Traffic(shard_of(*made), slos, keys)
    traffic.feed(BEGIN, failing=False)
    pairs = [(c, ratio) for c in TIERS.values() for ratio in ratios]
    exact = [at for c, r in pairs if (at := detection_time(c, ALLOWED, r)) is not None]
    exact += [lasts + reset_time(c, ALLOWED, r) for c, r in pairs]
    found = {}
    for second in moments(lasts + after, exact):
        if traffic.fed < BEGIN + lasts < BEGIN + second:
            traffic.feed(BEGIN + lasts, failing=True)
        traffic.feed(BEGIN + second, failing=second <= lasts)
        traffic.shard.advance(BEGIN + second, 60)
        for step in traffic.shard.alerting.take_happened().transitions:
            key = str(slos[step.alert.key.slo]), step.alert.key.condition, step.alert.state.value
            assert key not in found, "it fired twice"
            found[key] = second - (lasts if step.alert.state is AlertState.RESOLVED else 0)
    return found


def tolerance(window: int, moved: float) -> float:
    """Return by how much a moment may differ: a bucket, a tick, and the window's resolution.

    A window is up to one step of its resolution longer than it is called: so much rarer is what
    is bad in it.
    """
    return BUCKET + TICK + moved * Rolling(window).resolution / window


def check(found: dict[tuple[str, str, str], int], condition: AlertCondition, ratio: str) -> None:
    """Check when a tier fired and resolved."""
    fired = found.get((ratio, condition.name, "firing"))
    expected = detection_time(condition, ALLOWED, Decimal(ratio))
    if expected is None:
        assert fired is None
        return
    assert fired == pytest.approx(expected, abs=tolerance(condition.lookback, expected))
    reset = reset_time(condition, ALLOWED, Decimal(ratio))
    resolved = found[ratio, condition.name, "resolved"]
    assert condition.short_window is not None
    longer = Rolling(condition.short_window).resolution
    assert resolved == pytest.approx(reset, abs=BUCKET + TICK + longer)


def test_fast_failures_are_noticed_and_let_go_of_as_the_workbook_says() -> None:
    ratios = ["1", "0.15", "0.02"]
    found = live([Decimal(ratio) for ratio in ratios], lasts=7 * HOUR, after=7 * HOUR)
    for ratio in ratios:
        for condition in TIERS.values():
            check(found, condition, ratio)


def test_a_slow_failure_is_noticed_by_the_slowest_tier_alone_after_a_day_and_a_half() -> None:
    found = live([Decimal("0.002")], lasts=40 * HOUR, after=4 * HOUR)
    for condition in TIERS.values():
        check(found, condition, "0.002")
    assert found["0.002", "slow-ticket", "firing"] == pytest.approx(36 * HOUR, abs=8 * MINUTE)
    assert found["0.002", "slow-ticket", "resolved"] == pytest.approx(3 * HOUR, abs=2 * MINUTE)
