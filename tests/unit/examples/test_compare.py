from pathlib import Path
from typing import Any, cast

import pytest

from examples.shop.compare import compare
from examples.shop.ledger import Ledger, Opening, Page, judge, total_of
from examples.shop.traffic import HOUR, MINUTE, events_of_hour
from leeway.server import Server

OPENED = 500_000 * HOUR
FIRST = OPENED // HOUR - 2


class Api:
    """Answers what the ledger says, or something else for one objective."""

    def __init__(self, ledger: Ledger, *, off_by: int = 0) -> None:
        self._truth = total_of(ledger.pages())
        self._off_by = off_by

    def get(self, path: str, query: dict[str, str] | None = None) -> Any:
        slo = path.rpartition("/")[2]
        names = [name for name in self._truth if name[0] == slo]
        return {
            "complete_until": "2999-01-01T00:00:00Z",
            "objectives": [self._objective(name) for name in names if not name[2]],
            "groups": [
                {"group": {"provider": name[2]}, "objectives": [self._objective(name)]}
                for name in names
                if name[2]
            ],
        }

    def items(self, path: str, query: dict[str, str]) -> list[Any]:
        return []

    def _objective(self, name: tuple[str, str, str]) -> dict[str, Any]:
        cells = list(self._truth[name].values())
        if name[0] == "payments-db-minutes":
            cells = [(int(good / total >= 0.9), 1) for good, total in cells]
        off_by = self._off_by if name[0] == "search-latency" else 0
        return {
            "name": name[1],
            "window": {"from": "2000-01-01T00:00:00Z", "to": "2999-01-01T00:00:00Z"},
            "good": sum(good for good, _ in cells) + off_by,
            "total": sum(total for _, total in cells),
        }


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "truth.jsonl")
    ledger.open(Opening(7, OPENED))
    ledger.add(judge(events_of_hour(7, OPENED, FIRST), FIRST * HOUR, FIRST * HOUR + 30 * MINUTE))
    return ledger


def test_equal_figures_are_equal(ledger: Ledger) -> None:
    figures = compare(cast(Server, Api(ledger)), ledger)
    assert len(figures) > 20
    assert all(figure.said == figure.true for figure in figures)


def test_one_event_too_many_is_seen(ledger: Ledger) -> None:
    figures = compare(cast(Server, Api(ledger, off_by=1)), ledger)
    (wrong,) = [figure for figure in figures if figure.said != figure.true]
    assert wrong.what.startswith("good of search-latency/fast")


def test_where_minutes_count_a_minute_is_good_or_bad_as_a_whole(ledger: Ledger) -> None:
    minute = OPENED // MINUTE
    name = ("payments-db-minutes", "minutes", "")
    before = minutes_of(ledger)
    ledger.add(Page(0, 0, 0, {}, {name: {minute: (9, 10), minute + 1: (8, 10)}}))
    assert minutes_of(ledger) == (before[0] + 1, before[1] + 2)


def minutes_of(ledger: Ledger) -> tuple[int, int]:
    good, total = (
        figure.true
        for figure in compare(cast(Server, Api(ledger)), ledger)
        if "payments-db-minutes" in figure.what
    )
    return good, total
