"""The definitions in force, compiled; kept until their revision changes."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from shared.definitions.compile import compile_catalogue, data_sources
from shared.domain.agreement import Standing, standing_of
from shared.domain.predicate import Path, atoms
from shared.domain.signing import Wish
from shared.domain.slo import SLO, Catalogue, DataSource
from shared.sql.audit import AuditQuery, Author, Recorded
from shared.sql.definitions import Applied, Change, Stored, StoredDefinition

Body = dict[str, Any]
Key = tuple[str, str]  # kind, name
AGREEMENT = "Agreement"


class DefinitionStore(Protocol):
    """Where definitions are kept, in revisions."""

    async def revision(self) -> int:
        """Return the current revision; asked at every request."""

    async def load(self) -> Stored:
        """Return everything in force."""

    async def apply(self, change: Change) -> Applied:
        """Make all of a change, or nothing of it."""

    async def sign(self, agreement: str, wish: Wish, author: Author) -> int:
        """Do what a party wants done about an agreement; return the new revision."""

    async def get(self, kind: str, name: str) -> StoredDefinition:
        """Return one definition, or raise NotFound."""

    async def history(self, kind: str, name: str) -> Sequence[Recorded]:
        """Return every change of one definition, the first one first."""

    async def changes(self, query: AuditQuery) -> Sequence[Recorded]:
        """Return the changes that are wanted, the latest first."""


@dataclass(frozen=True, slots=True)
class Unevaluated:
    """An SLO that loads but has no figures, and why."""

    name: str
    service: str
    reason: str


@dataclass(frozen=True)
class Definitions:
    """All definitions of one revision: as stored, and compiled."""

    stored: Stored
    catalogue: Catalogue

    @cached_property
    def evaluated(self) -> Mapping[str, SLO]:
        """The SLOs that the evaluator gives figures for, by name."""
        return {slo.name: slo for slo in self.catalogue.slos}

    @cached_property
    def unevaluated(self) -> Mapping[str, Unevaluated]:
        """The SLOs that load but have no figures, by name."""
        found = {}
        for name, reason in self.catalogue.not_evaluated.items():
            service = str(self.bodies["SLO", name].get("spec", {}).get("service") or "")
            found[name] = Unevaluated(name, service, reason)
        return found

    @cached_property
    def bodies(self) -> Mapping[Key, Body]:
        """The documents as they were applied, by kind and name, in that order."""
        named = {(str(b["kind"]), str(b["metadata"]["name"])): b for b in self.stored.bodies}
        return dict(sorted(named.items()))

    def standing(self, today: date) -> dict[str, Standing]:
        """Return how the newest version of every agreement stands on a day."""
        return {
            name: standing_of([one.version for one in versions], len(versions) - 1, today)
            for name, versions in self.stored.agreements.items()
        }

    def ended(self, today: date) -> frozenset[Key]:
        """Return the agreements that are over: what they promise holds nothing back any more."""
        over = (Standing.TERMINATED, Standing.EXPIRED)
        standings = self.standing(today).items()
        return frozenset((AGREEMENT, name) for name, one in standings if one in over)

    @cached_property
    def sources(self) -> Mapping[str, DataSource]:
        """Every Kafka data source, the built-in ones included, by name."""
        return data_sources(self.stored.bodies)

    @cached_property
    def paths(self) -> Mapping[str, frozenset[Path]]:
        """The fields of events that some SLO uses, by topic."""
        found: dict[str, set[Path]] = defaultdict(set)
        for indicator in (one for slo in self.catalogue.slos for one in slo.indicators()):
            used = found[indicator.source.topic]
            used.update(atom.path for atom in atoms(indicator.total))
            used.update(atom.path for atom in atoms(indicator.good))
            used.update(indicator.group_by)
            used.update(path for path in (indicator.weight_field,) if path)
        return {topic: frozenset(used) for topic, used in found.items()}

    @cached_property
    def topics(self) -> frozenset[str]:
        """The topics that some SLO reads."""
        return frozenset(source.topic for source in self.catalogue.sources())


class CurrentDefinitions:
    """Gives the definitions in force; asks for the revision each time, compiles when it is new."""

    def __init__(self, store: DefinitionStore) -> None:
        self._store = store
        self._current: Definitions | None = None
        self._loading = asyncio.Lock()

    async def get(self) -> Definitions:
        """Return the definitions in force at this moment."""
        revision = await self._store.revision()
        async with self._loading:
            if self._current is None or self._current.stored.revision < revision:
                self._current = await asyncio.to_thread(compiled, await self._store.load())
            return self._current


def compiled(stored: Stored) -> Definitions:
    """Return these definitions with their catalogue."""
    catalogue = compile_catalogue(
        stored.bodies,
        revision=stored.revision,
        counted_from=stored.counted_from,
        revised=stored.revised,
    )
    return Definitions(stored, catalogue)
