import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.errors import NotFound, RevisionConflict
from shared.memory_definitions import MemoryDefinitions
from shared.sql.audit import AuditQuery, Author
from shared.sql.definitions import Applied, Change, SqlDefinitions, StoredDefinition

Definitions = SqlDefinitions | MemoryDefinitions


def a_body(name: str, *, kind: str = "SLO", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "openslo/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


async def test_nothing_is_defined_at_first(definitions: Definitions) -> None:
    stored = await definitions.load()
    assert (stored.revision, stored.bodies, stored.counted_from) == (0, (), {})
    assert await definitions.revision() == 0


async def test_one_apply_is_one_revision(definitions: Definitions) -> None:
    bodies = [a_body("b"), a_body("a"), a_body("a", kind="Service")]
    answer = await definitions.apply(Change(bodies, author=Author("ann")))
    assert answer == Applied(1, created=("SLO/a", "SLO/b", "Service/a"))
    assert await definitions.revision() == 1


async def test_loading_gives_all_in_order_of_kind_and_name(definitions: Definitions) -> None:
    names = ["b", "B", "a-1", "a", "ä", "_", "z"]
    await definitions.apply(Change([a_body(name) for name in names]))
    await definitions.apply(Change([a_body("z", kind="DataSource")]))
    loaded = (await definitions.load()).bodies
    assert [(b["kind"], b["metadata"]["name"]) for b in loaded] == [
        ("DataSource", "z"),
        *(("SLO", name) for name in sorted(names)),
    ]


async def test_applying_the_same_again_makes_no_revision(definitions: Definitions) -> None:
    await definitions.apply(Change([a_body("a", x=1, y=2)], author=Author("ann")))
    answer = await definitions.apply(Change([a_body("a", y=2, x=1)], author=Author("bob")))
    assert answer == Applied(1, unchanged=("SLO/a",))
    assert [r.author.name for r in await definitions.history("SLO", "a")] == ["ann"]


async def test_an_apply_tells_apart_what_it_did_to_each(definitions: Definitions) -> None:
    await definitions.apply(Change([a_body("a"), a_body("b"), a_body("c")]))
    answer = await definitions.apply(
        Change([a_body("b", x=1), a_body("c"), a_body("d")], deletions=[("SLO", "a")])
    )
    assert answer == Applied(2, ("SLO/d",), ("SLO/b",), ("SLO/c",), ("SLO/a",))
    assert [b["metadata"]["name"] for b in (await definitions.load()).bodies] == ["b", "c", "d"]


async def test_deleting_what_is_not_there_changes_nothing_at_all(definitions: Definitions) -> None:
    with pytest.raises(NotFound):
        await definitions.apply(Change([a_body("a")], deletions=[("SLO", "b")]))
    assert (await definitions.load()).bodies == ()
    assert await definitions.revision() == 0


async def test_a_name_that_occurs_twice_is_refused(definitions: Definitions) -> None:
    with pytest.raises(ValueError, match="twice"):
        await definitions.apply(Change([a_body("a"), a_body("a", x=1)]))
    with pytest.raises(ValueError, match="twice"):
        await definitions.apply(Change([a_body("a")], deletions=[("SLO", "a")]))


async def test_a_change_to_an_old_revision_is_refused(definitions: Definitions) -> None:
    await definitions.apply(Change([a_body("a")], base_revision=0))
    await definitions.apply(Change([a_body("a", x=1)], base_revision=1))
    with pytest.raises(RevisionConflict, match="revision 2"):
        await definitions.apply(Change([a_body("a", x=2)], base_revision=1))
    assert (await definitions.load()).bodies == (a_body("a", x=1),)


async def test_what_is_counted_keeps_the_revision_that_first_defined_it(
    definitions: Definitions,
) -> None:
    await definitions.apply(Change([a_body("a")], indicators=[("a", "k1"), ("a", "k2")]))
    await definitions.apply(Change([a_body("b")], indicators=[("a", "k2"), ("b", "k2")]))
    assert (await definitions.load()).counted_from == {("a", "k2"): 1, ("b", "k2"): 2}
    await definitions.apply(Change([a_body("c")], indicators=[("a", "k1"), ("a", "k2")]))
    assert (await definitions.load()).counted_from == {("a", "k1"): 3, ("a", "k2"): 1}


async def test_the_history_of_a_definition_survives_it(definitions: Definitions) -> None:
    started = datetime.now(UTC)
    await definitions.apply(Change([a_body("a", x=1)], author=Author("ann")))
    await definitions.apply(Change([a_body("a", x=2), a_body("other")], author=Author("bob")))
    await definitions.apply(Change(deletions=[("SLO", "a")], author=Author("cyd")))
    history = await definitions.history("SLO", "a")
    assert [(r.revision, r.author.name, r.action, r.before, r.after) for r in history] == [
        (1, "ann", "created", None, a_body("a", x=1)),
        (2, "bob", "changed", a_body("a", x=1), a_body("a", x=2)),
        (3, "cyd", "deleted", a_body("a", x=2), None),
    ]
    assert all(started <= r.at <= datetime.now(UTC) for r in history)
    assert await definitions.history("SLO", "never") == []


async def test_the_audit_log_reads_backwards_and_page_by_page(definitions: Definitions) -> None:
    await definitions.apply(Change([a_body("b"), a_body("a")], author=Author("ann", verified=True)))
    await definitions.apply(Change([a_body("a", x=1)], author=Author("bob")))
    await definitions.apply(Change([a_body("z", kind="Service")], deletions=[("SLO", "b")]))
    everything = [(3, "SLO", "b"), (3, "Service", "z"), (2, "SLO", "a"), (1, "SLO", "a")]
    everything.append((1, "SLO", "b"))

    found: list[tuple[int, str, str]] = []
    while page := await definitions.changes(
        AuditQuery(after=found[-1] if found else None, limit=2)
    ):
        found += [change.place for change in page]
    assert found == everything

    async def places(query: AuditQuery) -> list[tuple[int, str, str]]:
        return [change.place for change in await definitions.changes(query)]

    assert await places(AuditQuery(since=1)) == everything[:3]
    assert await places(AuditQuery("SLO", "b")) == [everything[0], everything[4]]
    assert await places(AuditQuery(author="bob")) == [everything[2]]
    (first, _) = await definitions.changes(AuditQuery(author="ann"))
    assert first.author == Author("ann", verified=True)


async def test_one_definition_tells_when_it_was_made_and_last_changed(
    definitions: Definitions,
) -> None:
    await definitions.apply(Change([a_body("a")]))
    await definitions.apply(Change([a_body("a", x=1)]))
    found = await definitions.get("SLO", "a")
    assert found == StoredDefinition("SLO", "a", a_body("a", x=1), 1, 2)
    with pytest.raises(NotFound, match="'b'"):
        await definitions.get("SLO", "b")


async def test_a_definition_that_comes_back_is_a_new_one(definitions: Definitions) -> None:
    await definitions.apply(Change([a_body("a")]))
    await definitions.apply(Change(deletions=[("SLO", "a")]))
    assert (await definitions.apply(Change([a_body("a")]))).created == ("SLO/a",)
    assert (await definitions.get("SLO", "a")).created_revision == 3


async def test_a_long_list_is_read_page_by_page(definitions: Definitions) -> None:
    kinds = ("SLO", "Service")
    bodies = [a_body(f"n{i}", kind=kind) for i in range(7) for kind in kinds]
    await definitions.apply(Change(bodies))
    found: list[tuple[str, str]] = []
    while page := await definitions.list(after=found[-1] if found else None, limit=4):
        assert len(page) <= 4
        found += [(d.kind, d.name) for d in page]
    assert found == sorted((kind, f"n{i}") for i in range(7) for kind in kinds)
    services = await definitions.list("Service", after=("Service", "n3"), limit=2)
    assert [d.name for d in services] == ["n4", "n5"]


async def test_documents_come_back_as_they_were_given(definitions: Definitions) -> None:
    body = a_body(
        "a", text="é\u0000\ud800\n", large=2**70, small=1e-9, ratio=0.999, none=None, list=[[], {}]
    )
    await definitions.apply(Change([body]))
    assert (await definitions.load()).bodies == (body,)


async def test_two_people_who_apply_at_once_both_get_their_change(
    definitions: Definitions,
) -> None:
    answers = await asyncio.gather(
        *(definitions.apply(Change([a_body(f"n{i}")])) for i in range(8))
    )
    assert sorted(answer.revision for answer in answers) == list(range(1, 9))
    assert len((await definitions.load()).bodies) == 8


async def test_of_two_changes_to_one_revision_only_the_first_is_made(
    definitions: Definitions,
) -> None:
    answers = await asyncio.gather(
        *(definitions.apply(Change([a_body("a", x=i)], base_revision=0)) for i in range(6)),
        return_exceptions=True,
    )
    made = [answer for answer in answers if isinstance(answer, Applied)]
    refused = [answer for answer in answers if isinstance(answer, RevisionConflict)]
    assert (len(made), len(refused)) == (1, 5)
    assert len(await definitions.history("SLO", "a")) == 1


async def test_thousands_of_definitions_fit_into_one_apply(definitions: Definitions) -> None:
    bodies = [a_body(f"n{i}") for i in range(3_000)]
    pairs = [(f"n{i}", "k") for i in range(3_000)]
    assert len((await definitions.apply(Change(bodies, indicators=pairs))).created) == 3_000
    assert len((await definitions.load()).counted_from) == 3_000
    names = [("SLO", f"n{i}") for i in range(3_000)]
    assert len((await definitions.apply(Change(deletions=names))).deleted) == 3_000
    assert (await definitions.load()).counted_from == {}
