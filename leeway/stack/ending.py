"""Taking a local stack down so that nothing that was sent is lost."""

import asyncio
import time

from leeway.stack.supervisor import Supervisor
from leeway.terminal import counted, say
from shared.domain.errors import LeewayError
from shared.kafka.backlog import backlog
from shared.kafka.connection import KafkaConnection
from shared.settings import KafkaSettings

DEMO = "shop"
SERVICES = ("ingest", "evaluator", "api")
_UNREAD_SECONDS = 5
_POLL_SECONDS = 0.1


async def take_down(supervisor: Supervisor, bootstrap: str, hurry: asyncio.Event) -> None:
    """Stop the children, those that send first; kills them once `hurry` is set."""
    say("stopping; press Ctrl-C again to stop at once")
    orderly = asyncio.create_task(_stop_in_order(supervisor, bootstrap))
    impatient = asyncio.create_task(hurry.wait())
    await asyncio.wait((orderly, impatient), return_when=asyncio.FIRST_COMPLETED)
    impatient.cancel()
    if not orderly.done():
        await supervisor.kill()
    stragglers = await orderly
    if stragglers:
        say(f"killed {', '.join(stragglers)}, which did not stop in time")


async def _stop_in_order(supervisor: Supervisor, bootstrap: str) -> list[str]:
    """Stop ingest once it has read everything, the evaluator once ingest has told it everything."""
    stragglers = [] if await supervisor.stop(DEMO) else [DEMO]
    if supervisor.all_run(SERVICES):
        await _until_read(bootstrap)
    return stragglers + [name for name in SERVICES if not await supervisor.stop(name)]


async def _until_read(bootstrap: str) -> None:
    """Wait until ingest has counted what the broker is about to forget."""
    connection = KafkaConnection(bootstrap)
    group = KafkaSettings.model_construct().ingest_group
    deadline = time.monotonic() + _UNREAD_SECONDS
    try:
        while unread := await backlog(connection, group):
            if time.monotonic() > deadline:
                say(f"{counted(unread, 'event')} not counted before the stop")
                return
            await asyncio.sleep(_POLL_SECONDS)
    except LeewayError as error:
        say(f"cannot tell whether every event was counted: {error}")
