"""What a change of definitions would come to: pure, so that it can be tried and repeated."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.api.catalogue import AGREEMENT, Body, Definitions, Key
from services.api.errors import StillReferred
from services.api.selector import Selector
from shared.definitions.check import Checked, check
from shared.definitions.compile import compile_catalogue
from shared.definitions.document import Document, document_of
from shared.definitions.terms import terms_of
from shared.domain.errors import InvalidDefinitions, NotAllowed, NotFound, Problem
from shared.domain.slo import Catalogue
from shared.sql.agreements import NewTerms
from shared.sql.revision import Outcome, canonical, decide

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that passed every check against the definitions of `revision`.

    `indicators` are the (SLO name, indicator key) pairs that are counted after it; the SLOs in
    `recounted` go on, but what they count becomes something else, so that they start anew. `terms`
    are those of every agreement after it.
    """

    revision: int
    bodies: Mapping[Key, Body]
    deletions: tuple[Key, ...]
    outcome: Outcome
    indicators: Pairs
    terms: Mapping[str, NewTerms]
    recounted: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()


Proposer = Callable[["Situation"], Proposal]


@dataclass(frozen=True, slots=True)
class Situation:
    """The definitions in force on a day: what a change is made to."""

    definitions: Definitions
    today: date

    @property
    def bodies(self) -> Mapping[Key, Body]:
        """All documents in force."""
        return self.definitions.bodies

    def documents(
        self, *, written: Mapping[Key, Body] | None = None, without: Collection[Key] = ()
    ) -> list[Document]:
        """Return what is in force after a change, without agreements that are over."""
        over = self.definitions.ended(self.today) - (written or {}).keys()
        return [
            document_of(body, file="/".join(key))
            for key, body in {**self.bodies, **(written or {})}.items()
            if key not in without and key not in over
        ]


def propose(
    documents: Sequence[Document], there: Situation, prune: Selector | None = None
) -> Proposal:
    """Return what writing these documents comes to.

    With `prune` the definitions that it chooses and that are not among the documents go in the
    same change; agreements stay. Raises InvalidDefinitions, and StillReferred when others need
    what would go.
    """
    given = {document.key for document in documents}
    gone = tuple(
        key
        for key, body in there.bodies.items()
        if prune is not None and key not in given and key[0] != AGREEMENT and prune.chooses(body)
    )
    checked = check(documents, known=there.documents(without=gone), today=there.today)
    if checked.errors:
        raise InvalidDefinitions(checked.errors)
    bodies = {document.key: document.body for document in documents}
    warnings = checked.warnings
    if gone:
        found = _check_deletions(gone, bodies, there)
        warnings += tuple(one for one in found.warnings if one not in set(warnings))
    return _proposal(bodies, gone, there, warnings)


def propose_deletions(keys: Collection[Key], there: Situation) -> Proposal:
    """Return what deleting definitions comes to; raises NotFound, StillReferred or NotAllowed."""
    for key in keys:
        if key not in there.bodies:
            raise NotFound(*key)
        if key[0] == AGREEMENT:
            raise NotAllowed(
                f"{'/'.join(key)} is never deleted, so that its history stays: end it by "
                f"`leeway agreement terminate {key[1]}`"
            )
    gone = tuple(sorted(set(keys)))
    return _proposal({}, gone, there, _check_deletions(gone, {}, there).warnings)


def _check_deletions(
    gone: Collection[Key], bodies: Mapping[Key, Body], there: Situation
) -> Checked:
    """Return what is new about the definitions that stay; raises StillReferred."""
    after = check(there.documents(written=bodies, without=gone))
    if not (after.errors or after.warnings):
        return after
    before = check(there.documents(written=bodies))
    errors = tuple(one for one in after.errors if one not in set(before.errors))
    if errors:
        raise StillReferred(", ".join("/".join(key) for key in sorted(gone)), errors)
    warnings = tuple(one for one in after.warnings if one not in set(before.warnings))
    return Checked((), (), warnings)


def _proposal(
    bodies: Mapping[Key, Body],
    gone: tuple[Key, ...],
    there: Situation,
    warnings: tuple[Problem, ...],
) -> Proposal:
    touched = (*bodies, *gone)
    texts = {key: canonical(there.bodies[key]) for key in touched if key in there.bodies}
    outcome = decide(list(bodies.values()), gone, texts)
    after = {key: body for key, body in {**there.bodies, **bodies}.items() if key not in gone}
    stored = there.definitions.stored
    catalogue = compile_catalogue(
        list(after.values()), revision=stored.revision, counted_from=stored.counted_from
    )
    indicators = _indicators(catalogue)
    over = there.definitions.ended(there.today) - {(s.kind, s.name) for s in outcome.steps}
    slos = {slo.name: slo for slo in catalogue.slos}
    return Proposal(
        revision=stored.revision,
        bodies=bodies,
        deletions=gone,
        outcome=outcome,
        indicators=indicators,
        terms={
            key[1]: NewTerms(body, terms_of(body, slos))
            for key, body in after.items()
            if key[0] == AGREEMENT and key not in over
        },
        recounted=_recounted(_indicators(there.definitions.catalogue), indicators),
        warnings=warnings,
    )


def _recounted(before: Pairs, after: Pairs) -> tuple[str, ...]:
    """Return the SLOs that stop counting something and begin to count something else."""
    return tuple(sorted({slo for slo, _ in before - after} & {slo for slo, _ in after - before}))


def _indicators(catalogue: Catalogue) -> Pairs:
    return frozenset((slo.name, i.key) for slo in catalogue.slos for i in slo.indicators())
