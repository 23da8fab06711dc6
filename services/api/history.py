"""Composes the history of an SLO: what was counted step by step, and the budget left after each."""

from dataclasses import dataclass, replace

from services.api.allowance import Allowance
from services.api.errors import BadRequest
from services.api.figures import NOTHING, Count, Facts
from services.api.schema.answer import moment
from services.api.schema.history import RawStep, Step
from services.api.tally import CountOf, series_of, shown_of, slices_of, tally
from shared.domain.bucket import BUCKET
from shared.domain.budget import allowed_ratio, burn_rate
from shared.domain.burn_window import own_window, turn_windows
from shared.domain.corrected import before_exclusions
from shared.domain.slicing import Slicing, slicing_of
from shared.domain.slo import SLO, Objective, RollingWindow
from shared.domain.version import in_force
from shared.domain.window import DAY, HOUR, MINUTE, Calendar, WindowKey
from shared.history import Interval, Timeline
from shared.rows import NOBODY

STEPS = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY)
USUAL_STEPS = 120
MOST_STEPS = 2_000


@dataclass(frozen=True, slots=True)
class Course:
    """The time a history runs over, in steps; all in seconds."""

    start: int
    end: int
    step: int


def course_of(start: int, end: int, step: int | None) -> Course:
    """Return the course as asked for; without `step` it has so many that a chart shows them.

    Raises BadRequest.
    """
    if not start < end:
        raise BadRequest("`from` must be before `to`")
    if step is None:
        step = next((s for s in STEPS if (end - start) / s <= USUAL_STEPS), STEPS[-1])
    if step < BUCKET or step % BUCKET:
        raise BadRequest("`step` must be a whole number of 10 seconds, such as 10s, 5m or 1d")
    if (end - start) / step > MOST_STEPS:
        raise BadRequest(f"over {MOST_STEPS:,} steps: choose a longer `step` or a shorter time")
    return Course(start, end, step)


def usual_start(slo: SLO, end: int) -> int:
    """Return where a history that ends at `end` begins when nobody says: with the window."""
    if isinstance(slo.window, RollingWindow):
        return end - slo.window.seconds
    return Calendar(slo.window).bounds(end - 1)[0]


@dataclass(frozen=True, slots=True)
class Chronicle:
    """What one objective counted over time."""

    slo: SLO
    objective: Objective
    line: Timeline
    facts: Facts

    def steps(self, course: Course) -> list[Step]:
        """Return the steps, the oldest first; where less is stored they are fewer and longer."""
        ends = (course.start, course.end, course.step)
        series = {s: list(self.line.steps(s, *ends)) for s in self._series()}

        def inside(index: int) -> CountOf:
            return lambda s: _count(series[s][index])

        bounds = enumerate(self.line.steps(NOBODY, *ends))
        found = [self._step(interval, inside(index)) for index, interval in bounds]
        if not self.slo.exclusions:
            return found
        raw = replace(self, slo=before_exclusions(self.slo)).steps(course)
        return [_beside(step, other) for step, other in zip(found, raw, strict=True)]

    def _series(self) -> list[int]:
        if self._slicing is not None:
            return slices_of(self.slo, self.objective, self.facts)
        indicators = (self.objective.indicator, self.objective.good_indicator)
        return [s for i in indicators if i for s in series_of(self.slo, i, self.facts, None)]

    @property
    def _slicing(self) -> Slicing | None:
        return slicing_of(self.slo, self.objective)

    def _step(self, inside: Interval, count_of: CountOf) -> Step:
        count = tally(count_of, self.facts, self.slo, self.objective)
        last = inside.end - 1
        promise = in_force(self.objective, last)
        own = own_window(self.slo, promise)
        windows = (own, *turn_windows(self.slo, promise, last))
        whole, *since = (self._over(window, inside.end) for window in windows)
        remaining = None
        if whole is not None and whole.total:
            counted = (whole.total, *((one or NOTHING).total for one in since))
            allowed = Allowance(promise, *own.bounds(last), counted).mean
            remaining = 1 - (whole.total - whole.good) / whole.total / allowed
        shown = None if count is None else shown_of(count, self._slicing)
        return Step(
            objective=self.objective.name,
            from_=moment(inside.start),
            to=moment(inside.end),
            good=None if shown is None else shown.good,
            total=None if shown is None else shown.total,
            sli=None if count is None or count.total == 0 else count.good / count.total,
            burn_rate=burn_rate(*count, allowed_ratio(promise.target)) if count else None,
            remaining_ratio=remaining,
        )

    def _over(self, window: WindowKey, end: int) -> Count | None:
        """Return what was counted over a window that ends at a moment."""
        line = self.line
        until = self._slicing.grid.ended(end) if self._slicing else None
        return tally(
            lambda series: _count(line.window(series, end - 1, window, until)),
            self.facts,
            self.slo,
            self.objective,
        )


def _beside(step: Step, raw: Step) -> Step:
    """Return a step with what it would be without exclusions."""
    return step.model_copy(update={"raw": RawStep(good=raw.good, total=raw.total, sli=raw.sli)})


def _count(interval: Interval | None) -> Count | None:
    return None if interval is None else Count(interval.good, interval.total)
