"""Counts events by class: classified, weighed and added up until the chunk ends."""

from collections import Counter as Multiset
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from services.ingest.domain.classify import Classifier, ColumnOf
from services.ingest.domain.grouping import Grouping
from services.ingest.domain.matching import Counted
from services.ingest.domain.serieslist import SeriesList
from services.ingest.domain.tally import Sums, Tally

Ints = NDArray[np.int64]


class ClassCounts:
    """The classes met so far, and how many events of each the current chunk has.

    The classifier and the tallies number the classes alike.
    """

    def __init__(self, indicators: Sequence[Counted], series: SeriesList) -> None:
        self._classifier = Classifier(indicators)
        self._tally = Tally()
        self._grouping = Grouping(series)
        self._known = 0
        self._with_odd_values: list[int] = []  # classes that some indicator cannot compare

    @property
    def size(self) -> int:
        """How much is remembered: a class weighs as much as some thirty series that it feeds."""
        return self._tally.size + 30 * self._known

    def clear(self) -> None:
        """Forget the events: a new chunk begins."""
        self._tally.clear()
        self._grouping.clear()

    def add(
        self, column_of: ColumnOf, buckets: Ints, weights: Ints | None, unweighed: Sequence[Ints]
    ) -> Multiset[tuple[str, str]]:
        """Count events; return how many each (SLO, indicator) could not compare.

        `weights` has a row for each weighing, `unweighed` one for each but the first: 1 where
        the event has no weight of this kind.
        """
        classes = self._classifier.classify(column_of, unweighed, len(buckets))
        self._learn()
        self._tally.add(classes, buckets, weights)
        self._grouping.add(column_of, classes, buckets, weights)
        return self._not_numeric(classes) if self._with_odd_values else Multiset()

    def sums(self) -> Iterator[Sums]:
        """Yield what was counted since the chunk started."""
        yield self._tally.sums()
        yield self._grouping.sums()

    def _learn(self) -> None:
        for number in range(self._known, len(self._classifier.classes)):
            one = self._classifier.classes[number]
            self._tally.define(one.plain)
            self._grouping.define(one.grouped)
            if one.not_numeric:
                self._with_odd_values.append(number)
        self._known = len(self._classifier.classes)

    def _not_numeric(self, classes: Ints) -> Multiset[tuple[str, str]]:
        found: Multiset[tuple[str, str]] = Multiset()
        sizes = np.bincount(classes, minlength=self._known).tolist()
        for number in self._with_odd_values:
            if sizes[number]:
                for one in self._classifier.classes[number].not_numeric:
                    found[one.slo, one.indicator.key] += sizes[number]
        return found
