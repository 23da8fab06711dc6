import asyncio
from collections.abc import Callable

import httpx
import pytest

from leeway.exit import CommandFailed, ExitCode
from leeway.sending.destination import Api, Refusal
from leeway.sending.event import Line
from leeway.server import Refused, Server, open_server

Handler = Callable[[httpx.Request], httpx.Response]
URL = "http://leeway.test"


def server(handler: Handler) -> Server:
    return Server(httpx.Client(base_url=URL, transport=httpx.MockTransport(handler)), URL)


def answering(status: int, body: object) -> Server:
    return server(lambda _: httpx.Response(status, json=body))


def test_a_list_is_read_over_all_its_pages() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        cursor = request.url.params.get("cursor")
        assert request.url.params["service"] == "a"
        page = {None: ([{"n": 1}], "x"), "x": ([{"n": 2}], "y"), "y": ([], None)}
        items, following = page[cursor]
        return httpx.Response(200, json={"items": items, "next_cursor": following})

    assert list(server(handle).items("/v1/slos", {"service": "a"})) == [{"n": 1}, {"n": 2}]


def test_what_is_not_asked_for_is_not_sent() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=dict(request.url.params))

    asked = {"team": None, "state": "ok", "over": False}
    assert server(handle).get("/v1/slos", asked) == {"state": "ok", "over": "false"}
    assert server(handle).get("/v1/slos") == {}


def test_a_refusal_carries_the_servers_words_and_answers_no() -> None:
    with pytest.raises(Refused, match="there is no SLO named 'x'") as refused:
        answering(404, {"title": "Not found", "detail": "there is no SLO named 'x'"}).get("/v1/x")
    assert (refused.value.code, refused.value.status) == (ExitCode.NO, 404)


def test_a_server_without_its_database_counts_as_unreachable() -> None:
    with pytest.raises(CommandFailed, match="the database cannot be reached") as failed:
        answering(503, {"detail": "the database cannot be reached"}).get("/v1/slos")
    assert failed.value.code == ExitCode.UNREACHABLE


def test_a_missing_token_is_explained() -> None:
    with pytest.raises(CommandFailed, match="set LEEWAY_TOKEN"):
        answering(401, {"title": "Unauthorized"}).get("/v1/slos")


def test_something_that_is_no_leeway_server_is_told_apart() -> None:
    page = server(lambda _: httpx.Response(200, text="<html>hello</html>"))
    with pytest.raises(CommandFailed, match=r"is http://leeway\.test a Leeway server") as failed:
        page.get("/v1/slos")
    assert failed.value.code == ExitCode.UNREACHABLE


@pytest.mark.parametrize("status", [400, 404, 502])
def test_a_refusal_without_a_problem_document_is_still_a_message(status: int) -> None:
    with pytest.raises(CommandFailed):
        server(lambda _: httpx.Response(status, text="nope")).get("/v1/slos")
    with pytest.raises(CommandFailed):
        answering(status, ["nope"]).get("/v1/slos")


def test_a_token_is_sent_as_bearer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_TOKEN", "secret")
    with open_server(URL) as api:
        assert api._client.headers["authorization"] == "Bearer secret"
    monkeypatch.delenv("LEEWAY_TOKEN")
    with open_server(URL) as api:
        assert "authorization" not in api._client.headers


def test_what_the_api_finds_bad_is_left_out_and_the_rest_is_sent() -> None:
    taken: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        lines = request.content.split(b"\n")
        bad = [n for n, line in enumerate(lines) if b"service" not in line]
        if bad:
            errors = [{"index": n, "reason": "no_service", "message": "none"} for n in bad]
            return httpx.Response(400, json={"detail": "bad", "errors": errors})
        taken.extend(lines)
        return httpx.Response(202, json={"accepted": len(lines)})

    lines = [
        Line(1, b'{"service":"a"}'),
        Line(2, b"[1]"),
        Line(5, b"{}"),
        Line(6, b'{"service":"b"}'),
    ]
    refused = asyncio.run(Api(server(handle), "requests").take(lines))
    assert sorted(refused, key=lambda r: r.line) == [
        Refusal(2, "not_an_object: a line holds one event, not a list"),
        Refusal(5, "no_service: none"),
    ]
    assert taken == [b'{"service":"a"}', b'{"service":"b"}']


def test_a_refusal_of_everything_is_not_taken_for_one_of_events() -> None:
    api = Api(answering(400, {"detail": "there is no data source 'x'"}), "x")
    with pytest.raises(Refused, match="no data source"):
        asyncio.run(api.take([Line(1, b"{}")]))
