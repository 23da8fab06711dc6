"""Takes definitions in: read, checked against those in force, and stored as one revision."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.api.catalogue import CurrentDefinitions, Definitions, DefinitionStore, Key
from services.api.proposal import Proposal, propose, propose_deletion
from services.api.schema.definition import Applied, Place
from shared.definitions.reader import read_text
from shared.domain.errors import InvalidDefinitions, Problem, RevisionConflict
from shared.sql.definitions import Change

ATTEMPTS = 5  # when somebody else's change comes in between


@dataclass(frozen=True, slots=True)
class Terms:
    """How a change is wanted: `base_revision` where the answer is no if others were faster."""

    author: str = ""
    dry_run: bool = False
    base_revision: int | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """Applies and deletes definitions: all that is asked for, or nothing of it."""

    store: DefinitionStore
    current: CurrentDefinitions

    async def apply(self, text: str, file: str, terms: Terms) -> Applied:
        """Write every definition of a YAML or JSON text; raises InvalidDefinitions."""
        documents, problems = await asyncio.to_thread(read_text, text, file)
        if problems:
            raise InvalidDefinitions(tuple(problems))
        if not documents:
            raise InvalidDefinitions((Problem("there is no definition in it", file=file),))
        return await self._change(lambda there: propose(documents, there), terms)

    async def delete(self, key: Key, terms: Terms) -> Applied:
        """Remove one definition; raises NotFound, or StillReferred when others need it."""
        return await self._change(lambda there: propose_deletion(key, there), terms)

    async def _change(self, proposed: Callable[[Definitions], Proposal], terms: Terms) -> Applied:
        async def attempt() -> Applied:
            there = await self.current.get()
            if terms.base_revision not in (None, there.stored.revision):
                raise RevisionConflict(
                    f"the definitions are at revision {there.stored.revision}, not at "
                    f"{terms.base_revision}: read them again and repeat the change"
                )
            proposal = await asyncio.to_thread(proposed, there)
            return _preview(proposal) if terms.dry_run else await self._store(proposal, terms)

        return await _retried(attempt, ATTEMPTS if terms.base_revision is None else 1)

    async def _store(self, proposal: Proposal, terms: Terms) -> Applied:
        done = await self.store.apply(
            Change(
                bodies=list(proposal.bodies.values()),
                deletions=proposal.deletions,
                base_revision=proposal.revision,
                author=terms.author,
                indicators=proposal.indicators,
            )
        )
        return Applied(
            revision=done.revision,
            created=list(done.created),
            changed=list(done.changed),
            unchanged=list(done.unchanged),
            deleted=list(done.deleted),
            warnings=_places(proposal),
        )


def _preview(proposal: Proposal) -> Applied:
    return Applied(
        revision=proposal.revision,
        created=_names(proposal.created),
        changed=_names(proposal.changed),
        unchanged=_names(proposal.unchanged),
        deleted=_names(proposal.deletions),
        warnings=_places(proposal),
    )


def _names(keys: tuple[Key, ...]) -> list[str]:
    return [f"{kind}/{name}" for kind, name in keys]


def _places(proposal: Proposal) -> list[Place]:
    return [
        Place(file=p.file, line=p.line, column=p.column, path=p.path, message=p.message)
        for p in proposal.warnings
    ]


async def _retried(attempt: Callable[[], Awaitable[Applied]], times: int) -> Applied:
    for _ in range(times - 1):
        try:
            return await attempt()
        except RevisionConflict:
            continue  # somebody else's change came in between: check against that one
    return await attempt()
