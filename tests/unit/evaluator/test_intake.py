from math import isnan

from prometheus_client import CollectorRegistry

from services.evaluator.intake import Intake
from services.evaluator.vitals import Vitals
from tests.unit.evaluator.rig import AWAY, TOPIC, Rig, Running


async def test_what_waits_in_the_log_is_shown_while_kafka_can_tell() -> None:
    rig, registry = Rig(), CollectorRegistry()
    running = Running(rig, 0.05)
    intake = Intake(TOPIC, rig.log, rig.log, running.holding, Vitals(registry))

    def shown() -> float:
        return registry.get_sample_value("leeway_evaluator_lag_records") or 0.0

    assert isnan(shown())
    for _ in range(5):
        rig.log.append(0, b"any")
    await running.hold(next_offset=2)
    await intake.measure()
    assert shown() == 3
    running.holding.held[0].shard.progress.next_offset = 5
    await intake.measure()
    assert shown() == 0
    rig.log.failing = AWAY
    await intake.measure()
    assert isnan(shown())
