from itertools import pairwise

import pytest

from services.api.chart import BOTTOM, HEIGHT, TOP, WIDTH, chart_of
from services.api.schema.answer import moment
from services.api.schema.history import Step


def steps(*figures: tuple[int, int, float | None]) -> list[Step]:
    return [
        Step(
            objective="o",
            from_=moment(index * 60),
            to=moment(index * 60 + 60),
            good=good,
            total=total,
            sli=None,
            burn_rate=None,
            remaining_ratio=left,
        )
        for index, (good, total, left) in enumerate(figures)
    ]


def test_nothing_is_an_empty_chart() -> None:
    chart = chart_of([])

    assert (chart.lines, chart.bars) == ((), ())


def test_the_line_falls_from_the_whole_budget_to_none() -> None:
    chart = chart_of(steps((1, 1, 1.0), (1, 1, 0.5), (1, 1, 0.0)))

    ((first, second, third),) = chart.lines
    assert [first[1], second[1], third[1]] == [TOP, (TOP + BOTTOM) / 2, BOTTOM]
    assert chart.zero == BOTTOM
    assert third[0] == WIDTH


def test_an_overspent_budget_goes_below_the_dashed_line_but_not_out_of_sight() -> None:
    ((one, other),) = chart_of(steps((0, 1, 0.0), (0, 9, -50.0))).lines

    assert TOP < one[1] < other[1] == BOTTOM < HEIGHT


def test_a_step_without_data_breaks_the_line() -> None:
    lines = chart_of(steps((1, 1, 1.0), (0, 0, None), (0, 0, None), (1, 1, 0.9))).lines

    assert [len(line) for line in lines] == [1, 1]


def test_bars_show_where_events_were_bad() -> None:
    bars = chart_of(steps((1, 1, 1.0), (8, 10, 0.5), (9, 10, 0.2))).bars

    assert len(bars) == 2
    assert bars[0].height == pytest.approx(2 * bars[1].height)
    assert all(a.x + a.width == pytest.approx(b.x) for a, b in pairwise(bars))
    assert all(bar.y + bar.height == pytest.approx(BOTTOM) for bar in bars)
