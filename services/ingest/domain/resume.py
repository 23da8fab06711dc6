"""Where a new session of a source reads from."""

from dataclasses import dataclass

import msgspec

from services.ingest.domain.duplicate import BLOCK as FILTER_BLOCK
from shared.domain.errors import TruncatedLog


@dataclass(frozen=True, slots=True)
class Commit:
    """What is committed to Kafka: offset `e`, and in the metadata `first` and `s` of the chunk.

    Everything below `e` was acknowledged on every counts partition.
    """

    e: int
    first: int
    s: int


@dataclass(frozen=True, slots=True)
class Start:
    """How a session begins: records of [rebuild, position) only fill the duplicate filter.

    `s` is where reading went on from: no record of [s, position) was skipped. Below `committed`
    everything was sent before.
    """

    rebuild: int
    position: int
    s: int
    committed: int


def resume(
    commit: Commit | None, log_start: int, log_end: int, *, filter_block: int = FILTER_BLOCK
) -> Start:
    """Return where to go on, or raise TruncatedLog when the log ends before the commit."""
    if commit is None:
        commit = Commit(log_start, log_start, log_start)
    if commit.e > log_end:
        raise TruncatedLog(
            f"offset {commit.e} was read and committed, but the log now ends at {log_end}"
        )
    position, s = commit.first, commit.s
    if commit.first < log_start:
        position = s = max(commit.e, log_start)
    rebuild = max(log_start, (position // filter_block - 1) * filter_block)
    return Start(rebuild, position, s, max(commit.e, position))


def metadata_of(commit: Commit, topic_id: str) -> str:
    """Return the text to commit beside `e`."""
    return msgspec.json.encode((commit.first, commit.s, topic_id)).decode()


def commit_of(offset: int, metadata: str, topic_id: str) -> Commit | None:
    """Return what was committed, None when it was for another incarnation of the topic.

    Without our text somebody has set the offset by hand: a chunk begins there.
    """
    try:
        first, s, committed_id = msgspec.json.decode(metadata, type=tuple[int, int, str])
    except msgspec.MsgspecError:
        return Commit(offset, offset, offset)
    return Commit(offset, first, s) if committed_id == topic_id else None
