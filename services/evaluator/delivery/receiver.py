"""Receivers: each turns a notification into what its like understands, and sends that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.http import Http
from services.evaluator.delivery.request import Request
from shared.notification import Notification


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to tell somebody something: what, whom, when, and where people find more."""

    notification: Notification
    access: Access
    at: datetime
    link: str | None = None


class Receiver(Protocol):
    """One kind of receiver."""

    async def send(self, attempt: Attempt) -> None:
        """Return once it has been taken; raises Refused or Unreached."""


Render = Callable[[Attempt], Sequence[Request]]


class Posted:
    """A receiver that takes plain requests, one after the other; a good answer is all it says."""

    def __init__(self, http: Http, render: Render) -> None:
        self._http = http
        self._render = render

    async def send(self, attempt: Attempt) -> None:
        for request in self._render(attempt):
            await self._http.send(request, attempt.access)
