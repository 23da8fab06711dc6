"""What to read and how to count it, worked out from one revision of the definitions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.ingest.domain.session import Counting
from shared.domain.slo import SLO, Catalogue


class ReportingCounter(Counting, Protocol):
    """A counter that also says how many records came to what, since it was made."""

    @property
    def results(self) -> Mapping[str, int]: ...

    @property
    def not_numeric(self) -> Mapping[tuple[str, str], int]:
        """Return how many events each (SLO, indicator) could not compare."""


CounterFactory = Callable[[str, Sequence[SLO]], ReportingCounter]


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """How the records of one topic are counted; `source` is the first data source that names it."""

    topic: str
    source: str
    revision: int
    slos: tuple[SLO, ...]
    new_counter: CounterFactory

    def counter(self) -> ReportingCounter:
        """Return a counter for one session."""
        return self.new_counter(self.topic, self.slos)


def plans(catalogue: Catalogue, new_counter: CounterFactory) -> Mapping[str, TopicPlan]:
    """Return a plan for every topic that some indicator reads, by its name."""
    reading: dict[str, dict[str, SLO]] = {}
    names: dict[str, str] = {}
    for slo in catalogue.slos:
        for indicator in slo.indicators():
            topic, name = indicator.source.topic, indicator.source.name
            reading.setdefault(topic, {})[slo.name] = slo
            names[topic] = min(name, names.get(topic, name))
    return {
        topic: TopicPlan(topic, names[topic], catalogue.revision, tuple(slos.values()), new_counter)
        for topic, slos in sorted(reading.items())
    }
