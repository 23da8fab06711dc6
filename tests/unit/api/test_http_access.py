"""Who may come in: tokens, their scopes and teams, the page's cookie."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from httpx import AsyncClient

from services.api.access import FORGOTTEN, rule_of
from services.api.app import Door
from services.api.guard import COOKIE
from services.api.keyring import TokenKeyring
from services.api.routes.session import local
from services.api.token_file import BadTokenFile
from shared.domain.access import Caller, Scope, Token, hash_of
from shared.domain.errors import StoreUnavailable
from shared.memory_tokens import MemoryTokens
from tests.unit.api.world import AVAILABILITY, NOW, World, named, open_client

MADE = datetime(2026, 1, 1, tzinfo=UTC)
EVENT = b'{"service": "checkout", "route": "/pay", "status": 200, "ts": %d}' % (NOW * 1000)
SILENCE = {"matchers": [{"name": "slo", "value": "x"}], "duration": "1h"}


def token(name: str, *scopes: Scope, team: str | None = None) -> Token:
    """Return the token whose secret is its name."""
    return Token(name, hash_of(name), frozenset(scopes), "ada", MADE, team)


def bearer(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {name}"}


@pytest.fixture
def keyring(world: World) -> TokenKeyring:
    return TokenKeyring(world.tokens, lambda: world.now)


@pytest.fixture
async def client(world: World, keyring: TokenKeyring) -> AsyncIterator[AsyncClient]:
    for scope in Scope:
        await world.tokens.add(token(scope.value, scope))
    await world.tokens.add(token("payments-ci", Scope.DEFINE, Scope.APPROVE, team="payments"))
    async with open_client(world, Door(keyring, keyring.forget)) as client:
        yield client


REQUESTS: list[tuple[str, str, Scope]] = [
    ("GET", "/v1/slos", Scope.READ),
    ("GET", "/v1/audit", Scope.READ),
    ("POST", "/v1/events", Scope.EVENTS),
    ("POST", "/v1/definitions", Scope.DEFINE),
    ("POST", "/v1/definitions/delete", Scope.DEFINE),
    ("DELETE", "/v1/definitions/SLO/x", Scope.DEFINE),
    ("POST", "/v1/silences", Scope.DEFINE),
    ("POST", "/v1/alerts/x/acknowledge", Scope.DEFINE),
    ("POST", "/v1/targets/x/test", Scope.DEFINE),
    ("POST", "/v1/agreements/x/accept", Scope.APPROVE),
    ("GET", "/v1/tokens", Scope.ADMIN),
    ("POST", "/v1/tokens", Scope.ADMIN),
    ("DELETE", "/v1/tokens/x", Scope.ADMIN),
    ("POST", "/v1/of-a-later-release", Scope.ADMIN),
]


@pytest.mark.parametrize(("method", "path", "needed"), REQUESTS)
async def test_a_request_takes_its_scope(
    client: AsyncClient, method: str, path: str, needed: Scope
) -> None:
    assert (await client.request(method, path)).status_code == 401
    for scope in Scope:
        answer = await client.request(method, path, headers=bearer(scope.value))
        may = Caller("", frozenset({scope})).may(needed)
        assert (answer.status_code != 403) is may, scope


async def test_no_route_was_forgotten_in_the_table(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            rule = rule_of(method.upper(), path)
            assert rule is not FORGOTTEN, (method, path)
            assert bool(operation["security"]) is (rule is not None)
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/login", "/static/page.css"])
async def test_probes_and_what_the_login_needs_are_open(client: AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x y", "Basic read", "Bearer " + 9000 * "x"]
)
async def test_what_is_no_known_token_lets_nobody_in(client: AsyncClient, header: str) -> None:
    answer = await client.get("/v1/slos", headers={"authorization": header})
    assert (answer.status_code, answer.headers["www-authenticate"][:6]) == (401, "Bearer")


async def test_an_expired_token_and_a_revoked_one_are_worth_nothing(
    world: World, client: AsyncClient
) -> None:
    until = datetime.fromtimestamp(world.now + 60, UTC)
    await world.tokens.add(replace(token("short", Scope.READ), expires_at=until))
    assert (await client.get("/v1/slos", headers=bearer("short"))).status_code == 200
    world.now += 60
    assert (await client.get("/v1/slos", headers=bearer("short"))).status_code == 401
    gone = await client.delete("/v1/tokens/read", headers=bearer("admin"))
    assert gone.status_code == 204
    assert (await client.get("/v1/slos", headers=bearer("read"))).status_code == 401


async def test_a_token_is_told_once_and_works_at_once(client: AsyncClient, world: World) -> None:
    wanted = {"name": "new", "scopes": ["events"]}
    made = (await client.post("/v1/tokens", json=wanted, headers=bearer("admin"))).json()
    listed = await client.get("/v1/tokens", headers=bearer("admin"))
    assert made["token"] not in listed.text
    assert hash_of(made["token"]) not in listed.text
    assert made["created_by"] == "admin"
    sent = await client.post("/v1/events", content=EVENT, headers=bearer(made["token"]))
    assert sent.status_code == 202
    again = await client.post("/v1/tokens", json=wanted, headers=bearer("admin"))
    assert again.status_code == 409


async def test_a_change_is_recorded_under_the_tokens_name(client: AsyncClient) -> None:
    headers = bearer("define") | {"x-leeway-user": "somebody else"}
    assert (await client.post("/v1/definitions", content=AVAILABILITY, headers=headers)).is_success
    (entry, *_) = (await client.get("/v1/audit", headers=bearer("read"))).json()["items"]
    assert (entry["author"], entry["verified"]) == ("define", True)


async def test_a_team_changes_what_is_its_own_only(client: AsyncClient) -> None:
    theirs = named("theirs").replace("leeway/owner: payments", "leeway/owner: search")
    mine = named("mine")
    ours = bearer("payments-ci")
    assert (await client.post("/v1/definitions", content=mine, headers=ours)).is_success
    refused = await client.post("/v1/definitions", content=theirs, headers=ours)
    assert refused.status_code == 403
    assert "SLO/theirs is not the team payments's" in refused.json()["detail"]
    await client.post("/v1/definitions", content=theirs, headers=bearer("define"))
    taken_over = theirs.replace("leeway/owner: search", "leeway/owner: payments")
    refused = await client.post("/v1/definitions", content=taken_over, headers=ours)
    assert refused.status_code == 403
    assert (await client.delete("/v1/definitions/SLO/theirs", headers=ours)).status_code == 403
    assert (await client.delete("/v1/definitions/SLO/mine", headers=ours)).is_success


async def test_a_team_silences_nothing_and_signs_for_itself_only(client: AsyncClient) -> None:
    ours = bearer("payments-ci")
    assert (await client.post("/v1/silences", json=SILENCE, headers=ours)).status_code == 403
    signing = {"team": "search", "person": "bob"}
    refused = await client.post("/v1/agreements/x/accept", json=signing, headers=ours)
    assert refused.status_code == 403
    own = await client.post(
        "/v1/agreements/x/accept", json=signing | {"team": "payments"}, headers=ours
    )
    assert own.status_code == 404


async def test_a_browser_is_sent_to_the_login_and_back(client: AsyncClient) -> None:
    html = {"accept": "text/html"}
    sent = await client.get("/slos/a?b=c", headers=html)
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=%2Fslos%2Fa%3Fb%3Dc")
    assert "password" in (await client.get(sent.headers["location"])).text
    form = {"token": "read", "next": "/slos/a?b=c"}
    answer = await client.post("/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/slos/a?b=c")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await client.get("/", headers=html)).status_code == 200
    assert (await client.get("/v1/slos")).status_code == 200
    assert (await client.post("/logout")).headers["location"] == "/login"
    assert (await client.get("/v1/slos")).status_code == 401


async def test_the_cookie_changes_nothing(client: AsyncClient) -> None:
    client.cookies.set(COOKIE, "admin")
    assert (await client.get("/v1/slos")).status_code == 200
    assert (await client.post("/v1/definitions", content=AVAILABILITY)).status_code == 401


@pytest.mark.parametrize(("secret", "status"), [("", 401), ("wrong", 401), ("events", 403)])
async def test_the_login_takes_only_a_token_that_may_read(
    client: AsyncClient, secret: str, status: int
) -> None:
    answer = await client.post("/login", data={"token": secret})
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers


async def test_the_cookie_goes_over_https_only_where_the_page_does(
    world: World, keyring: TokenKeyring
) -> None:
    await world.tokens.add(token("read", Scope.READ))
    async with open_client(world, Door(keyring, secure=True)) as client:
        answer = await client.post("/login", data={"token": "read"})
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb"]
)
def test_the_login_leads_to_no_other_site(path: str) -> None:
    assert local(path) == "/"


async def test_an_open_api_makes_no_tokens(world: World) -> None:
    async with open_client(world) as client:
        answer = await client.post("/v1/tokens", json={"name": "x", "scopes": ["admin"]})
    assert answer.status_code == 409
    assert await world.tokens.list() == []


class Away(MemoryTokens):
    """A store that can be switched off."""

    away = False

    async def list(self) -> Sequence[Token]:
        if self.away:
            raise StoreUnavailable("gone")
        return await super().list()


async def test_without_its_database_the_api_goes_by_the_tokens_it_knew(world: World) -> None:
    world.tokens = store = Away()
    await store.add(token("events", Scope.EVENTS))
    keyring = TokenKeyring(store, lambda: world.now)
    async with open_client(world, Door(keyring)) as client:
        store.away = True
        first = await client.post("/v1/events", content=EVENT, headers=bearer("events"))
        assert (first.status_code, first.headers["retry-after"]) == (503, "5")
        store.away = False
        assert (await client.post("/v1/events", content=EVENT, headers=bearer("events"))).is_success
        store.away = True
        world.now += 60
        assert (await client.post("/v1/events", content=EVENT, headers=bearer("events"))).is_success


def _entry(secret: str) -> str:
    return f"- {{name: {secret}, sha256: {hash_of(secret)}, scopes: [read]}}\n"


async def test_the_file_of_tokens_is_read_again_and_a_bad_one_changes_nothing(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "tokens.yaml"
    file.write_text(_entry("one"))
    keyring = TokenKeyring(world.tokens, lambda: world.now, file)
    assert await keyring.caller("one") == Caller("one", frozenset({Scope.READ}))
    file.write_text(_entry("two"))
    world.now += 5
    assert await keyring.caller("one") is None
    file.write_text("[nonsense")
    world.now += 5
    assert await keyring.caller("two") is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {name: a, sha256: s3cr3t, scopes: [read]}", r"0\.sha256: String should match"),
        (f"- {{name: a, sha256: {64 * 'a'}, scopes: [write]}}", r"0\.scopes"),
        (2 * _entry("a"), "two tokens are named 'a'"),
        ("{", "it is not YAML"),
    ],
)
async def test_a_bad_file_of_tokens_is_refused_at_start_without_showing_it(
    world: World, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "tokens.yaml"
    file.write_text(text)
    with pytest.raises(BadTokenFile, match=said) as refused:
        TokenKeyring(world.tokens, lambda: world.now, file)
    assert "s3cr3t" not in str(refused.value)
