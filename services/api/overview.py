"""All SLOs at one moment: which there are, how each stands, which come first."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from services.api.board import Board
from services.api.catalogue import Definitions, Unevaluated
from services.api.figures import Figures
from services.api.paging import Position
from services.api.schema.status import Status
from services.api.status import Clock, state_of, status_of, status_without_figures
from shared.domain.budget import SEVERITY, State
from shared.domain.errors import NotFound
from shared.domain.slo import SLO


class Order(StrEnum):
    """What a list of statuses is sorted by."""

    NAME = "name"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Entry:
    """One SLO of the list, before its figures are composed."""

    name: str
    service: str
    team: str | None
    state: State


@dataclass(frozen=True)
class Overview:
    """Every SLO by the current definitions, at the moment of the clock.

    `past` holds the figures to go by where they are not those of the board.
    """

    definitions: Definitions
    board: Board
    clock: Clock
    past: Mapping[str, Figures] = field(default_factory=dict)

    @cached_property
    def entries(self) -> list[Entry]:
        """Every SLO and how it stands, by name."""
        found = [
            Entry(slo.name, slo.service, slo.owner, state_of(slo, self._figures(slo), self.clock))
            for slo in self.definitions.evaluated.values()
        ]
        found += [
            Entry(name, one.service, None, State.NO_DATA)
            for name, one in self.definitions.unevaluated.items()
        ]
        return sorted(found, key=by_name)

    def status(self, name: str) -> Status:
        """Return where one SLO stands; raises NotFound."""
        revision = self.definitions.stored.revision
        found = self.find(name)
        if isinstance(found, Unevaluated):
            return status_without_figures(found, self.clock, revision)
        return status_of(found, self._figures(found), self.clock, revision, self.board.lost())

    def find(self, name: str) -> SLO | Unevaluated:
        """Return an SLO, or why it is not evaluated; raises NotFound."""
        definitions = self.definitions
        found = definitions.evaluated.get(name) or definitions.unevaluated.get(name)
        if found is None:
            raise NotFound("SLO", name)
        return found

    def _figures(self, slo: SLO) -> Figures:
        return self.past.get(slo.name) or self.board.of(slo.name, self.clock.now)


def count_states(entries: Iterable[Entry]) -> dict[State, int]:
    """Return how many SLOs are in each state, all states named, the worst first."""
    counts = Counter(entry.state for entry in entries)
    return {state: counts[state] for state in sorted(State, key=SEVERITY.__getitem__)[::-1]}


def by_name(entry: Entry) -> Position:
    """Return the place of an SLO in the list by name."""
    return (entry.name,)


def by_state(entry: Entry) -> Position:
    """Return the place of an SLO in the list that begins with the worst."""
    return (-SEVERITY[entry.state], entry.name)


POSITIONS = {Order.NAME: by_name, Order.STATE: by_state}
