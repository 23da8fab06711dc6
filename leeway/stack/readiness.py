"""Waiting until a local stack counts: its services ready, every objective with a beginning."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx

from leeway.apply import reported_revision
from leeway.exit import CommandFailed
from leeway.server import Server

_START_SECONDS = 90  # a busy machine with two cores
_POLL_SECONDS = 0.1

Missing = Callable[[], Awaitable[Sequence[str]]]


async def until_nothing_is_missing(what: str, missing: Missing) -> None:
    """Ask again and again until nothing is missing; raises CommandFailed naming what still is."""
    deadline = time.monotonic() + _START_SECONDS
    while reasons := await missing():
        if time.monotonic() > deadline:
            shown = "; ".join(reasons[:5]) + ("; ..." if len(reasons) > 5 else "")
            raise CommandFailed(f"{what} within {_START_SECONDS} s: {shown}")
        await asyncio.sleep(_POLL_SECONDS)


async def reasons_of(url: str) -> Sequence[str]:
    """Return why the service at this address is not ready, nothing when it is."""
    async with httpx.AsyncClient(timeout=5) as client:
        try:
            answer = await client.get(f"{url}/readyz")
        except httpx.TransportError:
            return ["it does not answer yet"]
    if answer.status_code == httpx.codes.OK:
        return []
    reasons = answer.json().get("reasons", [])
    return [str(reason) for reason in reasons] or [f"it answers {answer.status_code}"]


def not_counted(api: Server, revision: int) -> Sequence[str]:
    """Return the objectives that no figures are being counted for yet, and why."""
    if revision == 0:
        return []
    found = [
        f"{status['slo']}/{objective['name']} is not counted yet"
        for status in api.items("/v1/slos")
        for objective in status["objectives"]
        if objective["counted_since"] is None and not _is_left_out(status)
    ]
    if not found and reported_revision(api) < revision:
        return [f"revision {revision} is not counted by yet"]
    return found


def _is_left_out(status: dict[str, object]) -> bool:
    return str(status.get("reason") or "").startswith("not evaluated")
