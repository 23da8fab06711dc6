"""Agreements are versions that are agreed on, whatever they are stored in."""

import asyncio
import json
from typing import Any

import pytest

from shared.definitions.terms import hash_of
from shared.domain.agreement import Version
from shared.domain.errors import NotAllowed, NotFound
from shared.domain.signing import Act, Wish
from shared.memory_definitions import MemoryDefinitions
from shared.sql.agreements import NewTerms
from shared.sql.audit import AuditQuery, Author
from shared.sql.definitions import Change, SqlDefinitions

Definitions = SqlDefinitions | MemoryDefinitions
NAME = "checkout"
ANN = Author("ann", verified=True)


def a_body(**more: Any) -> dict[str, Any]:
    spec = {
        "provider": {"team": "payments"},
        "consumers": [{"team": "storefront"}],
        "effective": {"from": "2026-01-01"},
        **more,
    }
    return {
        "apiVersion": "leeway/v1",
        "kind": "Agreement",
        "metadata": {"name": NAME},
        "spec": spec,
    }


def terms_of(body: dict[str, Any], target: str = "0.99") -> str:
    return json.dumps({"spec": body["spec"], "promises": [target]}, sort_keys=True)


def written(body: dict[str, Any], target: str = "0.99") -> Change:
    return Change([body], author=ANN, terms={NAME: NewTerms(body, terms_of(body, target))})


async def versions_of(definitions: Definitions) -> list[Version]:
    return [one.version for one in (await definitions.load()).agreements.get(NAME, ())]


async def sign(definitions: Definitions, act: Act, team: str, **more: Any) -> int:
    return await definitions.sign(NAME, Wish(act, team, "Ann Lee", **more), ANN)


async def test_an_agreement_begins_with_a_draft(definitions: Definitions) -> None:
    await definitions.apply(written(a_body()))
    (stored,) = (await definitions.load()).agreements[NAME]
    assert (stored.version.number, stored.version.parties) == (1, ("payments", "storefront"))
    assert stored.version.sha256 == hash_of(terms_of(a_body()))
    assert (stored.body, stored.author) == (a_body(), ANN)


async def test_only_other_terms_make_another_version(definitions: Definitions) -> None:
    await definitions.apply(written(a_body()))
    relabelled = {**a_body(), "metadata": {"name": NAME, "labels": {"team": "x"}}}
    await definitions.apply(written(relabelled))
    assert len(await versions_of(definitions)) == 1
    await definitions.apply(written(a_body(type="OLA")))
    assert [one.number for one in await versions_of(definitions)] == [1, 2]


async def test_a_change_of_something_else_may_make_a_version_and_is_recorded(
    definitions: Definitions,
) -> None:
    await definitions.apply(written(a_body()))
    slo = {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": "a"}}
    new = {NAME: NewTerms(a_body(), terms_of(a_body(), "0.9"))}
    await definitions.apply(Change([slo], terms=new))
    assert len(await versions_of(definitions)) == 2
    recorded = (await definitions.changes(AuditQuery("Agreement", NAME)))[0]
    assert (recorded.revision, recorded.before) == (2, a_body())
    assert recorded.note == "version 2 begins as a draft: an SLO that it promises has changed"
    assert (await definitions.get("Agreement", NAME)).changed_revision == 1


async def test_what_the_parties_do_is_kept_and_recorded(definitions: Definitions) -> None:
    await definitions.apply(written(a_body()))
    assert await sign(definitions, Act.PROPOSE, "payments", note="as discussed") == 2
    await sign(definitions, Act.ACCEPT, "storefront")
    await sign(definitions, Act.ACCEPT, "payments")

    (version,) = await versions_of(definitions)
    assert version.is_agreed
    assert version.proposed is not None
    assert version.proposed.note == "as discussed"
    assert [(one.team, one.person) for one in version.acceptances] == [
        ("storefront", "Ann Lee"),
        ("payments", "Ann Lee"),
    ]
    notes = [one.note for one in await definitions.changes(AuditQuery("Agreement", NAME))]
    assert notes == [
        "version 1 accepted for payments by Ann Lee; it is active",
        "version 1 accepted for storefront by Ann Lee; it is proposed and waits for payments",
        "version 1 proposed for payments by Ann Lee (as discussed); it is proposed and waits for "
        "payments, storefront",
        "version 1 begins as a draft",
    ]
    assert await definitions.revision() == 4


async def test_what_is_terminated_keeps_its_versions(definitions: Definitions) -> None:
    await definitions.apply(written(a_body()))
    await sign(definitions, Act.TERMINATE, "storefront", note="moved away")
    (version,) = await versions_of(definitions)
    assert version.terminated is not None
    assert (version.terminated.team, version.terminated.note) == ("storefront", "moved away")


async def test_what_cannot_be_done_changes_nothing(definitions: Definitions) -> None:
    with pytest.raises(NotFound):
        await sign(definitions, Act.PROPOSE, "payments")
    await definitions.apply(written(a_body()))
    with pytest.raises(NotAllowed):
        await sign(definitions, Act.ACCEPT, "payments")
    assert await definitions.revision() == 1


async def test_of_two_acceptances_at_once_none_is_lost(definitions: Definitions) -> None:
    await definitions.apply(written(a_body()))
    await sign(definitions, Act.PROPOSE, "payments")
    await asyncio.gather(*(sign(definitions, Act.ACCEPT, t) for t in ("payments", "storefront")))
    (version,) = await versions_of(definitions)
    assert version.is_agreed
