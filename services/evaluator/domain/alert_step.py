"""One step of many alerts' state machines at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.delta import Bools, Ints

NONE, PENDING, FIRING = range(3)
"""Where a check stands; alerts that have ended are no more."""

HOLDS = -1  # the timer of a firing check whose rule holds

States = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Watching:
    """What a step goes by, one element a check; times in seconds.

    `timer` says how long the rule has held (pending) or has not held (firing, else HOLDS). `passed`
    is the time since the last step that counts: none while figures were out of date. `unsure`
    checks neither hold nor stop holding.
    """

    state: States
    timer: Ints
    holds: Bools
    unsure: Bools
    passed: Ints
    alert_after: Ints
    keep_firing: Ints


@dataclass(frozen=True, slots=True)
class Step:
    """What a step does: which checks begin to be pending, stop, fire, or end; and new timers."""

    pends: Bools
    stops: Bools
    fires: Bools
    ends: Bools
    timer: Ints


def step(now: Watching) -> Step:
    """Return the next step.

    A rule has held for `alert_after` when so much time has passed since it was first seen to hold,
    and not for `keep_firing` when so much has since it was first seen not to.
    """
    none, pending, firing = (now.state == state for state in (NONE, PENDING, FIRING))
    begins = none & now.holds
    goes_on = pending & now.holds
    calm = firing & ~now.holds & ~now.unsure
    timer = np.where(goes_on, now.timer + now.passed, 0)
    still_calm = np.where(now.timer == HOLDS, 0, now.timer + now.passed)
    timer = np.where(firing, np.where(calm, still_calm, HOLDS), timer)
    fires = (begins | goes_on) & (timer >= now.alert_after)
    ends = calm & (timer >= now.keep_firing)
    return Step(
        pends=begins & ~fires,
        stops=pending & ~now.holds,
        fires=fires,
        ends=ends,
        timer=np.where(fires, HOLDS, timer),
    )
