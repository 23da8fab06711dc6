"""Definitions and their history in memory: for tests. They keep the contract of `shared.sql`'s."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from shared.definitions.former import Revised
from shared.domain.errors import NotFound
from shared.domain.signing import Wish
from shared.sql.agreements import KIND, Versions, new_versions, signed, steps_of
from shared.sql.audit import AuditQuery, Author, Recorded, latest_first
from shared.sql.definitions import (
    REACH,
    Applied,
    Change,
    Stored,
    StoredDefinition,
    applied,
    check_base,
    utc_now,
)
from shared.sql.revision import Body, Name, Step, decide


class MemoryDefinitions:
    """Definitions and their history in dicts."""

    def __init__(self, *, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._revision = 0
        self._texts: dict[Name, str] = {}
        self._revisions: dict[Name, tuple[int, int]] = {}  # created, changed
        self._changes: list[Recorded] = []
        self._counted_from: dict[tuple[str, str], int] = {}
        self._agreements: Versions = {}

    async def revision(self) -> int:
        return self._revision

    async def load(self) -> Stored:
        bodies = tuple(json.loads(text) for _, text in sorted(self._texts.items()))
        counted_from = dict(sorted(self._counted_from.items()))
        revised = tuple(
            Revised(one.name, one.revision, one.at, one.before, one.after)
            for one in self._changes
            if one.kind == "SLO" and one.before and one.after and one.at >= self._now() - REACH
        )
        agreements = dict(self._agreements)
        return Stored(self._revision, bodies, counted_from, agreements, revised)

    async def apply(self, change: Change) -> Applied:
        check_base(change, self._revision)
        outcome = decide(change.bodies, change.deletions, self._texts)
        if outcome.steps:
            self._revision += 1
            new = new_versions(change.terms, self._agreements, self._now(), change.author)
            for one in new:
                there = self._agreements.get(one.agreement, ())
                self._agreements[one.agreement] = (*there, one)
            for step in steps_of(new, outcome.steps):
                if step.before != step.after:
                    self._take(step)
                self._record(step, change.author)
            self._counted_from = {
                pair: self._counted_from.get(pair, self._revision) for pair in change.indicators
            }
        return applied(self._revision, outcome)

    async def sign(self, agreement: str, wish: Wish, author: Author) -> int:
        if agreement not in self._agreements:
            raise NotFound(KIND, agreement)
        there = self._agreements[agreement]
        changed, step = signed(there, wish, self._now())
        by_number = {one.version.number: one for one in (*there, *changed)}
        self._agreements[agreement] = tuple(by_number[one.version.number] for one in there)
        self._revision += 1
        self._record(step, author)
        return self._revision

    async def list(
        self, kind: str | None = None, after: Name | None = None, limit: int = 100
    ) -> list[StoredDefinition]:
        names = [
            name
            for name in sorted(self._texts)
            if kind in (None, name[0]) and (after is None or name > after)
        ]
        return [self._stored(name) for name in names[:limit]]

    async def get(self, kind: str, name: str) -> StoredDefinition:
        if (kind, name) not in self._texts:
            raise NotFound(kind, name)
        return self._stored((kind, name))

    async def history(self, kind: str, name: str) -> Sequence[Recorded]:
        return (await self.changes(AuditQuery(kind, name)))[::-1]

    async def changes(self, query: AuditQuery) -> Sequence[Recorded]:
        return latest_first([one for one in self._changes if query.holds(one)])[: query.limit]

    def _take(self, step: Step) -> None:
        name = (step.kind, step.name)
        if step.after is None:
            del self._texts[name], self._revisions[name]
        else:
            created, _ = self._revisions.get(name, (self._revision, 0))
            self._texts[name] = step.after
            self._revisions[name] = (created, self._revision)

    def _record(self, step: Step, author: Author) -> None:
        self._changes.append(
            Recorded(
                self._revision,
                self._now(),
                author,
                step.kind,
                step.name,
                step.action,
                _body(step.before),
                _body(step.after),
                step.note,
            )
        )

    def _stored(self, name: Name) -> StoredDefinition:
        return StoredDefinition(*name, json.loads(self._texts[name]), *self._revisions[name])


def _body(text: str | None) -> Body | None:
    return None if text is None else json.loads(text)
