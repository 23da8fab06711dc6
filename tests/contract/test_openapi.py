"""The api keeps to its own OpenAPI description, whatever it is asked."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from hypothesis import settings
from schemathesis import Case, HookContext, SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from services.api.app import Door
from services.api.keyring import TokenKeyring
from shared.domain.access import Scope, Token, hash_of
from tests.support.flush import alert_row
from tests.unit.api.test_http_agreements import AGREEMENT
from tests.unit.api.test_http_alerts import recorded
from tests.unit.api.test_http_notifications import TARGETS, fill
from tests.unit.api.world import AVAILABILITY, CHRISTMAS, World, app_of

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
SECRET = "an admin's"
ADMIN = {"authorization": f"Bearer {SECRET}"}
SILENCE = {"matchers": [{"name": "slo", "value": "x"}], "duration": "1h"}
THERE = {  # what a name in a path is replaced by half of the time
    "/v1/slos": {"name": "checkout-availability"},
    "/v1/definitions": {"kind": "SLO", "name": "checkout-availability"},
    "/v1/agreements": {"name": "checkout-for-storefront"},
    "/v1/alerts": {"id": "a"},
    "/v1/silences": {"id": "made at the start"},
    "/v1/notifications": {"id": "a0/1/mail"},
    "/v1/targets": {"name": "chat"},
    "/v1/tokens": {"name": "ci"},
}


@schemathesis.serializer("application/x-ndjson")
def as_it_is(_: SerializationContext, value: object) -> bytes:
    """Lines of JSON, or what is none."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def map_path_parameters(context: HookContext, given: dict[str, Any] | None) -> Any:
    """Ask for something that is there as often as for something that is not."""
    assert context.operation is not None
    path = context.operation.path
    there = next((names for start, names in THERE.items() if path.startswith(start)), {})
    known = {name: there[name] for name in given or {} if name in there}
    return {**(given or {}), **known} if len(repr(given)) % 2 else given


def app() -> FastAPI:
    """An api that asks for tokens, with one of everything there can be."""
    world = World()
    keyring = TokenKeyring(world.tokens, lambda: world.now)
    made = app_of(world, Door(keyring, keyring.forget), requests_per_second=1e9)

    async def fill_all() -> None:
        admin = frozenset({Scope.ADMIN})
        since = datetime(2026, 1, 1, tzinfo=UTC)
        await world.tokens.add(Token("ada", hash_of(SECRET), admin, "ada", since))
        (slo,) = (await world.define(AVAILABILITY, CHRISTMAS, TARGETS)).slos
        await world.counted(slo, 9_990, 10_000)
        recorded(world, alert_row())
        await fill(world)
        transport = ASGITransport(made)
        async with AsyncClient(transport=transport, base_url="http://a", headers=ADMIN) as client:
            await client.post("/v1/definitions", content=AGREEMENT)
            for act in ("propose", "accept"):
                for team in ("payments", "storefront"):
                    body = {"team": team, "person": "Ann Lee"}
                    await client.post(f"/v1/agreements/checkout-for-storefront/{act}", json=body)
            silence = (await client.post("/v1/silences", json=SILENCE)).json()
            THERE["/v1/silences"]["id"] = quote(silence["id"])
            await client.post("/v1/tokens", json={"name": "ci", "scopes": ["read"]})

    asyncio.run(fill_all())
    return made


def described(*, coverage: bool) -> schemathesis.BaseSchema:
    """What is asked: requests as described and others; `coverage` adds every boundary case."""
    phases = {"coverage": {"enabled": coverage}}
    config = SchemathesisConfig.from_dict({"generation": {"mode": "all"}, "phases": phases})
    return schemathesis.openapi.from_asgi("/openapi.json", APP, config=config)


APP = app()
SOME = described(coverage=False)
ALL = described(coverage=True)


@SOME.parametrize()
@settings(max_examples=8, derandomize=True, database=None)
def test_answers_are_as_described(case: Case[Any]) -> None:
    case.call_and_validate(checks=CHECKS, headers=ADMIN)


@pytest.mark.soak
@ALL.parametrize()
@settings(max_examples=300)
def test_many_more_answers_are_as_described(case: Case[Any]) -> None:
    case.call_and_validate(checks=CHECKS, headers=ADMIN)
