"""Gives agreements as they stand: by the version in force, with the figures of every promise."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from services.api.catalogue import DefinitionStore
from services.api.clause import (
    escalation_of,
    party_of,
    review_of,
    scope_of,
    service_hours_of,
)
from services.api.current import Current
from services.api.overview import Overview
from services.api.pledge import Pledge, Pledges
from services.api.schema import agreement as answer
from services.api.schema.answer import moment
from services.api.status import worst
from services.api.version import pending_after, signature_of, signatures_of, standing, version_of
from shared.domain.agreement import leading
from shared.domain.errors import NotFound
from shared.domain.signing import Wish
from shared.sql.agreements import KIND, StoredVersion
from shared.sql.audit import Author
from shared.sql.promises import promises_of, tenures_of

PERIODS = 12
SERVICE_HOURS = (
    "The figures count every hour of every day: service hours are shown, and do not change them."
)


@dataclass(frozen=True, slots=True)
class Agreements:
    """Reads agreements, and takes what their parties do."""

    current: Current
    store: DefinitionStore
    pledges: Pledges

    async def names(self) -> Sequence[str]:
        """Return the names of all agreements, in order."""
        return sorted((await self.current.definitions()).stored.agreements)

    async def one(self, name: str, periods: int = PERIODS) -> answer.Agreement:
        """Return an agreement with so many past periods of each promise; raises NotFound."""
        overview = await self.current.overview()
        versions = _versions(overview, name)
        position = leading([one.version for one in versions], _today(overview))
        pledges = [
            Pledge(name, promise, tenures_of(versions, position, promise))
            for promise in promises_of(versions, position)
        ]
        promises = [await self.pledges.standing(overview, one, periods) for one in pledges]
        return _agreement(overview, versions, position, promises)

    async def versions(self, name: str) -> answer.Versions:
        """Return every version of an agreement, the newest first; raises NotFound."""
        overview = await self.current.overview()
        versions = _versions(overview, name)
        found = [version_of(versions, at, _today(overview)) for at in range(len(versions))]
        return answer.Versions(items=found[::-1])

    async def sign(self, name: str, wish: Wish, author: Author) -> answer.Signed:
        """Do what a party wants done; raises NotFound or NotAllowed."""
        revision = await self.store.sign(name, wish, author)
        return answer.Signed(revision=revision, agreement=await self.one(name, periods=0))


def _versions(overview: Overview, name: str) -> Sequence[StoredVersion]:
    versions = overview.definitions.stored.agreements.get(name)
    if versions is None:
        raise NotFound(KIND, name)
    return versions


def _today(overview: Overview) -> date:
    return datetime.fromtimestamp(overview.clock.now, UTC).date()


def _agreement(
    overview: Overview,
    versions: Sequence[StoredVersion],
    position: int,
    promises: list[answer.Promise],
) -> answer.Agreement:
    stored, today = versions[position], _today(overview)
    terms = json.loads(stored.terms)
    spec, version = terms["spec"], stored.version
    return answer.Agreement(
        agreement=stored.agreement,
        display_name=terms["displayName"],
        description=spec.get("description"),
        type=spec["type"],
        state=standing(versions, position, today),
        version=version.number,
        sha256=version.sha256,
        pending=pending_after(versions, position, today),
        compliance=worst(promise.state for promise in promises),
        provider=party_of(spec["provider"]),
        consumers=[party_of(consumer) for consumer in spec["consumers"]],
        scope=scope_of(spec),
        effective_from=version.start,
        effective_until=version.end,
        review=review_of(spec),
        service_hours=service_hours_of(spec),
        escalation=escalation_of(spec),
        notes=[SERVICE_HOURS] if spec.get("serviceHours") else [],
        acceptances=signatures_of(version.acceptances),
        waiting_for=list(version.waiting_for),
        terminated=signature_of(version.terminated),
        at=moment(overview.clock.now),
        revision=overview.definitions.stored.revision,
        promises=promises,
    )
