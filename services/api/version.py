"""The versions of an agreement as the api answers them: how each stands, and who signed it."""

import json
from collections.abc import Iterable, Sequence
from datetime import date

from services.api.alteration import alterations
from services.api.schema import agreement as answer
from shared.domain.agreement import Signature, Standing, standing_of
from shared.sql.agreements import StoredVersion


def version_of(versions: Sequence[StoredVersion], position: int, today: date) -> answer.Version:
    """Return one version, with what differs from the one before it."""
    stored = versions[position]
    version = stored.version
    before = versions[position - 1].terms if position else None
    return answer.Version(
        version=version.number,
        state=standing(versions, position, today),
        at=stored.at,
        author=stored.author.name,
        verified=stored.author.verified,
        sha256=version.sha256,
        effective_from=version.start,
        effective_until=version.end,
        proposed=signature_of(version.proposed),
        acceptances=signatures_of(version.acceptances),
        waiting_for=list(version.waiting_for),
        terminated=signature_of(version.terminated),
        changes=[] if before is None else alterations(before, stored.terms),
        body=stored.body,
        terms=json.loads(stored.terms),
    )


def pending_after(
    versions: Sequence[StoredVersion], position: int, today: date
) -> answer.Pending | None:
    """Return the newest version, if it is to take the place of the one at `position`."""
    newest = len(versions) - 1
    version, state = versions[newest].version, standing(versions, newest, today)
    if position == newest or state is Standing.TERMINATED:
        return None
    return answer.Pending(
        version=version.number,
        state=state,
        waiting_for=list(version.waiting_for),
        effective_from=version.start,
    )


def standing(versions: Sequence[StoredVersion], position: int, today: date) -> Standing:
    """Return how one of the versions stands on a day."""
    return standing_of([one.version for one in versions], position, today)


def signatures_of(signatures: Iterable[Signature]) -> list[answer.Signature]:
    """Return who signed."""
    return [found for one in signatures if (found := signature_of(one))]


def signature_of(one: Signature | None) -> answer.Signature | None:
    """Return who signed, None where nobody did."""
    if one is None:
        return None
    return answer.Signature(
        team=one.team, person=one.person, at=one.at, sha256=one.sha256, note=one.note
    )
