"""The counting protocol under attack: our session, delivery and fold code, in random runs."""

import os

import pytest

from tests.unit.protocol.actors import Rules
from tests.unit.protocol.adversary import run

SEEDS = 1_000
SOAK_SEEDS = int(os.environ.get("LEEWAY_SOAK_SEEDS", "50000"))
SLICES = 10


@pytest.mark.parametrize("part", range(SLICES))
def test_every_event_is_counted_once_whatever_stops_when(part: int) -> None:
    check(range(part, SEEDS, SLICES))


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(SLICES))
def test_every_event_is_counted_once_in_many_more_runs(part: int) -> None:
    check(range(SEEDS + part, SEEDS + SOAK_SEEDS, SLICES))


def test_the_adversary_finds_real_gaps() -> None:
    assert any(run(seed, Rules()).true_gap for seed in range(3, 203, 4))


def check(seeds: range) -> None:
    verdicts = {seed: run(seed, Rules()).faults() for seed in seeds}
    assert {seed: faults for seed, faults in verdicts.items() if faults} == {}
