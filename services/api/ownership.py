"""Whose a definition is: what a token that is limited to a team may change."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.api.catalogue import AGREEMENT, Body, Key
from shared.definitions.terms import parties_of
from shared.domain.errors import Forbidden
from shared.sql.revision import Step, body_of

OWNER = "leeway/owner"


def owners_of(body: Body, bodies: Mapping[Key, Body]) -> frozenset[str]:
    """Return the teams that a definition belongs to.

    An agreement belongs to its parties; anything else to whom `leeway/owner` names, else to the
    owner of its service; what names neither belongs to nobody.
    """
    if body.get("kind") == AGREEMENT:
        return frozenset(parties_of(body))
    own = _annotated(body)
    if own is None:
        service = (body.get("spec") or {}).get("service")
        own = _annotated(bodies.get(("Service", service), {})) if service else None
    return frozenset({own} if own else ())


def require_owned(steps: Iterable[Step], team: str | None, bodies: Mapping[Key, Body]) -> None:
    """Raise Forbidden unless all that changes is the team's, before and after the change."""
    if team is None:
        return
    for step in steps:
        for text in (step.before, step.after):
            if text is not None and team not in owners_of(body_of(text), bodies):
                raise Forbidden(
                    f"{step.kind}/{step.name} is not the team {team}'s, to which this token is "
                    f"limited: its `{OWNER}`, or that of its service, must be {team}"
                )


def _annotated(body: Mapping[str, Any]) -> str | None:
    found = ((body.get("metadata") or {}).get("annotations") or {}).get(OWNER)
    return str(found) if found else None
