"""What becomes of alerts: second by second through a real shard."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.evaluator.delivery.labels import labels
from shared.domain.alert_rule import RuleKind
from shared.domain.exclusion import Exclusion, Once
from shared.domain.silence import Comparison, Matcher, Silence
from shared.domain.slo import SLO, AlertPolicy
from shared.domain.window import DAY, HOUR, MINUTE, Calendar
from shared.sql.alert_rows import Delivery
from tests.unit.evaluator.alarm import STALE_AFTER, Alarm, policy
from tests.unit.evaluator.build import MONTH, NOW, group_name, sliced, slo

SUPPRESSED = Delivery.SUPPRESSED
STALE = 211 - 70  # what is 60 s old is not stale yet


def promise(*policies: AlertPolicy, name: str = "checkout") -> SLO:
    """Return an SLO of 99 %: a burn of 2 is an error ratio of 2 %."""
    return slo(name, policies=policies)


def burning(*policies: AlertPolicy) -> Alarm:
    """Return a shard in which half of what was counted failed."""
    alarm = Alarm(promise(*policies))
    alarm.count(50, 100)
    return alarm


def test_a_condition_that_holds_fires_at_once_and_tells() -> None:
    alarm = burning(policy())
    alarm.tick()
    assert alarm.steps() == [("firing", 1)]
    (told,) = alarm.notifications()
    assert (told.event.value, told.target, told.sequence) == ("firing", "mail", 1)
    assert told.id == f"{told.alert}/1/mail"
    assert (told.slo, told.objective, told.policy) == ("checkout", "availability", "fast")
    assert (told.severity, told.page, told.service) == ("page", True, "shop")


def test_a_transition_carries_the_figures_that_caused_it() -> None:
    alarm = burning(policy(short="5m"))
    alarm.tick()
    figures = alarm.notifications()[0].figures
    assert (figures.good, figures.bad, figures.total, figures.sli) == (50, 50, 100, 0.5)
    assert (figures.target, figures.window, figures.threshold) == (0.99, "30d", 2.0)
    assert (figures.lookback, figures.short_window) == ("1h", "5m")
    assert figures.burn_long == figures.burn_short == pytest.approx(50)
    assert figures.burn_rates["1h"] == pytest.approx(50)
    assert figures.remaining_ratio == pytest.approx(-49)
    assert figures.exhausted_at is not None
    assert int(figures.exhausted_at.timestamp()) == alarm.now


def test_a_burn_that_equals_the_threshold_is_decided_exactly() -> None:
    for op, fires in (("gt", False), ("gte", True), ("lt", False), ("lte", True)):
        alarm = Alarm(slo(target="0.999", policies=[policy(threshold="1000", op=op)]))
        alarm.count(7, 7)
        alarm.tick()
        assert alarm.states() == ["firing"] * fires


def test_a_low_burn_alerts_where_that_is_asked_for() -> None:
    alarm = Alarm(promise(policy(op="lt")))
    alarm.count(1, 100)
    alarm.tick()
    assert alarm.states() == ["firing"]


def test_an_alert_is_pending_until_the_condition_has_held_for_alert_after() -> None:
    alarm = burning(policy(alert_after=30))
    for _ in range(40):
        alarm.tick()
    assert alarm.steps() == [("pending", 1), ("firing", 31)]
    assert alarm.told() == ["burns firing"]
    assert alarm.notifications()[0].sequence == 2


def test_a_pending_alert_whose_condition_stops_holding_comes_to_nothing() -> None:
    alarm = burning(policy(alert_after=30))
    alarm.tick()
    alarm.count(0, 10_000)
    alarm.tick()
    assert alarm.steps() == [("pending", 1), ("inactive", 2)]
    assert alarm.told() == []


def test_a_break_makes_a_pending_alert_begin_anew() -> None:
    alarm = burning(policy(alert_after=3))
    alarm.tick(2)
    alarm.count(0, 10_000)
    alarm.tick()
    alarm.count(5_000, 5_000)
    for _ in range(5):
        alarm.tick()
    assert alarm.steps() == [("pending", 2), ("inactive", 3), ("pending", 4), ("firing", 7)]


def test_an_alert_resolves_as_soon_as_its_condition_does_not_hold() -> None:
    alarm = burning(policy())
    alarm.tick()
    alarm.count(0, 10_000)
    alarm.tick()
    assert alarm.steps() == [("firing", 1), ("resolved", 2)]
    assert alarm.told() == ["burns firing", "burns resolved"]
    end = alarm.notifications()[-1]
    assert (end.reason, end.sequence, int(end.starts_at.timestamp())) == (
        "recovered",
        2,
        alarm.now - 1,
    )


def test_an_alert_goes_on_firing_until_it_was_calm_for_long_enough() -> None:
    alarm = burning(policy(keep_firing_for=10))
    alarm.tick()
    alarm.count(0, 10_000)
    for _ in range(5):
        alarm.tick()
    alarm.count(5_000, 5_000)
    alarm.tick()
    alarm.count(0, 1_000_000)
    for _ in range(20):
        alarm.tick()
    assert alarm.steps() == [("firing", 1), ("resolved", 18)]


def test_an_alert_that_comes_back_is_another_one() -> None:
    alarm = burning(policy())
    alarm.tick()
    alarm.count(0, 10_000)
    alarm.tick()
    alarm.count(10_000, 10_000)
    alarm.tick()
    assert alarm.states() == ["resolved", "firing"]
    assert len({one.alert for one in alarm.notifications()}) == 2


def test_nothing_happens_twice_in_a_second() -> None:
    alarm = burning(policy())
    alarm.tick()
    alarm.count(0, 10_000)
    alarm.tick(0)
    assert alarm.states() == ["firing"]
    alarm.tick()
    assert alarm.states() == ["resolved"]


def test_both_windows_must_burn() -> None:
    alarm = Alarm(promise(policy(short="5m")))
    alarm.count(50, 100, ago=10 * MINUTE)
    alarm.count(0, 100)
    alarm.tick()
    assert alarm.states() == []


def test_a_short_window_without_data_neither_fires_nor_resolves() -> None:
    alarm = Alarm(promise(policy(short="5m")))
    alarm.count(50, 100, ago=10 * MINUTE)
    alarm.tick()
    assert alarm.states() == []
    alarm.count(1, 1)
    alarm.tick()
    assert alarm.states() == ["firing"]
    alarm.tick(6 * MINUTE)
    assert alarm.states() == ["firing"]
    alarm.count(0, 1)
    alarm.tick()
    assert alarm.states() == ["resolved"]


def test_an_alert_resolves_for_lack_of_data_when_its_lookback_is_empty() -> None:
    alarm = burning(policy())
    alarm.tick()
    alarm.tick(HOUR + 10)
    assert alarm.states() == ["resolved"]
    assert alarm.notifications()[-1].reason == "no_data"


@pytest.mark.parametrize(("least", "states"), [(1, ["firing"]), (2, [])])
def test_a_floor_of_bad_events_keeps_low_traffic_quiet(least: int, states: list[str]) -> None:
    alarm = Alarm(promise(policy(min_bad_events=least)))
    alarm.count(1, 3)
    alarm.tick()
    assert alarm.states() == states


def test_time_spent_stale_does_not_count_for_firing() -> None:
    alarm = burning(policy(alert_after=100))
    for fresh in [True] * 10 + [False] * 200 + [True] * 100:
        alarm.tick(fresh=fresh)
    assert alarm.steps() == [("pending", 1), ("firing", 1 + 100 + STALE)]


def test_time_spent_stale_does_not_count_for_resolving() -> None:
    alarm = burning(policy(keep_firing_for=100))
    alarm.tick()
    alarm.count(0, 10_000)
    for fresh in [True] * 10 + [False] * 200 + [True] * 100:
        alarm.tick(fresh=fresh)
    assert alarm.steps() == [("firing", 1), ("resolved", 2 + 100 + STALE)]


def test_targets_are_told_once_that_figures_are_out_of_date() -> None:
    alarm = Alarm(promise(policy(), policy("slow", name="slow", targets=("mail", "chat"))))
    alarm.count(0, 10)
    alarm.tick()
    for _ in range(100):
        alarm.tick(fresh=False)
    assert [(one.event.value, one.target) for one in alarm.notifications()] == [
        ("stale", "mail"),
        ("stale", "chat"),
    ]
    alarm.tick()
    assert alarm.told()[2:] == ["stale resolved"] * 2


def test_an_slo_stays_stale_whatever_becomes_of_its_objectives() -> None:
    one = promise(policy())
    named = {name: replace(one.objectives[0], name=name) for name in ("a", "b", "c")}
    alarm = Alarm(replace(one, objectives=(named["a"], named["b"])))
    alarm.count(0, 10)
    alarm.tick()
    alarm.tick(STALE_AFTER + 1, fresh=False)
    for revision, names in enumerate(("ba", "bc", "c"), 2):
        objectives = tuple(named[name] for name in names)
        alarm.define(replace(one, objectives=objectives), revision=revision)
        alarm.tick(STALE_AFTER, fresh=False)
    (told,) = alarm.notifications()
    assert (told.event.value, told.objective, told.figures.sli) == ("stale", "all objectives", None)


def test_a_policy_that_is_called_as_the_one_about_stale_figures_is_told_from_it() -> None:
    alarm = burning(policy("leeway", name="stale"))
    alarm.tick()
    alarm.tick(STALE_AFTER + 1, fresh=False)
    alarm.take_over()
    alarm.tick(STALE_AFTER)
    alarm.count(0, 10_000)
    alarm.tick()
    assert set(alarm.states()) == {"resolved"}
    assert alarm.told() == ["stale firing", "stale stale", "stale resolved", "stale resolved"]


def test_a_new_owner_lets_figures_arrive_before_it_calls_them_out_of_date() -> None:
    alarm = Alarm(promise(policy()))
    alarm.count(0, 10)
    alarm.tick()
    alarm.now += 10 * MINUTE
    alarm.take_over()
    for _ in range(STALE_AFTER - 1):
        alarm.tick(fresh=False)
    assert alarm.told() == []
    alarm.tick(fresh=False)
    assert alarm.told() == ["stale stale"]


def test_new_definitions_let_figures_arrive_before_they_are_called_out_of_date() -> None:
    alarm = Alarm(promise(policy()))
    alarm.tick()
    alarm.now += 10 * MINUTE
    alarm.define(promise(policy(), name="another"))
    for _ in range(STALE_AFTER - 1):
        alarm.tick(fresh=False)
    assert alarm.told() == []
    alarm.tick(fresh=False)
    assert alarm.told() == ["stale stale"]


def test_that_figures_are_out_of_date_is_told_also_while_a_page_fires() -> None:
    alarm = burning(policy())
    alarm.tick()
    for _ in range(100):
        alarm.tick(fresh=False)
    assert alarm.told() == ["burns firing", "stale stale"]


def test_a_new_owner_waits_until_everything_before_it_is_counted() -> None:
    alarm = burning(policy())
    alarm.tick(fresh=False)
    assert alarm.states() == ["firing"]  # complete up to the very moment
    later = Alarm(promise(policy()))
    later.take_over()
    later.shard._judgement.taken_at = later.now + 5
    later.count(50, 100)
    for _ in range(10):
        later.tick()
    assert later.steps() == [("firing", 5)]


def test_who_asks_for_it_is_told_when_there_is_no_data() -> None:
    alarm = Alarm(slo(window="2h", policies=[policy(no_data=True, lookback="5m", breaching=False)]))
    alarm.tick()
    alarm.count(0, 10)
    alarm.tick()
    alarm.tick(HOUR)
    assert alarm.told() == []
    alarm.tick(HOUR + 80)
    assert alarm.told() == ["no-data no_data"]
    alarm.count(0, 10)
    alarm.tick()
    assert alarm.told() == ["no-data no_data", "no-data resolved"]


def test_events_whose_slice_has_not_ended_yet_are_not_silence() -> None:
    one = slo(window="2h", policies=[policy(no_data=True, lookback="5m", breaching=False)])
    alarm = Alarm(sliced(one, HOUR), at=NOW // HOUR * HOUR)
    alarm.count(0, 10)
    alarm.tick()
    alarm.tick(HOUR)
    assert alarm.told() == []
    alarm.tick(3 * HOUR)
    assert alarm.told() == ["no-data no_data"]


def test_nothing_is_missed_of_what_never_counted_anything_excluded_or_not() -> None:
    one = slo(window="2h", policies=[policy(no_data=True, lookback="5m", breaching=False)])
    past = Exclusion("repair", Once(NOW - DAY, NOW - HOUR), None, None, "a repair", "ann")
    alarm = Alarm(replace(one, exclusions=(past,)))
    alarm.tick(3 * HOUR)
    assert alarm.told() == []
    alarm.count(0, 10)
    alarm.tick()
    alarm.tick(6 * HOUR)
    assert alarm.told() == ["no-data no_data"]


def test_nothing_is_missed_of_what_only_counted_in_excluded_time() -> None:
    one = slo(window="2h", policies=[policy(no_data=True, lookback="5m", breaching=False)])
    launch = Exclusion("launch", Once(NOW - DAY, NOW + HOUR), None, None, "a launch", "ann")
    alarm = Alarm(replace(one, exclusions=(launch,)))
    alarm.count(0, 10)
    alarm.tick()
    alarm.tick(3 * HOUR)
    assert alarm.told() == []
    alarm.count(0, 10)
    alarm.tick()
    alarm.take_over()
    alarm.tick(6 * HOUR)
    assert alarm.told() == ["no-data no_data"]


def test_what_is_not_asked_for_is_recorded_and_not_told() -> None:
    alarm = burning(policy(breaching=False, resolved=False))
    alarm.tick()
    alarm.count(0, 10_000)
    alarm.tick()
    assert alarm.steps() == [("firing", 1), ("resolved", 2)]
    assert alarm.told() == []


def test_default_tiers_are_recorded_and_told_to_nobody() -> None:
    alarm = Alarm(slo(target="0.999"))
    alarm.count(50, 100)
    alarm.tick()
    assert alarm.conditions() == ["fast-page", "fast-ticket", "slow-page", "slow-ticket"]
    assert alarm.told() == alarm.told(SUPPRESSED) == []


def test_an_alert_ends_with_its_definition() -> None:
    alarm = burning(policy(), policy("slow", name="slow", alert_after=HOUR))
    alarm.tick()
    alarm.define(promise(name="another"))
    alarm.tick()
    assert alarm.states() == ["resolved", "inactive"]
    assert {row.reason for row in alarm.stored.rows.values()} == {"deleted"}
    assert alarm.told() == ["burns firing", "burns resolved"]


def test_definitions_older_than_those_an_alert_went_by_do_not_end_it() -> None:
    alarm = burning(policy())
    alarm.define(*alarm.slos, revision=3)
    alarm.tick()
    alarm.define(promise(name="another"), revision=2)
    alarm.tick()
    assert alarm.states() == ["firing"]
    alarm.define(promise(name="another"), revision=3)
    alarm.tick()
    assert alarm.states() == ["resolved"]


def test_an_alert_goes_on_through_a_change_of_its_threshold() -> None:
    alarm = burning(policy())
    alarm.tick()
    alarm.define(promise(policy(threshold="10", severity="ticket")))
    alarm.tick()
    assert alarm.states() == ["firing"]
    alarm.define(promise(policy(threshold="60", severity="ticket")), revision=3)
    alarm.tick()
    assert alarm.states() == ["resolved"]
    assert alarm.notifications()[-1].severity == "ticket"


def test_receivers_know_an_alert_by_the_same_labels_until_it_is_over() -> None:
    alarm = burning(policy("other"))
    alarm.define(replace(promise(policy()), labels={"team": "payments"}))
    alarm.tick()
    changed = replace(promise(policy(severity="ticket")), service="store", labels={"team": "shop"})
    alarm.define(changed, revision=3)
    alarm.take_over()
    alarm.tick()
    alarm.define(promise(name="another"), revision=4)
    alarm.tick()
    began, ended = alarm.notifications()
    assert (ended.severity, ended.service, ended.labels) == ("ticket", "store", {})
    assert labels(ended) == labels(began)
    assert labels(began).items() >= {"team": "payments", "severity": "page"}.items()


def test_every_group_alerts_for_itself() -> None:
    one = slo(group_by=["tenant"], policies=[policy()])
    alarm = Alarm(one)
    for tenant, bad in (("a", 50), ("b", 0)):
        name = group_name(one, tenant)
        alarm.feeder.names[name.series] = name
        alarm.count(bad, 100, group=tenant)
    alarm.tick()
    assert [dict(told.group) for told in alarm.notifications()] == [{"tenant": "a"}]


@pytest.mark.parametrize(
    ("left", "below", "within", "fires"),
    [
        (0.5, "0.25", None, False),
        (0.25, "0.25", None, False),
        (0.2, "0.25", None, True),
        (0.5, None, 20 * DAY, True),
        (0.5, None, 10 * DAY, False),
        (0.1, None, 3 * DAY, True),
        (0.1, None, 3 * DAY - 1, False),
        (-1, None, MINUTE, True),
        (0.2, "0.25", MINUTE, False),
    ],
)
def test_a_budget_alert_waits_until_so_little_is_left(
    left: float, below: str | None, within: int | None, *, fires: bool
) -> None:
    narrowed = policy(
        threshold="0",
        op="gte",
        budget_below=Decimal(below) if below else None,
        exhausted_within=within,
    )
    alarm = Alarm(promise(narrowed))
    alarm.count(round(100 * (1 - left)) - 1, 9_900, ago=2 * DAY)
    alarm.count(1, 100)  # a burn of 1 over the last hour
    alarm.tick()
    assert alarm.states() == ["firing"] * fires


@pytest.mark.parametrize(("below", "fires"), [("0.3", True), ("0.1", False)])
def test_a_budget_alert_in_a_calendar_window_goes_by_the_whole_period(
    below: str, *, fires: bool
) -> None:
    narrowed = policy(threshold="0", op="gte", budget_below=Decimal(below))
    alarm = Alarm(slo(window=MONTH, policies=[narrowed]))
    start, end = Calendar(MONTH).period(NOW)
    alarm.count(99, 9_900, ago=2 * DAY)
    alarm.count(1, 100)  # so far the budget is spent, but for the month it is not
    alarm.tick()
    assert alarm.states() == ["firing"] * fires
    for told in alarm.notifications():
        left = 1 - (NOW - start) / (end - start)
        assert told.figures.remaining_ratio == pytest.approx(left, abs=0.001)


@pytest.mark.parametrize(
    ("left", "within", "ends", "fires"),
    [
        (0.1, 72 * HOUR, 5 * DAY, True),
        (0.1, 72 * HOUR - 1, 5 * DAY, False),
        (0.15, 5 * DAY, 108 * HOUR + 1, True),
        (0.15, 5 * DAY, 108 * HOUR, False),
    ],
)
def test_a_budget_that_outlasts_what_is_asked_for_or_its_period_is_not_short(
    left: float, within: int, ends: int, *, fires: bool
) -> None:
    narrowed = policy(threshold="0", op="gte", exhausted_within=within)
    end = Calendar(MONTH).period(NOW)[1]
    alarm = Alarm(slo(window=MONTH, policies=[narrowed]), at=end - ends - 1)
    alarm.count(0, 10_000, ago=30 * DAY)  # what the month is expected to count: 100 may be bad
    spent = round(100 * (1 - left)) - 1
    alarm.count(spent, spent, ago=2 * DAY)
    alarm.count(1, 100)  # a burn of 1 over the last hour
    alarm.tick()
    assert alarm.states() == ["firing"] * fires


def test_tickets_are_not_sent_while_a_page_of_the_objective_fires() -> None:
    alarm = burning(policy(), policy("slow", name="slow", severity="ticket", lookback="6h"))
    alarm.tick()
    assert alarm.told() == ["burns firing"]
    assert alarm.told(SUPPRESSED) == ["slow firing"]
    alarm.tick(HOUR + 10)
    assert alarm.states() == ["resolved", "firing"]
    assert alarm.told() == ["burns firing", "slow firing", "burns resolved"]
    assert alarm.told(SUPPRESSED) == []


def test_a_ticket_that_is_over_before_the_page_is_never_sent() -> None:
    slow = policy("slow", name="slow", severity="ticket", lookback="30m")
    alarm = burning(policy(), slow)
    alarm.tick()
    alarm.tick(HOUR - 60)
    assert alarm.states() == ["firing", "resolved"]
    alarm.tick(70)
    assert alarm.told() == ["burns firing", "burns resolved"]
    assert alarm.told(SUPPRESSED) == ["slow firing"]


def test_a_page_of_another_objective_keeps_no_ticket_back() -> None:
    slow = policy("slow", name="slow", severity="ticket")
    alarm = Alarm(promise(policy()), promise(slow, name="other"))
    alarm.count(50, 100)
    alarm.count(50, 100, slo=1)
    alarm.tick()
    assert sorted(alarm.told()) == ["burns firing", "slow firing"]


def silence(alarm: Alarm, *, value: str = "checkout", minutes: int = 10) -> Silence:
    """Return a silence of an SLO that begins now."""
    at = datetime.fromtimestamp(alarm.now, UTC)
    ends = at + timedelta(minutes=minutes)
    return Silence("s", (Matcher("slo", Comparison.EQUAL, value),), at, ends, "ada", "", at)


def test_a_silenced_alert_is_recorded_and_told_once_the_silence_ends() -> None:
    alarm = burning(policy())
    alarm.silences.append(silence(alarm))
    alarm.tick()
    assert (alarm.states(), alarm.told(), alarm.told(SUPPRESSED)) == (
        ["firing"],
        [],
        ["burns firing"],
    )
    alarm.tick(10 * MINUTE)
    assert (alarm.told(), alarm.told(SUPPRESSED)) == (["burns firing"], [])


def test_a_silenced_alert_that_is_over_in_time_is_told_to_nobody() -> None:
    alarm = burning(policy())
    alarm.silences.append(silence(alarm))
    alarm.tick()
    alarm.count(0, 10_000)
    alarm.tick()
    alarm.tick(20 * MINUTE)
    assert (alarm.states(), alarm.told()) == (["resolved"], [])


def test_the_end_of_what_was_told_is_told_in_spite_of_a_silence() -> None:
    alarm = burning(policy())
    alarm.tick()
    alarm.silences.append(silence(alarm))
    alarm.count(0, 10_000)
    alarm.tick()
    assert alarm.told() == ["burns firing", "burns resolved"]


def test_a_silence_of_something_else_keeps_nothing_back() -> None:
    alarm = burning(policy())
    alarm.silences.append(silence(alarm, value="search"))
    alarm.tick()
    assert alarm.told() == ["burns firing"]


def test_a_new_owner_still_owes_what_was_suppressed() -> None:
    alarm = burning(policy())
    alarm.silences.append(silence(alarm))
    alarm.tick()
    alarm.take_over()
    alarm.tick()
    assert alarm.told() == []
    alarm.tick(10 * MINUTE)
    assert alarm.told() == ["burns firing"]


def test_the_time_that_nobody_watched_brings_no_alert_nearer() -> None:
    alarm = burning(policy(alert_after=30))
    for _ in range(10):
        alarm.tick()
    alarm.take_over()
    alarm.tick(5 * MINUTE)
    assert alarm.steps() == [("pending", 1)]
    alarm.tick(20)
    alarm.tick()
    assert alarm.steps() == [("pending", 1), ("firing", 331)]


def test_an_alert_goes_by_what_its_definition_says_today() -> None:
    alarm = burning(policy(name="no-data", severity="page"))
    alarm.tick()
    alarm.define(promise(policy(no_data=True, severity="ticket")))
    (one,) = alarm.shard.alerting.open_alerts()
    assert (one.alert.kind, one.alert.severity, one.alert.page) == (
        RuleKind.NO_DATA,
        "ticket",
        False,
    )
