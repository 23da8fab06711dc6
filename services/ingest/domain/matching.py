"""Which indicators an event counts for, found without trying each of them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from shared.domain.evaluate import holds_where, is_number
from shared.domain.predicate import And, Compare, Constant, IsNumber, Op, Path, Predicate
from shared.domain.slo import Indicator

ValueOf = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class Counted:
    """An indicator of an SLO, and under which numbers it is counted.

    `series` is that of the indicator without groups; `weighing` is the place of its weight.
    """

    slo: str
    indicator: Indicator
    series: int
    weighing: int


class Matching:
    """Finds the indicators that an event is valid for.

    Most indicators demand that some field equals a text (`service == 'checkout'`). They are kept
    under field and text, so that a thousand services do not cost a thousand trials.
    """

    def __init__(self, counted: Sequence[Counted]) -> None:
        demands = [dict(_demands(one.indicator.total)) for one in counted]
        popular = Counter(path for demand in demands for path in demand)
        self._everywhere: list[Counted] = []
        self._by_text: dict[Path, dict[object, list[Counted]]] = {}
        for one, demand in zip(counted, demands, strict=True):
            if demand:
                path = max(demand, key=lambda path: popular[path])
                texts = self._by_text.setdefault(path, defaultdict(list))
                texts[demand[path]].append(one)
            else:
                self._everywhere.append(one)

    def valid(self, value_of: ValueOf) -> list[tuple[Counted, bool]]:
        """Return the indicators that an event is valid for, and whether it is good."""
        return [
            (one, holds_where(one.indicator.good, value_of))
            for one in self._candidates(value_of)
            if holds_where(one.indicator.total, value_of)
        ]

    def not_numeric(self, value_of: ValueOf) -> list[Counted]:
        """Return the indicators that an event would be valid for if its field were a number."""
        return [
            one
            for one in self._candidates(value_of)
            if (path := one.indicator.value_field) is not None
            and not is_number(value_of(path))
            and holds_where(_without_number(one.indicator.total, path), value_of)
        ]

    def _candidates(self, value_of: ValueOf) -> Iterator[Counted]:
        yield from self._everywhere
        for path, texts in self._by_text.items():
            value = value_of(path)
            if isinstance(value, str):
                yield from texts.get(value, ())


def _demands(predicate: Predicate) -> Iterable[tuple[Path, str]]:
    """Yield fields that must equal a text for the predicate to hold."""
    match predicate:
        case Compare(path, Op.EQ, str(text)):
            yield path, text
        case And(parts):
            for part in parts:
                yield from _demands(part)


def _without_number(predicate: Predicate, path: Path) -> Predicate:
    match predicate:
        case IsNumber(field) if field == path:
            return Constant(value=True)
        case And(parts):
            return And(tuple(_without_number(part, path) for part in parts))
        case _:
            return predicate
