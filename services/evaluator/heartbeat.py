"""A dead man's switch: somebody outside is told regularly that all is well, and notices silence."""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import httpx
import structlog

from services.evaluator.delivery.metrics import DeliveryMetrics
from services.evaluator.vitals import Vitals
from services.evaluator.waiting import wait_for
from shared.clock import second_of
from shared.domain.errors import StoreUnavailable

PATIENCE_BEATS = 3
"""How many beats a shard may be without anybody who vouches for it."""
RETRY_SECONDS = 5.0
TICK_OVERDUE_SECONDS = 30.0
TIMEOUT_SECONDS = 10.0

log = structlog.get_logger(__name__)


class Vouching(Protocol):
    """Where every evaluator says that its shards are well."""

    async def vouch(self, shards: Collection[int], *, at: int, since: int) -> Sequence[int]:
        """Note that these are; return those of all shards that nobody vouched for `since`.

        Writes something in any case; raises StoreUnavailable.
        """


class Health:
    """Healthy means more than ready: the database takes writes, the ticks go on, everywhere.

    What others hold counts as well: their heartbeats may go to the same switch, and the one of a
    healthy process must not hide that another is ill.
    """

    def __init__(
        self,
        readiness: Callable[[], Sequence[str]],
        vitals: Vitals,
        store: Vouching,
        shards: Callable[[], Collection[int]],
        patience_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._readiness = readiness
        self._vitals = vitals
        self._store = store
        self._shards = shards
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._now = now

    async def reasons(self) -> list[str]:
        """Return the reasons for not being healthy, none when it is."""
        found = list(self._readiness())
        ticked = self._vitals.ticked_at
        if ticked is None or self._clock() - ticked > TICK_OVERDUE_SECONDS:
            found.append("nothing has been evaluated for a while")
        at = second_of(self._now())
        since = at - int(self._patience_seconds)
        try:
            forsaken = await self._store.vouch(() if found else self._shards(), at=at, since=since)
        except StoreUnavailable as error:
            return [*found, f"the database cannot be written to: {error}"]
        self._vitals.store_answered()  # nobody else may have anything to write for long
        if forsaken:
            numbers = ", ".join(map(str, forsaken))
            found.append(f"no evaluator is well that holds the shards {numbers}")
        return found


class Heartbeat:
    """Calls a URL, if there is one, again and again for as long as all evaluators are healthy."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str | None,
        health: Health,
        metrics: DeliveryMetrics,
        *,
        every_seconds: float,
    ) -> None:
        self._client = client
        self._url = url
        self._health = health
        self._metrics = metrics
        self._every_seconds = every_seconds

    async def run(self, stopping: asyncio.Event) -> None:
        """Beat until told to stop; soon again when that was not possible."""
        every = self._every_seconds
        while not stopping.is_set():
            beaten = await self.beat()
            await wait_for(stopping, every if beaten else min(every, RETRY_SECONDS))

    async def beat(self) -> bool:
        """Call the URL once if all is well; return whether it was."""
        reasons = await self._health.reasons()
        if self._url is None:
            return not reasons
        if reasons:
            log.warning("heartbeat withheld", reasons=reasons)
            self._metrics.beaten("withheld")
            return False
        try:
            response = await self._client.get(self._url, timeout=TIMEOUT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return self._failed(type(error).__name__)
        if not response.is_success:
            return self._failed(f"answered {response.status_code}")
        self._metrics.beaten("sent")
        return True

    def _failed(self, why: str) -> bool:
        log.warning("the heartbeat did not get through", why=why)  # its URL is a secret
        self._metrics.beaten("failed")
        return False
