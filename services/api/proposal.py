"""What a change of definitions would come to: pure, so that it can be tried and repeated."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.api.catalogue import Body, Definitions, Key
from services.api.errors import StillReferred
from services.api.selector import Selector
from shared.definitions.check import Checked, check
from shared.definitions.compile import compile_catalogue
from shared.definitions.document import Document, document_of
from shared.domain.errors import InvalidDefinitions, NotFound, Problem
from shared.sql.revision import Outcome, canonical, decide

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that passed every check against the definitions of `revision`.

    `indicators` are the (SLO name, indicator key) pairs that are counted after it; the SLOs in
    `recounted` go on, but what they count becomes something else, so that they start anew.
    """

    revision: int
    bodies: Mapping[Key, Body]
    deletions: tuple[Key, ...]
    outcome: Outcome
    indicators: Pairs
    recounted: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()


Proposer = Callable[[Definitions], Proposal]


def propose(
    documents: Sequence[Document],
    there: Definitions,
    today: date,
    prune: Selector | None = None,
) -> Proposal:
    """Return what writing these documents comes to.

    With `prune` the definitions that it chooses and that are not among the documents go in the
    same change. Raises InvalidDefinitions, and StillReferred when others need what would go.
    """
    given = {document.key for document in documents}
    gone = tuple(
        key
        for key, body in there.bodies.items()
        if prune is not None and key not in given and prune.chooses(body)
    )
    checked = check(documents, known=_known(there, without=gone), today=today)
    if checked.errors:
        raise InvalidDefinitions(checked.errors)
    bodies = {document.key: document.body for document in documents}
    warnings = checked.warnings
    if gone:
        found = _check_deletions(gone, bodies, there)
        warnings += tuple(one for one in found.warnings if one not in set(warnings))
    return _proposal(bodies, gone, there, warnings)


def propose_deletions(keys: Collection[Key], there: Definitions) -> Proposal:
    """Return what deleting definitions comes to; raises NotFound or StillReferred."""
    for key in keys:
        if key not in there.bodies:
            raise NotFound(*key)
    gone = tuple(sorted(set(keys)))
    return _proposal({}, gone, there, _check_deletions(gone, {}, there).warnings)


def _check_deletions(
    gone: Collection[Key], bodies: Mapping[Key, Body], there: Definitions
) -> Checked:
    """Return what is new about the definitions that stay; raises StillReferred."""
    stay = {key: body for key, body in {**there.bodies, **bodies}.items() if key not in gone}
    after = check(_documents(stay))
    if not (after.errors or after.warnings):
        return after
    before = check(_documents({**there.bodies, **bodies}))
    errors = tuple(one for one in after.errors if one not in set(before.errors))
    if errors:
        raise StillReferred(", ".join("/".join(key) for key in sorted(gone)), errors)
    warnings = tuple(one for one in after.warnings if one not in set(before.warnings))
    return Checked((), (), warnings)


def _proposal(
    bodies: Mapping[Key, Body],
    gone: tuple[Key, ...],
    there: Definitions,
    warnings: tuple[Problem, ...],
) -> Proposal:
    touched = (*bodies, *gone)
    texts = {key: canonical(there.bodies[key]) for key in touched if key in there.bodies}
    after = {key: body for key, body in {**there.bodies, **bodies}.items() if key not in gone}
    indicators = _indicators(after, there)
    return Proposal(
        revision=there.stored.revision,
        bodies=bodies,
        deletions=gone,
        outcome=decide(list(bodies.values()), gone, texts),
        indicators=indicators,
        recounted=_recounted(_indicators(there.bodies, there), indicators),
        warnings=warnings,
    )


def _recounted(before: Pairs, after: Pairs) -> tuple[str, ...]:
    """Return the SLOs that stop counting something and begin to count something else."""
    return tuple(sorted({slo for slo, _ in before - after} & {slo for slo, _ in after - before}))


def _known(there: Definitions, without: Collection[Key]) -> list[Document]:
    return _documents({key: body for key, body in there.bodies.items() if key not in without})


def _documents(bodies: Mapping[Key, Body]) -> list[Document]:
    return [document_of(body, file="/".join(key)) for key, body in bodies.items()]


def _indicators(bodies: Mapping[Key, Body], there: Definitions) -> Pairs:
    catalogue = compile_catalogue(
        list(bodies.values()),
        revision=there.stored.revision,
        counted_from=there.stored.counted_from,
    )
    return frozenset((slo.name, i.key) for slo in catalogue.slos for i in slo.indicators())
