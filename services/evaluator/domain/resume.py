"""Where in the counts log a shard goes on reading."""

from services.evaluator.domain.progress import Progress
from shared.domain.errors import TruncatedLog


def resume(progress: Progress, topic_id: str, begin: int, end: int) -> int:
    """Return the offset to go on from, and note it; `begin` and `end` are those of the log now.

    A topic that was deleted and created again is read from its start: nothing of it is lost. What
    retention took before it was read is counted as skipped. Raises TruncatedLog when the log ends
    before what was already read.
    """
    first_time = not progress.topic_id
    if progress.topic_id != topic_id:
        progress.topic_id, progress.next_offset = topic_id, 0
    if progress.next_offset < begin:
        progress.skipped += 0 if first_time else begin - progress.next_offset
        progress.next_offset = begin
    if progress.next_offset > end:
        raise TruncatedLog(
            f"the counts log ends at offset {end}, but {progress.next_offset} was already read:"
            " records were lost; restore the topic, or delete and create it again"
        )
    return progress.next_offset
