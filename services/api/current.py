"""What the api knows at this moment: definitions and figures together."""

from collections.abc import Callable
from dataclasses import dataclass

from services.api.board import Board, CurrentBoard
from services.api.catalogue import CurrentDefinitions, Definitions
from services.api.overview import Overview
from services.api.status import Clock


@dataclass(frozen=True, slots=True)
class Current:
    """Gives the present state; `now` is the clock, in seconds."""

    catalogue: CurrentDefinitions
    figures: CurrentBoard
    now: Callable[[], float]
    stale_after: int

    async def definitions(self) -> Definitions:
        """Return the definitions in force."""
        return await self.catalogue.get()

    async def board(self) -> Board:
        """Return the current figures of all shards."""
        return await self.figures.get()

    async def overview(self) -> Overview:
        """Return how every SLO stands."""
        return Overview(await self.definitions(), await self.board(), self.clock())

    def clock(self) -> Clock:
        """Return the current second, and when figures are stale."""
        return Clock(int(self.now()), self.stale_after)
