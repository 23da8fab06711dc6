"""The versions of agreements and who accepted them, in SQL. Rows are added, never removed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.definitions.terms import effective_in, hash_of, parties_in
from shared.domain.agreement import Signature, Standing, Version, standing_of
from shared.domain.signing import Act, Wish, done
from shared.sql.audit import Author
from shared.sql.revision import Action, Body, Step, body_of, canonical
from shared.sql.schema.agreement import agreement_acceptance, agreement_version
from shared.sql.upsert import insert_into, upsert


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version of an agreement: the document, the terms it came to, and who made it when."""

    agreement: str
    version: Version
    body: Body
    terms: str
    at: datetime
    author: Author


@dataclass(frozen=True, slots=True)
class NewTerms:
    """An agreement's document and the terms that it comes to."""

    body: Body
    terms: str


KIND = "Agreement"

_ACTIONS = {
    Act.PROPOSE: Action.PROPOSED,
    Act.ACCEPT: Action.ACCEPTED,
    Act.TERMINATE: Action.TERMINATED,
}
_PARTS = ("team", "person", "at", "note")

Versions = dict[str, tuple[StoredVersion, ...]]  # by agreement, the oldest first


def new_versions(
    wanted: Mapping[str, NewTerms], there: Versions, at: datetime, author: Author
) -> list[StoredVersion]:
    """Return a version for each agreement whose terms are not those of its newest one."""
    return [
        _new_version(name, new, len(there.get(name, ())) + 1, at, author)
        for name, new in sorted(wanted.items())
        if name not in there or there[name][-1].terms != new.terms
    ]


def _new_version(
    name: str, new: NewTerms, number: int, at: datetime, author: Author
) -> StoredVersion:
    start, end = effective_in(new.terms)
    version = Version(number, hash_of(new.terms), parties_in(new.terms), start, end)
    return StoredVersion(name, version, new.body, new.terms, at, author)


def steps_of(new: Iterable[StoredVersion], steps: Sequence[Step]) -> list[Step]:
    """Return the steps with what they begin; a version of its own accord is a step of its own."""
    begun = {one.agreement: one for one in new}
    found = [
        replace(step, note=_begins(begun.pop(step.name)))
        if step.kind == KIND and step.name in begun
        else step
        for step in steps
    ]
    for name, one in begun.items():
        text = canonical(one.body)
        note = f"{_begins(one)}: an SLO that it promises has changed"
        found.append(Step(KIND, name, Action.CHANGED, text, text, note))
    return found


def signed(
    stored: Sequence[StoredVersion], wish: Wish, now: datetime
) -> tuple[list[StoredVersion], Step]:
    """Return the versions that differ once a wish is done, and the step for the audit log.

    Raises NotAllowed.
    """
    versions = [one.version for one in stored]
    changed = {one.number: one for one in done(versions, wish, now)}
    after = [changed.get(version.number, version) for version in versions]
    today = now.astimezone(UTC).date()
    last = max(changed) - 1
    standing = standing_of(after, last, today)
    waiting = after[last].waiting_for if standing is Standing.PROPOSED else ()
    what = (
        f"version {last + 1} {_ACTIONS[wish.act].value} for {wish.team} by {wish.person}"
        f"{f' ({wish.note})' if wish.note else ''}; it is {standing.value}"
        f"{' and waits for ' + ', '.join(waiting) if waiting else ''}"
    )
    text = canonical(stored[last].body)
    step = Step(KIND, stored[last].agreement, _ACTIONS[wish.act], text, text, what)
    return [
        replace(one, version=changed[one.version.number])
        for one in stored
        if one.version.number in changed
    ], step


def _begins(new: StoredVersion) -> str:
    return f"version {new.version.number} begins as a draft"


async def load(connection: AsyncConnection, name: str | None = None) -> Versions:
    """Return all versions of all agreements, or of one."""
    versions = select(agreement_version).order_by(
        agreement_version.c.agreement, agreement_version.c.version
    )
    acceptances = select(agreement_acceptance).order_by(
        agreement_acceptance.c.at, agreement_acceptance.c.team
    )
    if name is not None:
        versions = versions.where(agreement_version.c.agreement == name)
        acceptances = acceptances.where(agreement_acceptance.c.agreement == name)
    accepted: dict[tuple[str, int], list[Signature]] = defaultdict(list)
    for row in await connection.execute(acceptances):
        signature = Signature(row.team, row.person, row.at, row.sha256, row.note)
        accepted[row.agreement, row.version].append(signature)
    found: dict[str, list[StoredVersion]] = defaultdict(list)
    for one in (await connection.execute(versions)).mappings():
        key = one["agreement"], one["version"]
        found[one["agreement"]].append(_stored(one, accepted[key]))
    return {agreement: tuple(listed) for agreement, listed in found.items()}


async def add(connection: AsyncConnection, versions: Sequence[StoredVersion]) -> None:
    """Write versions that are new."""
    if versions:
        await connection.execute(insert(agreement_version), [_row(one) for one in versions])


async def write(connection: AsyncConnection, versions: Iterable[StoredVersion]) -> None:
    """Write what the parties have done about versions that are there."""
    for stored in versions:
        await connection.execute(upsert(connection, agreement_version), [_row(stored)])
        for one in stored.version.acceptances:
            kept = insert_into(connection, agreement_acceptance).on_conflict_do_nothing()
            await connection.execute(
                kept,
                [
                    {
                        "agreement": stored.agreement,
                        "version": stored.version.number,
                        "team": one.team,
                        "person": one.person,
                        "at": one.at,
                        "sha256": one.sha256,
                        "note": one.note,
                    }
                ],
            )


def _row(stored: StoredVersion) -> dict[str, Any]:
    version = stored.version
    return {
        "agreement": stored.agreement,
        "version": version.number,
        "at": stored.at,
        "author": stored.author.name,
        "verified": stored.author.verified,
        "body": canonical(stored.body),
        "terms": stored.terms,
        "sha256": version.sha256,
        **_signed("proposed", version.proposed),
        **_signed("terminated", version.terminated),
    }


def _signed(what: str, signature: Signature | None) -> dict[str, Any]:
    return {
        f"{what}_team": signature and signature.team,
        f"{what}_person": signature and signature.person,
        f"{what}_at": signature and signature.at,
        f"{what}_note": signature and signature.note,
    }


def _stored(row: RowMapping, acceptances: Sequence[Signature]) -> StoredVersion:
    start, end = effective_in(row["terms"])
    return StoredVersion(
        row["agreement"],
        Version(
            row["version"],
            row["sha256"],
            parties_in(row["terms"]),
            start,
            end,
            _signature(row, "proposed"),
            tuple(acceptances),
            _signature(row, "terminated"),
        ),
        body_of(row["body"]),
        row["terms"],
        row["at"],
        Author(row["author"], row["verified"]),
    )


def _signature(row: RowMapping, what: str) -> Signature | None:
    team, person, at, note = (row[f"{what}_{part}"] for part in _PARTS)
    return None if at is None else Signature(team, person, at, row["sha256"], note)
