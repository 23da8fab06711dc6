"""What all readers of a process share."""

import asyncio
from dataclasses import dataclass

from services.ingest.committer import Committer
from services.ingest.dead_letters import Allowance, DeadLetterLog
from services.ingest.delivery import CountsLog
from services.ingest.metrics import Metrics
from services.ingest.opening import Places
from services.ingest.survey import Survey


@dataclass(frozen=True, slots=True)
class Desk:
    """Where readers ask and send to. `changed` is set when a session was opened or dropped."""

    places: Places
    committer: Committer
    counts: CountsLog
    letters: DeadLetterLog
    allowance: Allowance
    survey: Survey
    metrics: Metrics
    emit_seconds: float
    changed: asyncio.Event
