"""What Prometheus sees of the objectives."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from services.evaluator.checkpoint import restored
from services.evaluator.domain.shard import Shard
from services.evaluator.domain.watch import Watch
from services.evaluator.figures import Figures
from services.evaluator.held import Held, Holding
from services.evaluator.metrics import Metrics
from shared.domain.exclusion import Exclusion, Once
from shared.domain.reason import Reason
from shared.domain.series import invalid_key
from shared.domain.slo import SLO
from shared.domain.window import DAY, HOUR
from shared.sql.shard_rows import Claim
from tests.unit.evaluator.build import (
    MONTH,
    NOW,
    REQUESTS,
    Feeder,
    group_name,
    key_of,
    promised,
    slo,
    watch,
)
from tests.unit.evaluator.mortal import World

Samples = dict[str, float]


class Scene:
    """One shard with its metrics, and one source."""

    def __init__(self, *slos: SLO, promised: Sequence[SLO] = ()) -> None:
        found: Watch = watch(*slos, promised=promised)
        claim = Claim(1, 0, "", None, None, 0, 0)
        self.shard: Shard = restored(claim, 0, 1, NOW, found.windows)
        self.shard.use(found, NOW)
        self.feeder = Feeder()
        self.holding = Holding(1.0)
        self.holding.held[0] = Held(self.shard, 1, Figures(self.shard), 0)
        self.metrics = Metrics(self.holding, lambda: NOW + 10.0)

    def send(self, offset: int = 0, complete_until: int = NOW * 1000) -> None:
        message = self.feeder.message(complete_until=complete_until)
        self.shard.apply(offset, NOW * 1000, message)
        self.shard.advance(NOW, 60)

    def samples(self) -> Samples:
        return dict(self._samples())

    def _samples(self) -> Iterator[tuple[str, float]]:
        for family in text_string_to_metric_families(self.metrics.take()().decode()):
            for sample in family.samples:
                labels = ",".join(f"{k}={v}" for k, v in sample.labels.items() if k not in IMPLIED)
                yield f"{sample.name}{{{labels}}}", sample.value


IMPLIED = ("slo", "objective", "service")
CHECKOUT = slo(target="0.9")


def test_what_an_agreement_promises_is_shown_with_its_name() -> None:
    scene = Scene(CHECKOUT, promised=[promised(CHECKOUT, target="0.8", name="deal")])
    scene.feeder.count(key_of(CHECKOUT), NOW, 90, 100)
    scene.send()
    samples = scene.samples()
    remaining = "leeway_error_budget_remaining_ratio"
    assert samples["leeway_objective_ratio{agreement=deal}"] == 0.8
    assert (samples[f"{remaining}{{}}"], samples[f"{remaining}{{agreement=deal}}"]) == (0.0, 0.5)


def test_an_objective_shows_its_target_ratios_burn_rates_and_budget() -> None:
    scene = Scene(CHECKOUT)
    scene.feeder.count(key_of(CHECKOUT), NOW, 95, 100)
    scene.feeder.count(key_of(CHECKOUT), NOW - 2 * HOUR, 75, 100)
    scene.send()
    samples = scene.samples()
    assert samples["leeway_objective_ratio{}"] == 0.9
    assert samples["leeway_sli_ratio{window=5m}"] == 0.95
    assert samples["leeway_sli_ratio{window=30d}"] == 0.85
    assert round(samples["leeway_burn_rate{window=1h}"], 12) == 0.5
    assert round(samples["leeway_burn_rate{window=6h}"], 12) == 1.5
    assert round(samples["leeway_error_budget_remaining_ratio{}"], 12) == -0.5
    assert "leeway_whole_period_budget_remaining_ratio{}" not in samples
    assert samples["leeway_events_total{outcome=good}"] == 170
    assert samples["leeway_events_total{outcome=bad}"] == 30
    assert samples[f"leeway_pipeline_lag_seconds{{topic={REQUESTS.topic}}}"] == 10


def test_a_calendar_window_shows_the_budget_so_far_and_of_the_whole_period() -> None:
    monthly = slo(window=MONTH, target="0.9")
    scene = Scene(monthly)
    scene.feeder.count(key_of(monthly), NOW, 90, 100)
    scene.feeder.count(key_of(monthly), NOW - 31 * DAY, 1000, 1000)
    scene.send()
    samples = scene.samples()
    assert abs(samples["leeway_error_budget_remaining_ratio{}"]) < 1e-12
    assert round(samples["leeway_whole_period_budget_remaining_ratio{}"], 12) == 0.9


def test_what_is_unknown_is_left_out() -> None:
    scene = Scene(CHECKOUT)
    samples = scene.samples()
    assert samples["leeway_objective_ratio{}"] == 0.9
    assert not any("sli_ratio" in name or "burn" in name or "lag" in name for name in samples)
    scene.feeder.count(key_of(CHECKOUT), NOW - 2 * HOUR, 1, 1)
    scene.send()
    assert "leeway_sli_ratio{window=1h}" not in scene.samples()
    assert scene.samples()["leeway_sli_ratio{window=6h}"] == 1


def test_event_counters_hold_back_a_correction_downwards() -> None:
    scene = Scene(CHECKOUT)
    shown = []
    for offset, good in enumerate((10, 7, 9, 12)):
        scene.feeder.cells = {(key_of(CHECKOUT), NOW // 10): (good, good)}
        scene.feeder.e += 1
        scene.send(offset)
        shown.append(scene.samples()["leeway_events_total{outcome=good}"])
    assert shown == [10, 10, 10, 12]


def test_counters_do_not_fall_when_definitions_change() -> None:
    scene = Scene(CHECKOUT)
    scene.feeder.count(key_of(CHECKOUT), NOW, 5, 5)
    scene.send()
    scene.samples()
    scene.shard.use(watch(slo("another"), CHECKOUT, revision=2), NOW)
    assert scene.metrics.take()().decode().count('outcome="good"} 5') == 1


async def test_counters_do_not_count_the_past_once_more_when_exclusions_change() -> None:
    world, feeder = World(watch(CHECKOUT)), Feeder()
    feeder.count(key_of(CHECKOUT), NOW - 2 * DAY, 90, 100)
    world.log.append((NOW * 1000, feeder.message(complete_until=NOW * 1000)))
    await world.save(await world.owner())
    repair = Exclusion("repair", Once(NOW - DAY, NOW - HOUR), None, None, "a repair", "ann")
    world.watch = watch(replace(CHECKOUT, exclusions=(repair,)), revision=2)
    holding = Holding(1.0)
    loaded = await world.owner()
    loaded.advance(NOW, 60)
    holding.held[0] = Held(loaded, 1, Figures(loaded), 0)
    text = Metrics(holding, lambda: NOW).take()().decode()
    assert text.count("leeway_events_total{") == text.count('outcome="good"} 0') * 2 == 2
    assert 'window="3d"} 0.9' in text


def test_each_group_has_a_label_that_cannot_be_mistaken() -> None:
    grouped = slo(group_by=("tenant", "region"))
    scene = Scene(grouped)
    for values in (("a", "eu"), ('b,region=x"', "us\n")):
        name = group_name(grouped, *values)
        scene.feeder.names[name.series] = name
        scene.feeder.count(name.series, NOW, 1, 1)
    scene.send()
    families = text_string_to_metric_families(scene.metrics.take()().decode())
    found = {s.labels["group"] for f in families for s in f.samples if "group" in s.labels}
    assert found == {"tenant=a,region=eu", 'tenant=b\\,region=x",region=us\n'}


def test_rejected_records_are_counted_by_topic_and_reason() -> None:
    scene = Scene(CHECKOUT)
    scene.feeder.count(invalid_key(REQUESTS.topic, Reason.NOT_JSON), NOW, 0, 3)
    scene.send()
    name = f"leeway_invalid_events_total{{topic={REQUESTS.topic},reason=not_json}}"
    assert scene.samples()[name] == 3


def test_lost_offsets_show_before_anything_was_lost() -> None:
    scene = Scene(CHECKOUT)
    scene.send()
    assert scene.samples()[f"leeway_lost_offsets_total{{topic={REQUESTS.topic}}}"] == 0


def test_a_shard_that_was_dropped_shows_nothing() -> None:
    scene = Scene(CHECKOUT)
    scene.send()
    scene.holding.drop(0)
    samples = scene.samples()
    assert samples["leeway_evaluator_series{}"] == 0
    assert not any("objective_ratio" in name or "topic" in name for name in samples)


def test_every_condition_shows_whether_its_alert_fires() -> None:
    strict = slo(target="0.999")
    scene = Scene(strict)
    scene.feeder.count(key_of(strict), NOW - 90 * 60, 50, 100)
    scene.feeder.count(key_of(strict), NOW, 10, 10)
    scene.send()
    shown = {key: value for key, value in scene.samples().items() if "alert_firing" in key}
    assert shown == {
        f"leeway_alert_firing{{policy=default,condition={tier},severity={severity}}}": fires
        for tier, severity, fires in (
            ("fast-page", "page", 0),
            ("slow-page", "page", 0),
            ("fast-ticket", "ticket", 1),
            ("slow-ticket", "ticket", 1),
        )
    }
