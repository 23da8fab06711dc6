"""What the shards write and read: checkpoints, counts and current figures, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.sql.alert_rows import NO_CHANGES, AlertChanges
from shared.sql.period_rows import PeriodRow


@dataclass(frozen=True, slots=True)
class Claim:
    """What a new owner of a shard goes on from; nothing but zeros and None at the first time."""

    epoch: int
    next_offset: int
    topic_id: str
    state: bytes | None
    names: bytes | None
    closed_10s: int
    closed_60s: int


@dataclass(frozen=True, slots=True)
class Segment:
    """The counts of `block`'s 256 series from `start` on, in buckets of `tier` seconds."""

    tier: int
    start: int
    block: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Flush:
    """All that one shard writes at once, as absolute values: doing it twice changes nothing.

    `names` is None when it did not change. `thin` says, per tier, which spans may go: those that
    start before. `alerts` stand in the same transaction as the states in `state` that they led to.
    `periods` are those that ended, or were changed by late events since.
    """

    shard: int
    epoch: int
    next_offset: int
    topic_id: str
    state: bytes
    closed_10s: int
    closed_60s: int
    names: bytes | None = None
    segments: Sequence[Segment] = ()
    thin: Mapping[int, int] = field(default_factory=dict)
    alerts: AlertChanges = NO_CHANGES
    periods: Sequence[PeriodRow] = ()


@dataclass(frozen=True, slots=True)
class StatusRow:
    """The current figures of a shard, from the owner with this epoch."""

    shard: int
    epoch: int
    data: bytes


@dataclass(frozen=True, slots=True)
class StoredStatus:
    """The current figures of a shard; another `version` means other figures."""

    shard: int
    version: int
    data: bytes
