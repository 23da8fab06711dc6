import json
from collections.abc import Callable

import httpx
import pytest

from leeway.apply import Request, apply_documents, chosen_labels, make_change
from leeway.exit import CommandFailed, ExitCode
from leeway.server import Refused, Server
from shared.definitions.document import document_of

URL = "http://leeway.test"
SERVICE = document_of({"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "a"}})
CHANGE: dict[str, object] = {
    "kind": "Service",
    "name": "a",
    "action": "created",
    "before": None,
    "after": {},
}


class Api:
    """Definitions at a revision that somebody else makes `theirs` times newer before ours."""

    def __init__(self, theirs: int) -> None:
        self.revision = 1
        self.theirs = theirs
        self.asked: list[dict[str, str]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        self.asked.append(query)
        assert [body["kind"] for body in json.loads(request.content)] == ["Service"]
        if query.get("dry_run") != "true":
            if self.theirs:
                self.theirs -= 1
                self.revision += 1
            if query["base_revision"] != str(self.revision):
                return httpx.Response(409, json={"detail": "by ann", "errors": [{"name": "b"}]})
            self.revision += 1
        return httpx.Response(
            200, json={"revision": self.revision, "changes": [CHANGE], "recounted": []}
        )


def server(handler: Callable[[httpx.Request], httpx.Response]) -> Server:
    return Server(httpx.Client(base_url=URL, transport=httpx.MockTransport(handler)), URL)


def change(api: Api, *, retry: bool) -> int:
    connection, request = server(api.answer), Request([SERVICE], "team=a")
    preview = apply_documents(connection, Request([SERVICE], "team=a", dry_run=True))
    return int(make_change(connection, request, preview, retry=retry)["revision"])


def test_a_change_is_made_to_the_revision_that_was_compared() -> None:
    api = Api(theirs=0)
    assert change(api, retry=False) == 2
    assert api.asked == [
        {"dry_run": "true", "prune": "team=a"},
        {"base_revision": "1", "prune": "team=a"},
    ]


def test_a_change_that_others_were_faster_than_is_not_repeated_unless_told() -> None:
    with pytest.raises(Refused, match="by ann"):
        change(Api(theirs=1), retry=False)
    assert change(Api(theirs=2), retry=True) == 4


def test_repeating_comes_to_an_end() -> None:
    with pytest.raises(Refused, match="by ann"):
        change(Api(theirs=99), retry=True)


def test_nothing_is_sent_when_nothing_differs() -> None:
    def never(_: httpx.Request) -> httpx.Response:
        raise AssertionError

    same = {"revision": 7, "changes": [], "recounted": []}
    assert make_change(server(never), Request([SERVICE]), same, retry=False) == same


@pytest.mark.parametrize(("selector", "prune"), [(None, True), ("", True), ("a=b", False)])
def test_pruning_and_labels_go_together(selector: str | None, prune: bool) -> None:
    with pytest.raises(CommandFailed) as failed:
        chosen_labels(selector, prune=prune)
    assert failed.value.code == ExitCode.USAGE
