"""What is sent to do harm is refused with a reason, and costs little."""

import pytest
from httpx import AsyncClient

from services.api.app import Door
from services.api.errors import TooMany
from services.api.rate import MOST_CALLERS, Rate
from services.api.routes.definitions import LARGEST_YAML
from shared.definitions.query import parse_query
from shared.domain.errors import QueryError
from shared.domain.predicate import TextTest, atoms
from tests.unit.api.world import NOW, World, open_client

EVENT = b'{"service": "checkout", "route": "/pay", "status": 200, "ts": %d}' % (NOW * 1000)
BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join(10 * [f'*a{n - 1}'])}]\n" for n in range(1, 40)
)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (BOMB, "aliases included"),
        ("a: &a [*a]", "stands inside itself"),
        ("[" * 100_000, "nested more than 64 deep"),
        ('{"a":' * 100_000, "nested more than 64 deep"),
        ("- " * 100_000, "nested more than 64 deep"),
        ("!!python/object/apply:os.system ['true']", ""),
    ],
    ids=["aliases", "loop", "json lists", "json objects", "yaml lists", "python"],
)
async def test_a_bomb_of_a_definition_is_refused(client: AsyncClient, body: str, said: str) -> None:
    answer = await client.post("/v1/definitions", content=body)
    assert answer.status_code == 422
    assert said in answer.text


async def test_yaml_that_would_take_minutes_is_not_read(client: AsyncClient) -> None:
    answer = await client.post("/v1/definitions", content=b"a: b\n" * (LARGEST_YAML // 5 + 1))
    assert answer.status_code == 413
    assert "JSON" in answer.json()["detail"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/definitions"])
async def test_nothing_compressed_is_unpacked(
    client: AsyncClient, path: str, encoding: str
) -> None:
    answer = await client.post(path, content=b"x", headers={"content-encoding": encoding})
    assert answer.status_code == 415


@pytest.mark.timeout(60)
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":['])
async def test_deeply_nested_events_are_refused(
    client: AsyncClient, world: World, opening: bytes
) -> None:
    answer = await client.post("/v1/events", content=opening * 500_000)
    assert answer.status_code == 400
    assert world.kafka.events == []


@pytest.mark.timeout(30)
@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)*c", "(a*)*(a*)*(a*)*d", "(.*a){20}b"])
def test_a_regular_expression_cannot_take_exponential_time(pattern: str) -> None:
    (found,) = atoms(parse_query(f"route.matches('{pattern}')"))
    assert isinstance(found, TextTest)
    assert found.pattern is not None
    assert found.pattern.search("a" * 50_000) is None


@pytest.mark.parametrize("pattern", ["((a{100}){100}){100}", r"(a)\\1", "(?=a)"])
def test_a_regular_expression_that_would_not_stay_bounded_is_refused(pattern: str) -> None:
    with pytest.raises(QueryError, match="RE2"):
        parse_query(f"route.matches('{pattern}')")


def test_a_caller_that_sends_too_often_waits_and_others_do_not() -> None:
    rate = Rate(per_second=2)
    for _ in range(4):
        rate.take("a", 100.0)
    with pytest.raises(TooMany) as refused:
        rate.take("a", 100.0)
    assert refused.value.retry_after == 1
    rate.take("b", 100.0)
    rate.take("a", 100.5)
    with pytest.raises(TooMany):
        rate.take("a", 100.5)
    with pytest.raises(TooMany):
        rate.take("a", 50.0)  # a clock that was set back gives nothing away


def test_permits_are_kept_for_two_seconds_and_no_longer() -> None:
    rate = Rate(per_second=2)
    rate.take("a", 0.0)
    for _ in range(4):
        rate.take("a", 3_600.0)
    with pytest.raises(TooMany):
        rate.take("a", 3_600.0)


def test_only_so_many_callers_are_remembered() -> None:
    rate = Rate(per_second=1)
    for number in range(MOST_CALLERS + 10):
        rate.take(str(number), 0.0)
    assert len(rate._buckets) == MOST_CALLERS


async def test_too_many_requests_are_told_when_to_come_again(world: World) -> None:
    async with open_client(world, Door(), requests_per_second=0.5) as client:
        assert (await client.post("/v1/events", content=EVENT)).status_code == 202
        answer = await client.post("/v1/events", content=EVENT)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
        world.now += 2
        assert (await client.post("/v1/events", content=EVENT)).status_code == 202
