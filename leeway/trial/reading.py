"""Reads the files of a trial twice: for the times that the clock needs, and to count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leeway.sending.event import Line
from leeway.trial.progress import Notice
from leeway.trial.source import OpenFile
from leeway.trial.topic import Topic, TopicCount
from services.ingest.domain.record import Rejected


@dataclass(frozen=True, slots=True)
class Span:
    """When the first and the last event happened, in ms."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that no topic counts, and why."""

    file: str
    line: int
    reason: str


def span_of(files: Sequence[OpenFile], topics: Sequence[Topic], notice: Notice) -> Span | None:
    """Return when the events happened; None when there are none."""
    first = last = None
    for file in files:
        readers = [topic for topic in topics if file.named.is_for(topic)]
        for batch in file.batches():
            notice(len(batch))
            for topic in readers:
                times = topic.times([line.text for line in batch])
                times = times[times >= 0]
                if len(times):
                    low, high = int(times.min()), int(times.max())
                    first = low if first is None else min(first, low)
                    last = high if last is None else max(last, high)
    return None if first is None or last is None else Span(first, last)


def count(
    files: Sequence[OpenFile], counts: Sequence[TopicCount], notice: Notice
) -> Iterator[Refusal]:
    """Count the events of the files, and yield the lines that every topic rejected."""
    for file in files:
        takers = [one for one in counts if file.named.is_for(one.topic)]
        for batch in file.batches():
            notice(len(batch))
            for place, rejected in _rejected_by_all(takers, batch):
                line = batch[place].number
                yield Refusal(str(file.named.path), line, f"{rejected.reason}: {rejected.detail}")


def _rejected_by_all(
    takers: Sequence[TopicCount], batch: Sequence[Line]
) -> list[tuple[int, Rejected]]:
    values = [line.text for line in batch]
    answers = [dict(one.count(values)) for one in takers]
    if not answers:
        return []
    everywhere = set.intersection(*(set(answer) for answer in answers))
    return [(place, answers[0][place]) for place in sorted(everywhere)]
