"""Sending what a session has counted: every counts partition first, only then the commit.

The order is the whole point (docs/adr/0001), so it is written once, over ports; the model check
in `tests/unit/protocol` steps through this very code and stops it anywhere.
"""

from collections.abc import Mapping
from typing import Protocol

from services.ingest.domain.resume import Commit
from services.ingest.domain.session import Emission, Session
from shared.wire import encode_counts


class CountsLog(Protocol):
    """The counts topic."""

    async def append_all(self, messages: Mapping[int, bytes]) -> None:
        """Append one message to each of these partitions, and await every acknowledgement."""


class Outlet(Protocol):
    """What stands between the emissions of one source and Kafka, besides the counts topic."""

    async def confirm(self, emission: Emission) -> None:
        """Return once it is certain that the emission belongs to the source it names."""

    async def settle(self, below: int) -> None:
        """Await the dead letters of all records below this offset."""

    async def commit(self, commit: Commit) -> None:
        """Commit to Kafka, now or a little later; a later commit may take its place."""


async def deliver(session: Session, counts: CountsLog, outlet: Outlet) -> None:
    """Deliver everything in the outbox of a session, in order, and return when it is empty."""
    while session.outbox:
        emission = session.outbox[0]
        await outlet.confirm(emission)
        await counts.append_all(
            {q: encode_counts(message) for q, message in enumerate(emission.messages)}
        )
        await outlet.settle(emission.commit.e)
        await outlet.commit(emission.commit)
        session.delivered()
