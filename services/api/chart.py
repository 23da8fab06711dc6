"""Lays out the chart of an objective's history: budget left as a line, bad events as bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.api.schema.history import Step

WIDTH, HEIGHT = 1000.0, 160.0
TOP, BOTTOM = 6.0, 154.0
DEEPEST = -1.0  # an overspent budget is drawn down to here


@dataclass(frozen=True, slots=True)
class Bar:
    """The bad events of one step; the tallest bar is the step with the most."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Coordinates in a box of `WIDTH` x `HEIGHT`; `lines` are unbroken stretches of points."""

    lines: tuple[tuple[tuple[float, float], ...], ...]
    bars: tuple[Bar, ...]
    zero: float


def chart_of(steps: Sequence[Step]) -> Chart:
    """Return the chart of one objective's steps; a step without a budget breaks the line."""
    if not steps:
        return Chart((), (), BOTTOM)
    start, end = (at.timestamp() for at in (steps[0].from_, steps[-1].to))
    left = [one.remaining_ratio for one in steps if one.remaining_ratio is not None]
    lowest = max(min([0.0, *left]), DEEPEST)

    def x(at: float) -> float:
        return (at - start) / (end - start) * WIDTH

    def y(ratio: float) -> float:
        return TOP + (1 - max(ratio, lowest)) / (1 - lowest) * (BOTTOM - TOP)

    points = [
        None if s.remaining_ratio is None else (x(s.to.timestamp()), y(s.remaining_ratio))
        for s in steps
    ]
    edges = [(x(s.from_.timestamp()), x(s.to.timestamp())) for s in steps]
    return Chart(_stretches(points), _bars(steps, edges), y(0.0))


def _stretches(
    points: Sequence[tuple[float, float] | None],
) -> tuple[tuple[tuple[float, float], ...], ...]:
    found: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is not None:
            found[-1].append(point)
        elif found[-1]:
            found.append([])
    return tuple(tuple(stretch) for stretch in found if stretch)


def _bars(steps: Sequence[Step], edges: Sequence[tuple[float, float]]) -> tuple[Bar, ...]:
    bads = [(s.total or 0) - (s.good or 0) for s in steps]
    most = max(bads)
    bars = []
    for bad, (left, right) in zip(bads, edges, strict=True):
        if bad > 0:
            height = max(2.0, bad / most * (BOTTOM - TOP) * 0.6)
            bars.append(Bar(left, BOTTOM - height, max(1.5, right - left), height))
    return tuple(bars)
