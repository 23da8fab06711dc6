"""Takes definitions in: read, checked against those in force, and stored as one revision."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.api.catalogue import CurrentDefinitions, DefinitionStore, Key
from services.api.errors import ChangedMeanwhile
from services.api.ownership import require_owned
from services.api.proposal import Proposal, Proposer, Situation, propose, propose_deletions
from services.api.schema.definition import Applied, Difference, Place
from services.api.selector import Selector
from shared.definitions.document import Document
from shared.definitions.library import Body
from shared.definitions.reader import read_text
from shared.domain.errors import InvalidDefinitions, Problem, RevisionConflict
from shared.sql.audit import UNNAMED, AuditQuery, Author
from shared.sql.definitions import Change, utc_now
from shared.sql.revision import Action, Step, body_of

ATTEMPTS = 5  # when somebody else's change comes in between
MOST_NAMED = 20  # changes that a conflict is explained by


@dataclass(frozen=True, slots=True)
class Terms:
    """How a change is wanted.

    With a `base_revision` the answer is no if others were faster; with a `team` only what is that
    team's may change.
    """

    author: Author = UNNAMED
    dry_run: bool = False
    base_revision: int | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """Applies and deletes definitions: all that is asked for, or nothing of it."""

    store: DefinitionStore
    current: CurrentDefinitions
    now: Callable[[], datetime] = utc_now

    async def apply(
        self, text: str, file: str, terms: Terms, prune: Selector | None = None
    ) -> Applied:
        """Write every definition of a YAML or JSON text; raises InvalidDefinitions.

        Those that `prune` chooses and that are not in the text are removed.
        """
        documents = await _read(text, file)
        return await self._change(lambda there: propose(documents, there, prune), terms)

    async def delete(self, keys: Sequence[Key], terms: Terms) -> Applied:
        """Remove definitions; raises NotFound, or StillReferred when others need them."""
        return await self._change(lambda there: propose_deletions(keys, there), terms)

    async def delete_all_in(self, text: str, file: str, terms: Terms) -> Applied:
        """Remove every definition that a YAML or JSON text names, whatever else it says."""
        documents = await _read(text, file)
        nameless = tuple(_nameless(one) for one in documents if not all(one.key))
        if nameless:
            raise InvalidDefinitions(nameless)
        return await self.delete([one.key for one in documents], terms)

    async def _change(self, proposed: Proposer, terms: Terms) -> Applied:
        async def attempt() -> Applied:
            there = await self.current.get()
            if terms.base_revision not in (None, there.stored.revision):
                raise RevisionConflict(f"revision {there.stored.revision} is in force")
            situation = Situation(there, self.now().date())
            proposal = await asyncio.to_thread(proposed, situation)
            require_owned(proposal.outcome.steps, terms.team, {**there.bodies, **proposal.bodies})
            revision = proposal.revision if terms.dry_run else await self._store(proposal, terms)
            return _answer(proposal, revision)

        if terms.base_revision is None:
            return await _retried(attempt, ATTEMPTS)
        try:
            return await attempt()
        except RevisionConflict as conflict:
            wanted = AuditQuery(since=terms.base_revision, limit=MOST_NAMED)
            changes = await self.store.changes(wanted)
            raise ChangedMeanwhile(terms.base_revision, changes) from conflict

    async def _store(self, proposal: Proposal, terms: Terms) -> int:
        done = await self.store.apply(
            Change(
                bodies=list(proposal.bodies.values()),
                deletions=proposal.deletions,
                base_revision=proposal.revision,
                author=terms.author,
                indicators=proposal.indicators,
                terms=proposal.terms,
            )
        )
        return done.revision


async def _read(text: str, file: str) -> list[Document]:
    documents, problems = await asyncio.to_thread(read_text, text, file)
    if problems:
        raise InvalidDefinitions(tuple(problems))
    if not documents:
        raise InvalidDefinitions((Problem("there is no definition in it", file=file),))
    return documents


def _nameless(document: Document) -> Problem:
    line, column = document.position()
    message = "what is to be deleted needs `kind` and `metadata.name`"
    return Problem(message, line=line, column=column, file=document.file)


def _answer(proposal: Proposal, revision: int) -> Applied:
    outcome = proposal.outcome
    return Applied(
        revision=revision,
        created=list(outcome.names(Action.CREATED)),
        changed=list(outcome.names(Action.CHANGED)),
        unchanged=[f"{kind}/{name}" for kind, name in outcome.unchanged],
        deleted=list(outcome.names(Action.DELETED)),
        warnings=[
            Place(file=p.file, line=p.line, column=p.column, path=p.path, message=p.message)
            for p in proposal.warnings
        ],
        recounted=[f"SLO/{name}" for name in proposal.recounted],
        changes=[_difference(step) for step in outcome.steps],
    )


def _difference(step: Step) -> Difference:
    return Difference(
        kind=step.kind,
        name=step.name,
        action=step.action,
        before=_body(step.before),
        after=_body(step.after),
    )


def _body(text: str | None) -> Body | None:
    return None if text is None else body_of(text)


async def _retried(attempt: Callable[[], Awaitable[Applied]], times: int) -> Applied:
    for _ in range(times - 1):
        try:
            return await attempt()
        except RevisionConflict:
            continue  # somebody else's change came in between: check against that one
    return await attempt()
