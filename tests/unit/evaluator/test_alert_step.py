"""The vectorised step against a machine that is written out for one alert."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.evaluator.domain.alert_step import FIRING, HOLDS, NONE, PENDING, Watching, step

SIGHT = st.sampled_from(["holds", "calm", "unsure", "blind"])


@dataclass
class Naive:
    """One alert, by the words of the semantics."""

    alert_after: int
    keep_firing: int
    state: int = NONE
    held: int = 0
    calm: int | None = None

    def see(self, sight: str, passed: int) -> str:
        if sight == "blind":
            return ""
        holds = sight == "holds"
        if self.state == NONE:
            return self._begin() if holds else ""
        if self.state == PENDING:
            if not holds:
                self.state = NONE
                return "stops"
            self.held += passed
            return self._fire() if self.held >= self.alert_after else ""
        if sight != "calm":
            self.calm = None
            return ""
        self.calm = 0 if self.calm is None else self.calm + passed
        if self.calm < self.keep_firing:
            return ""
        self.state = NONE
        return "ends"

    def _begin(self) -> str:
        self.held = 0
        if self.alert_after == 0:
            return self._fire()
        self.state = PENDING
        return "pends"

    def _fire(self) -> str:
        self.state, self.calm = FIRING, None
        return "fires"


class Stepped:
    """The same alert by the arrays, next to another one that must not disturb it."""

    def __init__(self, alert_after: int, keep_firing: int) -> None:
        self._alert_after = np.array([0, alert_after], np.int64)
        self._keep_firing = np.array([0, keep_firing], np.int64)
        self._state = np.array([FIRING, NONE], np.int8)
        self._timer = np.array([HOLDS, 0], np.int64)

    def see(self, sight: str, passed: int) -> str:
        if sight == "blind":
            return ""
        done = step(
            Watching(
                self._state,
                self._timer,
                np.array([True, sight == "holds"]),
                np.array([False, sight == "unsure"]),
                np.array([passed, passed], np.int64),
                self._alert_after,
                self._keep_firing,
            )
        )
        self._timer = done.timer
        self._state[done.ends | done.stops] = NONE
        self._state[done.pends] = PENDING
        self._state[done.fires] = FIRING
        names = ("pends", "stops", "fires", "ends")
        return next((name for name in names if getattr(done, name)[1]), "")


@given(
    alert_after=st.integers(0, 5),
    keep_firing=st.integers(0, 5),
    seen=st.lists(st.tuples(SIGHT, st.integers(0, 3)), max_size=40),
)
def test_many_alerts_step_as_one_does(
    alert_after: int, keep_firing: int, seen: list[tuple[str, int]]
) -> None:
    naive, stepped = Naive(alert_after, keep_firing), Stepped(alert_after, keep_firing)
    for sight, passed in seen:
        assert stepped.see(sight, passed) == naive.see(sight, passed)
