"""Gives agreements as they stand: by the version in force, with the figures of every promise."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice

from services.api.alteration import alterations
from services.api.catalogue import DefinitionStore, Unevaluated
from services.api.clause import (
    escalation_of,
    party_of,
    review_of,
    scope_of,
    service_hours_of,
)
from services.api.compliance import Compliance, Term, periods_before
from services.api.current import Current
from services.api.objective import window_answer
from services.api.overview import Overview
from services.api.schema import agreement as answer
from services.api.schema.answer import moment
from services.api.status import why_stale, worst
from shared.definitions.terms import effective_in, promises_in
from shared.domain.agreement import (
    Promise,
    Signature,
    Standing,
    Wish,
    as_slo,
    leading,
    standing_of,
)
from shared.domain.budget import State
from shared.domain.errors import NotFound
from shared.domain.slo import SLO, CalendarWindow, Window
from shared.sql.agreements import KIND, StoredVersion
from shared.sql.audit import Author

PERIODS = 12
SERVICE_HOURS = (
    "The figures count every hour of every day: service hours are shown, and do not change them."
)


@dataclass(frozen=True, slots=True)
class Agreements:
    """Reads agreements, and takes what their parties do."""

    current: Current
    store: DefinitionStore

    async def names(self) -> Sequence[str]:
        """Return the names of all agreements, in order."""
        return sorted((await self.current.definitions()).stored.agreements)

    async def one(self, name: str, periods: int = PERIODS) -> answer.Agreement:
        """Return an agreement with so many past periods of each promise; raises NotFound."""
        overview = await self.current.overview()
        versions = _versions(overview, name)
        position = leading([one.version for one in versions], _today(overview))
        terms = versions[position].terms
        promises = [
            await self._promise(overview, name, terms, promise, periods)
            for promise in promises_in(terms)
        ]
        return _agreement(overview, versions, position, promises)

    async def versions(self, name: str) -> answer.Versions:
        """Return every version of an agreement, the newest first; raises NotFound."""
        overview = await self.current.overview()
        versions = _versions(overview, name)
        found = [_version(versions, at, _today(overview)) for at in range(len(versions))]
        return answer.Versions(items=found[::-1])

    async def sign(self, name: str, wish: Wish, author: Author) -> answer.Signed:
        """Do what a party wants done; raises NotFound or NotAllowed."""
        revision = await self.store.sign(name, wish, author)
        return answer.Signed(revision=revision, agreement=await self.one(name, periods=0))

    async def _promise(
        self, overview: Overview, name: str, terms: str, promise: Promise, periods: int
    ) -> answer.Promise:
        found = _slo_of(overview, promise)
        promised = as_slo(name, promise, found) if isinstance(found, SLO) else None
        if promised is None or not isinstance(found, SLO):
            return _without_figures(promise, found)
        figures = overview.board.of(found.name, overview.clock.now)
        stale = why_stale(found, figures, overview.clock)
        since = figures.facts().counted_since.get((found.name, str(promise.objective)))
        compliance = Compliance(
            promised, Term(*effective_in(terms)), figures, since, stale is not None
        )
        now = compliance.objective()
        current = compliance.current(now)
        start = int(now.window.from_.timestamp()) if now.window.from_ else overview.clock.now
        past = periods_before(promised.window, figures.at, start)
        bounds = list(islice(past, periods))
        line = None
        if bounds:
            line = await self.current.past.timeline(
                overview.board, promised, bounds[-1][0], overview.clock.now
            )
        return answer.Promise(
            slo=promise.slo,
            objective=promise.objective,
            service=found.service,
            target=now.target,
            slo_target=_own_target(found, promise),
            window=now.window,
            time_zone=_zone(promise.window),
            state=now.state,
            reason="; ".join(filter(None, (_what_changed(found, promise), stale))) or None,
            current=current,
            past=[compliance.period(one, line) for one in bounds if line is not None],
        )


def _versions(overview: Overview, name: str) -> Sequence[StoredVersion]:
    versions = overview.definitions.stored.agreements.get(name)
    if versions is None:
        raise NotFound(KIND, name)
    return versions


def _today(overview: Overview) -> date:
    return datetime.fromtimestamp(overview.clock.now, UTC).date()


def _slo_of(overview: Overview, promise: Promise) -> SLO | Unevaluated | None:
    try:
        return overview.find(promise.slo)
    except NotFound:
        return None


def _own_target(slo: SLO, promise: Promise) -> float | None:
    targets = (one.target for one in slo.objectives if one.name == promise.objective)
    return next((float(target) for target in targets), None)


def _zone(window: Window | None) -> str:
    return window.time_zone if isinstance(window, CalendarWindow) else "UTC"


def _what_changed(slo: SLO, promise: Promise) -> str | None:
    """Return what is not as it was when the promise was made."""
    counted = [
        indicator.key
        for one in slo.objectives
        if one.name == promise.objective
        for indicator in (one.indicator, one.good_indicator)
        if indicator is not None
    ]
    if tuple(counted) != promise.counts:
        return f"{slo.name} counts something else than when this was agreed"
    return None


def _without_figures(promise: Promise, found: SLO | Unevaluated | None) -> answer.Promise:
    if found is None:
        reason = f"there is no SLO named {promise.slo!r} any more"
    elif isinstance(found, Unevaluated):
        reason = f"not evaluated: {found.reason}"
    else:
        reason = f"{promise.slo} has no such objective any more, or could not be evaluated"
    return answer.Promise(
        slo=promise.slo,
        objective=promise.objective,
        service=None if found is None else found.service,
        target=None if promise.target is None else float(promise.target),
        slo_target=None,
        window=None if promise.window is None else window_answer(promise.window),
        time_zone=_zone(promise.window),
        state=State.NO_DATA,
        reason=reason,
        current=None,
        past=[],
    )


def _agreement(
    overview: Overview,
    versions: Sequence[StoredVersion],
    position: int,
    promises: list[answer.Promise],
) -> answer.Agreement:
    stored = versions[position]
    terms = json.loads(stored.terms)
    spec, version = terms["spec"], stored.version
    return answer.Agreement(
        agreement=stored.agreement,
        display_name=terms["displayName"],
        description=spec.get("description"),
        type=spec["type"],
        state=_standing(versions, position, _today(overview)),
        version=version.number,
        sha256=version.sha256,
        pending=_pending(versions, position, _today(overview)),
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
        acceptances=_signatures(version.acceptances),
        waiting_for=list(version.waiting_for),
        terminated=_signature(version.terminated),
        at=moment(overview.clock.now),
        revision=overview.definitions.stored.revision,
        promises=promises,
    )


def _pending(
    versions: Sequence[StoredVersion], position: int, today: date
) -> answer.Pending | None:
    newest = versions[-1].version
    standing = _standing(versions, len(versions) - 1, today)
    if position == len(versions) - 1 or standing is Standing.TERMINATED:
        return None
    return answer.Pending(
        version=newest.number, state=standing, waiting_for=list(newest.waiting_for)
    )


def _version(versions: Sequence[StoredVersion], position: int, today: date) -> answer.Version:
    stored = versions[position]
    version = stored.version
    before = versions[position - 1].terms if position else None
    return answer.Version(
        version=version.number,
        state=_standing(versions, position, today),
        at=stored.at,
        author=stored.author.name,
        verified=stored.author.verified,
        sha256=version.sha256,
        effective_from=version.start,
        effective_until=version.end,
        proposed=_signature(version.proposed),
        acceptances=_signatures(version.acceptances),
        waiting_for=list(version.waiting_for),
        terminated=_signature(version.terminated),
        changes=[] if before is None else alterations(before, stored.terms),
        body=stored.body,
        terms=json.loads(stored.terms),
    )


def _standing(versions: Sequence[StoredVersion], position: int, today: date) -> Standing:
    return standing_of([one.version for one in versions], position, today)


def _signatures(signatures: Iterable[Signature]) -> list[answer.Signature]:
    return [found for one in signatures if (found := _signature(one))]


def _signature(one: Signature | None) -> answer.Signature | None:
    if one is None:
        return None
    return answer.Signature(
        team=one.team, person=one.person, at=one.at, sha256=one.sha256, note=one.note
    )
