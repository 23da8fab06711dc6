"""How far a shard has read, and what of it is stored where."""

from dataclasses import dataclass, field

from services.evaluator.domain.period_end import PeriodEnds
from services.evaluator.domain.span import Closed


@dataclass(slots=True)
class Progress:
    """What a checkpoint says of a shard's place in the log and of its stored counts.

    `next_offset` leads into the counts topic with the id `topic_id`; `skipped` are the offsets of
    it that were deleted unread. `closed` and `thinned` describe the stored spans, `period_ends`
    the stored totals of periods.
    """

    next_offset: int = 0
    topic_id: str = ""
    skipped: int = 0
    closed: Closed = field(default_factory=Closed)
    thinned: dict[int, int] = field(default_factory=dict)
    period_ends: PeriodEnds = field(default_factory=PeriodEnds)
