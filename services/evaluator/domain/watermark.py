"""What every source has claimed so far: completeness, and the definitions it counted by.

Claims only grow, whatever order messages arrive in, so they are taken from dropped messages too.
All times are milliseconds since the epoch.
"""

from dataclasses import dataclass, field

from shared.wire import NEVER, Counts, Source

UNREPORTED = 0  # the revision of a source that was never heard of; revisions count from 1
KEPT_REPORTS = 1_000  # a topic; older ones fall together


@dataclass(slots=True)
class Report:
    """When the last partition of a topic reported at least this definitions revision."""

    revision: int
    at: int


@dataclass(slots=True)
class Claims:
    """The greatest claims of every source, and what they add up to for a topic.

    `partitions` is by topic id. `incarnation` is the topic id that was first heard of last under
    a topic's name: only its sources count for the topic.
    """

    complete: dict[Source, int] = field(default_factory=dict)
    revisions: dict[Source, int] = field(default_factory=dict)
    partitions: dict[str, int] = field(default_factory=dict)
    incarnation: dict[str, str] = field(default_factory=dict)
    reports: dict[str, list[Report]] = field(default_factory=dict)

    def hear(self, message: Counts, heard_at: int) -> None:
        """Take the claims of a message, accepted or not."""
        source, topic_id = message.source, message.source.topic_id
        if topic_id not in self.partitions:
            self.incarnation[message.topic] = topic_id
        partitions = self.partitions.get(topic_id, 0)
        self.partitions[topic_id] = max(partitions, message.partitions)
        known = self.complete.get(source, NEVER)
        self.complete[source] = max(known, message.complete_until)
        reported = self.revisions.get(source, UNREPORTED)
        self.revisions[source] = max(reported, message.revision)
        if message.revision > reported or message.partitions > partitions:
            self._report(message.topic, heard_at)

    def watermark(self, topic: str) -> int:
        """Return until when the topic is complete; NEVER while a partition was not heard from."""
        return min((self.complete.get(s, NEVER) for s in self._sources(topic)), default=NEVER)

    def reported(self, topic: str) -> int:
        """Return the definitions revision that every partition of the topic has reported."""
        known = (self.revisions.get(s, UNREPORTED) for s in self._sources(topic))
        return min(known, default=UNREPORTED)

    def counted_since(self, topic: str, revision: int) -> int | None:
        """Return from when on the topic is counted by this revision or a later one.

        None while some partition has not reported it.
        """
        return next((r.at for r in self.reports.get(topic, ()) if r.revision >= revision), None)

    def accepted(self, message: Counts, heard_at: int) -> None:
        """Move `counted_since` forward where a chunk was still counted by older definitions."""
        reports = self.reports.get(message.topic, [])
        if not reports or reports[-1].revision <= message.revision:
            return
        for report in reports:
            if report.revision > message.revision:
                report.at = max(report.at, heard_at)

    def _sources(self, topic: str) -> list[Source]:
        topic_id = self.incarnation.get(topic)
        if topic_id is None:
            return []
        return [Source(topic_id, number) for number in range(self.partitions[topic_id])]

    def _report(self, topic: str, heard_at: int) -> None:
        reports, reported = self.reports.setdefault(topic, []), self.reported(topic)
        if reported > (reports[-1].revision if reports else UNREPORTED):
            reports.append(Report(reported, heard_at))
            del reports[:-KEPT_REPORTS]
