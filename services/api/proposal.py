"""What a change of definitions would come to: pure, so that it can be tried and repeated."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.api.catalogue import Body, Definitions, Key
from services.api.errors import StillReferred
from shared.definitions.check import check
from shared.definitions.compile import compile_catalogue
from shared.definitions.document import Document, document_of
from shared.domain.errors import InvalidDefinitions, NotFound, Problem


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that passed every check against the definitions of `revision`.

    `indicators` are the (SLO name, indicator key) pairs that are counted after it.
    """

    revision: int
    bodies: Mapping[Key, Body]
    created: tuple[Key, ...]
    changed: tuple[Key, ...]
    unchanged: tuple[Key, ...]
    deletions: tuple[Key, ...]
    indicators: frozenset[tuple[str, str]]
    warnings: tuple[Problem, ...] = ()


def propose(documents: Sequence[Document], there: Definitions) -> Proposal:
    """Return what writing these documents comes to; raises InvalidDefinitions."""
    checked = check(documents, known=_known(there, without=()))
    if checked.errors:
        raise InvalidDefinitions(checked.errors)
    bodies = {document.key: document.body for document in documents}
    same = {key for key, body in bodies.items() if _equal(there.bodies.get(key), body)}
    return Proposal(
        revision=there.stored.revision,
        bodies=bodies,
        created=tuple(sorted(bodies.keys() - there.bodies.keys())),
        changed=tuple(sorted((bodies.keys() & there.bodies.keys()) - same)),
        unchanged=tuple(sorted(same)),
        deletions=(),
        indicators=_indicators({**there.bodies, **bodies}, there),
        warnings=checked.warnings,
    )


def propose_deletion(key: Key, there: Definitions) -> Proposal:
    """Return what deleting a definition comes to; raises NotFound or StillReferred."""
    if key not in there.bodies:
        raise NotFound(*key)
    broken = check(_known(there, without=(key,))).errors
    before = set(check(_known(there, without=())).errors) if broken else set()
    new = tuple(problem for problem in broken if problem not in before)
    if new:
        raise StillReferred("/".join(key), new)
    after = {other: body for other, body in there.bodies.items() if other != key}
    return Proposal(
        revision=there.stored.revision,
        bodies={},
        created=(),
        changed=(),
        unchanged=(),
        deletions=(key,),
        indicators=_indicators(after, there),
    )


def _known(there: Definitions, without: tuple[Key, ...]) -> list[Document]:
    return [
        document_of(body, file="/".join(key))
        for key, body in there.bodies.items()
        if key not in without
    ]


def _indicators(bodies: Mapping[Key, Body], there: Definitions) -> frozenset[tuple[str, str]]:
    catalogue = compile_catalogue(
        list(bodies.values()),
        revision=there.stored.revision,
        counted_from=there.stored.counted_from,
    )
    return frozenset((slo.name, i.key) for slo in catalogue.slos for i in slo.indicators())


def _equal(one: Body | None, other: Body) -> bool:
    """Tell whether two documents are the same text once stored: in Python 1 == 1.0 == True."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
