"""A whole trial: definitions, events and a clock in; where things stand out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leeway.trial.alert_log import AlertLog
from leeway.trial.outcome import statuses
from leeway.trial.progress import phase
from leeway.trial.reading import Refusal, Span, count, span_of
from leeway.trial.simulation import simulate
from leeway.trial.source import OpenFile
from leeway.trial.ticks import Ticks
from leeway.trial.topic import TopicCount, topics_of
from services.api.catalogue import Definitions


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a trial.

    `results` says by topic how many lines were counted, duplicate or rejected, `not_numeric` by
    SLO and indicator how many events could not be compared. `beyond` is how many events lie too
    late to be in any figure.
    """

    statuses: Sequence[dict[str, Any]]
    alerts: Sequence[dict[str, Any]]
    refusals: Sequence[Refusal]
    results: Mapping[str, Mapping[str, int]]
    not_numeric: Mapping[tuple[str, str], int]
    beyond: int


def run(
    definitions: Definitions, files: Sequence[OpenFile], *, every: int, at: int | None
) -> Trial:
    """Try definitions on events; `every` and `at` in seconds.

    Without events and `at` there is no moment to look at, and so there are no statuses.
    """
    topics = topics_of(definitions.catalogue)
    with phase("reading", "events") as notice:
        span = span_of(files, topics, notice)
    ticks = _ticks(span, every, at)
    counts = [TopicCount(topic, ticks) for topic in topics]
    with phase("counting", "events") as notice:
        refusals = list(count(files, counts, notice))
    found: list[dict[str, Any]] = []
    log = AlertLog()
    if span is not None or at is not None:
        counted = {one.topic.name: one.arrivals() for one in counts}
        with phase("evaluating", "ticks", len(ticks)) as notice:
            snapshot = simulate(definitions.catalogue, counted, ticks, log, notice)
        found = statuses(definitions, snapshot)
    return Trial(
        statuses=found,
        alerts=log.as_json(),
        refusals=refusals,
        results={one.topic.name: one.results for one in counts},
        not_numeric={key: n for one in counts for key, n in one.not_numeric.items()},
        beyond=max((one.beyond for one in counts), default=0),
    )


def _ticks(span: Span | None, every: int, at: int | None) -> Ticks:
    """Return the clock of a trial: it ticks on whole seconds, once an event has happened."""
    first, last = (0, 0) if span is None else (-(-span.first // 1000), -(-span.last // 1000))
    at = last if at is None else at
    return Ticks(at if span is None else first, every, at)
