from datetime import UTC, datetime

import httpx
import pytest

from services.evaluator.delivery.http import HttpxHttp, retry_after
from services.evaluator.delivery.outcome import Refused, Unreached
from services.evaluator.delivery.request import Request
from tests.unit.evaluator.delivery.build import attempt

ACCESS = attempt().access
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


async def answer(response: httpx.Response | Exception) -> bytes:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
        return await HttpxHttp(client).send(Request("https://x.example.com", b"{}"), ACCESS)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_a_good_answer_is_returned(status: int) -> None:
    assert await answer(httpx.Response(status, content=b"ok")) == b"ok"


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 413, 422])
async def test_other_answers_are_for_good(status: int) -> None:
    with pytest.raises(Refused, match=f"webhook answered {status}: no \\*\\*\\*"):
        await answer(httpx.Response(status, content=b"no\n s3cr3t"))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_busy_and_broken_receivers_are_tried_again_when_they_ask_for_it(status: int) -> None:
    with pytest.raises(Unreached) as unreached:
        await answer(httpx.Response(status, headers={"retry-after": "17"}))
    assert unreached.value.retry_after == 17


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("refused s3cr3t"), httpx.ReadTimeout(""), httpx.RemoteProtocolError("")],
)
async def test_a_receiver_that_cannot_be_reached_may_come_back(error: Exception) -> None:
    with pytest.raises(Unreached) as unreached:
        await answer(error)
    assert "s3cr3t" not in str(unreached.value)


@pytest.mark.parametrize("url", ["nonsense", "https://", "https://x:port/", "ftp://x"])
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises((Refused, Unreached)):
            await HttpxHttp(client).send(Request(url), ACCESS)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("120", 120),
        ("999999", 3600),
        ("Mon, 23 Nov 2026 06:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 05:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_what_retry_after_asks_for(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
