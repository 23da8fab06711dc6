"""What a shard makes of the counts log and of definitions."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from services.evaluator.checkpoint import restored
from services.evaluator.domain.check import tabulate_checks
from services.evaluator.domain.shard import Shard
from services.evaluator.domain.undefined import KEPT
from services.evaluator.domain.watch import Watch, watched
from services.evaluator.figures import Figures
from shared.domain.alert_rule import RuleKind
from shared.domain.slo import SLO, CalendarWindow, Former, Objective, RollingWindow
from shared.domain.window import DAY, HOUR, Calendar, Rolling, WindowKey
from shared.snapshot import Snapshot
from shared.sql.shard_rows import Claim
from tests.unit.evaluator.alarm import policy
from tests.unit.evaluator.build import (
    DAY_IN_NEPAL,
    MONTH,
    NOW,
    Feeder,
    composite,
    indicator,
    key_of,
    promised,
    sliced,
    slo,
    watch,
)

STALE_AFTER = 60


def shard(found: Watch) -> Shard:
    claim = Claim(1, 0, "", None, None, 0, 0)
    made = restored(claim, 0, 1, NOW, found.windows)
    made.use(found, NOW)
    return made


def send(to: Shard, feeder: Feeder, *, at: int = NOW, complete_until: int | None = None) -> None:
    until = at if complete_until is None else complete_until
    message = feeder.message(complete_until=until * 1000)
    to.apply(to.progress.next_offset, at * 1000, message)
    to.advance(at, STALE_AFTER)


def snapshot(of: Shard, at: int = NOW) -> Snapshot:
    return Figures(of).snapshot(at)


CHECKOUT = slo(target="0.9")


def test_a_breach_is_marked_with_the_last_second_it_was_seen() -> None:
    one, feeder = shard(watch(CHECKOUT)), Feeder()
    feeder.count(key_of(CHECKOUT), NOW, 8, 10)
    send(one, feeder)
    one.advance(NOW + 5, STALE_AFTER)
    feeder.count(key_of(CHECKOUT), NOW, 90, 90)
    send(one, feeder, at=NOW + 6)
    key = ("checkout", "availability", key_of(CHECKOUT))
    assert snapshot(one, NOW + 6).breached_at == {key: NOW + 5}


def test_what_was_read_since_the_last_tick_stands_in_the_snapshot_like_its_watermark() -> None:
    one, feeder = shard(watch(CHECKOUT)), Feeder()
    feeder.count(key_of(CHECKOUT), NOW, 8, 10)
    one.apply(0, NOW * 1000, feeder.message(complete_until=NOW * 1000))
    found = snapshot(one)
    assert found.watermarks == {CHECKOUT.topics()[0]: NOW * 1000}
    assert found.total[list(found.series).index(key_of(CHECKOUT))].max() == 10


def test_an_error_ratio_that_equals_the_budget_is_no_breach() -> None:
    exact = slo(target="0.999")
    one, feeder = shard(watch(exact)), Feeder()
    feeder.count(key_of(exact), NOW, 999, 1000)
    send(one, feeder)
    assert snapshot(one).breached_at == {}


def test_a_stale_objective_is_not_called_breached() -> None:
    one, feeder = shard(watch(CHECKOUT)), Feeder()
    feeder.count(key_of(CHECKOUT), NOW, 0, 10)
    send(one, feeder, complete_until=NOW - STALE_AFTER - 1)
    assert snapshot(one).breached_at == {}
    send(one, feeder, complete_until=NOW - STALE_AFTER)
    assert len(snapshot(one).breached_at) == 1


def test_a_breach_that_is_over_is_remembered_when_definitions_change() -> None:
    one, feeder = shard(watch(CHECKOUT)), Feeder()
    feeder.count(key_of(CHECKOUT), NOW, 8, 10)
    send(one, feeder)
    feeder.count(key_of(CHECKOUT), NOW, 90, 90)
    one.use(watch(slo("another"), CHECKOUT, revision=2), NOW)
    send(one, feeder, at=NOW + 1)
    key = ("checkout", "availability", key_of(CHECKOUT))
    assert snapshot(one, NOW + 1).breached_at == {key: NOW}


def test_a_breach_is_forgotten_with_its_objective() -> None:
    one, feeder = shard(watch(CHECKOUT)), Feeder()
    feeder.count(key_of(CHECKOUT), NOW, 0, 10)
    send(one, feeder)
    one.use(watch(slo("another"), revision=2), NOW)
    one.use(watch(CHECKOUT, revision=3), NOW)
    assert snapshot(one).breached_at == {}


def apart(*, other_is_bad: bool) -> SLO:
    total, other = indicator(), indicator(group_by=())
    other = type(other)("f" * 16, other.source, other.total, other.good)
    objective = Objective("all", Decimal("0.9"), total, other, other_is_bad=other_is_bad)
    return SLO("apart", "shop", RollingWindow(30 * DAY, "30d"), (objective,))


def test_good_and_total_from_two_series_are_put_together() -> None:
    for other_is_bad, counted, good in ((False, 3, 3), (True, 3, 7), (False, 12, 10)):
        found = apart(other_is_bad=other_is_bad)
        one, feeder = shard(watch(found)), Feeder()
        entry = one.table.entries[0]
        feeder.count(entry.series, NOW, 0, 10)
        feeder.count(entry.other, NOW, 0, counted)
        send(one, feeder)
        assert one.table.counts(one.counters.sums).tolist() == [[good], [10]]
        assert one.table.clamped(one.counters.sums) == (counted > 10)


def test_a_calendar_promise_is_broken_once_the_budget_of_the_whole_period_is_spent() -> None:
    daily = slo(window=DAY_IN_NEPAL, target="0.9")
    one, feeder = shard(watch(daily)), Feeder()
    key = ("checkout", "availability", key_of(daily))
    feeder.count(key_of(daily), NOW - DAY, 2_000, 2_000)
    feeder.count(key_of(daily), NOW, 1, 200)
    send(one, feeder)
    assert snapshot(one).breached_at == {}
    feeder.count(key_of(daily), NOW, 0, 1)
    send(one, feeder, at=NOW + 1)
    assert snapshot(one, NOW + 1).breached_at == {key: NOW + 1}


def test_a_budget_starts_whole_at_the_end_of_a_period() -> None:
    daily = slo(window=DAY_IN_NEPAL, target="0.9")
    one, feeder = shard(watch(daily)), Feeder()
    midnight = Calendar(DAY_IN_NEPAL).period(NOW)[1]
    one.advance(midnight - 3, STALE_AFTER)
    feeder.count(key_of(daily), midnight - 10, 1, 2)
    send(one, feeder, at=midnight - 3)
    today, before = (one.counters.windows.index(Calendar(DAY_IN_NEPAL, back)) for back in (0, 1))
    assert one.counters.sums[1, [today, before], 0].tolist() == [2, 0]
    one.advance(midnight, STALE_AFTER)
    assert one.counters.sums[1, [today, before], 0].tolist() == [0, 2]
    feeder.count(key_of(daily), midnight - 20, 1, 1)
    feeder.count(key_of(daily), midnight, 1, 1)
    send(one, feeder, at=midnight + 1)
    assert one.counters.sums[1, [today, before], 0].tolist() == [1, 3]


def test_a_new_calendar_window_needs_what_is_stored_unless_its_period_began_lately() -> None:
    one = shard(watch(CHECKOUT))
    assert one.reaches(watch(CHECKOUT, slo("other", window="5d")))
    assert not one.reaches(watch(CHECKOUT, slo("other", window=MONTH)))
    hours = CalendarWindow(5, "h", "5h", "2025-01-01 00:00:00", "UTC")
    assert one.reaches(watch(CHECKOUT, slo("other", window=hours)))


def test_each_target_allows_its_share_of_what_was_counted_while_it_was_in_force() -> None:
    turned = slo(target="0.99", former=[Former(Decimal("0.9"), NOW - 7)])
    one, feeder = shard(watch(turned)), Feeder()
    key = ("checkout", "availability", key_of(turned))
    feeder.count(key_of(turned), NOW - 17, 90, 100)
    feeder.count(key_of(turned), NOW, 100, 100)
    send(one, feeder)
    assert one.table.allowed_over_window(one.counters.sums, NOW).tolist() == [(10 + 1) / 200]
    assert snapshot(one).breached_at == {}
    feeder.count(key_of(turned), NOW, 0, 2)
    send(one, feeder, at=NOW + 1)
    assert snapshot(one, NOW + 1).breached_at == {key: NOW + 1}


def test_a_target_that_no_window_reaches_back_to_allows_nothing() -> None:
    turned = slo(target="0.99", window="12h", former=[Former(Decimal("0.9"), NOW - 7)])
    one, feeder = shard(watch(turned)), Feeder()
    feeder.count(key_of(turned), NOW - 17, 90, 100)
    feeder.count(key_of(turned), NOW, 100, 100)
    send(one, feeder)
    one.advance(NOW + 2 * DAY, STALE_AFTER)
    feeder.count(key_of(turned), NOW + 2 * DAY, 100, 100)
    send(one, feeder, at=NOW + 2 * DAY)
    allowed = one.table.allowed_over_window(one.counters.sums, NOW + 2 * DAY)
    assert allowed.tolist() == [pytest.approx(0.01)]


def test_a_whole_period_is_allowed_what_is_left_of_it_by_the_target_of_today() -> None:
    turned = slo(target="0.99", window=DAY_IN_NEPAL, former=[Former(Decimal("0.9"), NOW - 7)])
    one, feeder = shard(watch(turned)), Feeder()
    feeder.count(key_of(turned), NOW - 17, 100, 100)
    feeder.count(key_of(turned), NOW - DAY, 400, 400)
    send(one, feeder)
    sums, elapsed = one.counters.sums, NOW + 3 - Calendar(DAY_IN_NEPAL).period(NOW)[0]
    expected = max(400, 100 * DAY / elapsed)
    allowed = one.table.allowed_over_period(sums, NOW) * expected
    assert allowed.tolist() == [pytest.approx(10 + (expected - 100) * 0.01)]


def test_every_window_of_status_and_conditions_is_summed() -> None:
    one = shard(watch(slo(window="36h"), slo("other", window="90d")))
    summed = set(one.counters.windows)
    assert summed >= {Rolling(36 * HOUR), Rolling(3 * DAY), Rolling(90 * DAY)}
    assert Rolling(9 * DAY) in summed  # of the default alert tiers over 90 d


def test_what_is_promised_is_counted_once_and_judged_by_its_own_target_and_window() -> None:
    deal = promised(CHECKOUT, target="0.8")
    one, feeder = shard(watch(CHECKOUT, promised=[deal])), Feeder()
    feeder.count(key_of(CHECKOUT), NOW, 85, 100)
    send(one, feeder)

    found = snapshot(one)
    assert found.series.tolist() == [key_of(CHECKOUT)]
    assert {Rolling(30 * DAY), Calendar(MONTH)} <= set(found.windows)
    assert found.breached_at == {("checkout", "availability", key_of(CHECKOUT)): NOW}
    assert [entry.objective.name for entry in one.table.entries] == [
        "availability",
        "deal: availability over 1M",
    ]
    feeder.count(key_of(CHECKOUT), NOW, 0, 100)
    send(one, feeder)
    broken = ("checkout", "deal: availability over 1M", key_of(CHECKOUT))
    assert snapshot(one).breached_at[broken] == NOW


def test_a_promise_alerts_nobody() -> None:
    deal = promised(CHECKOUT)
    one = shard(watch(CHECKOUT, promised=[deal]))
    windows: dict[WindowKey, int] = {w: at for at, w in enumerate(one.counters.windows)}

    checks = tabulate_checks(one.table.entries, windows)

    assert len(checks.entry) > 0
    assert {one.table.entries[at].slo.agreement for at in checks.entry.tolist()} == {None}


def test_objectives_alike_in_other_zones_look_back_over_the_slices_of_their_own_periods() -> None:
    berlin = replace(DAY_IN_NEPAL, time_zone="Europe/Berlin")
    slos = [
        sliced(slo(name, window=window), 7 * HOUR)
        for name, window in (("one", DAY_IN_NEPAL), ("two", berlin))
    ]
    one = shard(watch(*slos))
    windows: dict[WindowKey, int] = {w: at for at, w in enumerate(one.counters.windows)}

    checks = tabulate_checks(one.table.entries, windows)

    for run, part, _ in checks.ranges():
        for check in range(part.start, part.stop):
            lookback = one.counters.windows[run.long]
            assert isinstance(lookback, Rolling)
            assert lookback.anchor == checks.about(check).slo.window
    assert len(checks) > 0


def test_a_group_is_kept_for_as_long_as_the_longest_promise_about_it() -> None:
    grouped = slo(group_by=["tenant"], window="7d")
    found = watch(grouped, promised=[promised(grouped, window="90d")])
    assert [reach.seconds for reach in found.reach.values()] == [90 * DAY]


def test_a_series_that_nothing_defines_is_kept_for_a_week() -> None:
    one, feeder = shard(watch(CHECKOUT)), Feeder()
    unknown = key_of(slo("later"))
    feeder.count(unknown, NOW, 1, 2)
    send(one, feeder)
    one.drop_undefined(NOW)
    one.drop_undefined(NOW + KEPT)
    assert one.register.rows.find(np.array([unknown], np.uint64)).tolist() == [0]
    one.drop_undefined(NOW + KEPT + 1)
    assert one.register.rows.find(np.array([unknown], np.uint64)).tolist() == [-1]
    assert one.names_changed


def test_a_series_that_is_defined_in_time_stays() -> None:
    one, feeder = shard(watch(CHECKOUT)), Feeder()
    later = slo("later")
    feeder.count(key_of(later), NOW, 1, 2)
    send(one, feeder)
    one.use(watch(CHECKOUT, later, revision=2), NOW + DAY)
    one.drop_undefined(NOW + 30 * DAY)
    assert snapshot(one).total[:, -1].tolist() == [2]


def test_counting_since_is_when_the_last_source_reported_the_definition() -> None:
    one = shard(watch(CHECKOUT, revision=3, since=2))
    feeders = [Feeder(partition=p, partitions=2, revision=1) for p in range(2)]
    for feeder in feeders:
        send(one, feeder)
    feeders[0].revision = 3
    send(one, feeders[0], at=NOW + 1)
    assert snapshot(one).counted_since == {}
    feeders[1].revision = 2
    send(one, feeders[1], at=NOW + 2)
    assert snapshot(one).counted_since == {("checkout", "availability"): (NOW + 2) * 1000}
    feeders[0].revision = 1
    feeders[0].count(key_of(CHECKOUT), NOW, 1, 1)
    send(one, feeders[0], at=NOW + 9)
    assert snapshot(one).counted_since == {("checkout", "availability"): (NOW + 9) * 1000}


def test_a_row_that_changes_hands_begins_with_nothing() -> None:
    one, feeder = shard(watch(CHECKOUT, slo("next"))), Feeder()
    for age in (0, HOUR, 2 * DAY):
        feeder.count(key_of(CHECKOUT), NOW - age, 1, 2)
    send(one, feeder)
    one.register.drop(np.array([0], np.int64))
    spans = list(one.saving().spans(()))
    assert not any(span.counts.any() for span in spans)
    feeder.cut()
    feeder.count(key_of(slo("next")), NOW - 30 * HOUR, 5, 5)
    send(one, feeder)
    assert one.register.rows.find(np.array([key_of(slo("next"))], np.uint64)).tolist() == [0]
    assert one.register.last.tolist() == [(NOW - 30 * HOUR) // 10 * 10]
    assert snapshot(one).total.tolist() == [[0, 0, 0, 0, 0, 0, 5, 5]]
    assert one.counters.since_load[:, 0].tolist() == [5, 5]


def test_objectives_that_look_alike_are_checked_each_by_its_own_rules() -> None:
    """A promise alerts nobody, and the parts of a composite alert together."""
    alarm = policy()
    plain = slo("plain", policies=[alarm])
    whole = composite(slo("whole", policies=[alarm]), slo("whole", policies=[alarm]))
    quiet = slo("quiet")
    deal = promised(quiet, target="0.99", window="30d")
    expected = {"plain": 1, "whole": 1, "quiet": 4, "deal": 0}
    for order in ((plain, whole, quiet, deal), (deal, quiet, whole, plain)):
        found = shard(watch(plain, whole, quiet, promised=[deal]))
        entries = [watched(one, objective) for one in order for objective in one.objectives]
        windows = {window: at for at, window in enumerate(found.counters.windows)}
        checks = tabulate_checks(entries, windows)
        burns = Counter(
            checks.about(check).slo.agreement or checks.about(check).slo.name
            for check in range(len(checks))
            if checks.terms_of(check).run.kind is RuleKind.BURN
        )
        assert {name: burns[name] for name in expected} == expected
