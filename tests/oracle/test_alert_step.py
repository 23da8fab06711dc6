"""The product's alert step, many at once, against the oracle's machine, one at a time."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.evaluator.domain.alert_step import FIRING, NONE, PENDING, Watching, step
from tests.oracle.alert import Condition, Look, Machine
from tests.oracle.window import HOUR

STATES = {"inactive": NONE, "resolved": NONE, "pending": PENDING, "firing": FIRING}
LOOKS = st.text("##..es~", min_size=1, max_size=40)
PATIENCE = st.sampled_from([0, 0, 1, 2, 5, 9])
STEPS = st.lists(st.sampled_from([1, 1, 1, 2, 7]), min_size=40, max_size=40)


@given(st.lists(st.tuples(LOOKS, PATIENCE, PATIENCE), min_size=1, max_size=5), STEPS)
def test_many_at_once(told: list[tuple[str, int, int]], steps: list[int]) -> None:
    machines = [
        Machine(Condition(HOUR, threshold=Fraction(1), alert_after=after, keep_firing_for=keep))
        for _, after, keep in told
    ]
    state, timer = np.zeros(len(told), np.int8), np.zeros(len(told), np.int64)
    at, before = 0, ["~"] * len(told)
    for number in range(max(len(pattern) for pattern, _, _ in told)):
        now = [(pattern + "." * 40)[number] for pattern, _, _ in told]
        for machine, one in zip(machines, now, strict=True):
            machine.tick(Look(at, one == "#", one == "e", one == "s", stale=one == "~"))
        seen = np.array([one != "~" for one in now])
        passed = np.array([0 if one == "~" else steps[number - 1] for one in before])
        done = step(
            Watching(
                state[seen],
                timer[seen],
                np.array([one == "#" for one in now])[seen],
                np.array([one == "s" for one in now])[seen],
                passed[seen],
                np.array([after for _, after, _ in told])[seen],
                np.array([keep for _, _, keep in told])[seen],
            )
        )
        moved = state[seen]
        moved[done.pends], moved[done.fires] = PENDING, FIRING
        moved[done.stops | done.ends] = NONE
        state[seen], timer[seen] = moved, done.timer
        assert state.tolist() == [STATES[machine.state] for machine in machines]
        at, before = at + steps[number], now
