"""The api keeps to its own OpenAPI description, whatever it is asked."""

import asyncio
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import settings
from schemathesis import Case, SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from tests.unit.api.world import AVAILABILITY, World, app_of

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def as_it_is(_: SerializationContext, value: object) -> bytes:
    """Lines of JSON, or what is none."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def app() -> FastAPI:
    """An api with one SLO that was counted."""
    world = World()

    async def fill() -> None:
        (slo,) = (await world.define(AVAILABILITY)).slos
        await world.counted(slo, 9_990, 10_000)

    asyncio.run(fill())
    return app_of(world, requests_per_second=1e9)


def described(*, coverage: bool) -> schemathesis.BaseSchema:
    """What is asked: requests as described and others; `coverage` adds every boundary case."""
    phases = {"coverage": {"enabled": coverage}}
    config = SchemathesisConfig.from_dict({"generation": {"mode": "all"}, "phases": phases})
    return schemathesis.openapi.from_asgi("/openapi.json", app(), config=config)


SOME = described(coverage=False)
ALL = described(coverage=True)


@SOME.parametrize()
@settings(max_examples=8, derandomize=True, database=None)
def test_answers_are_as_described(case: Case[Any]) -> None:
    case.call_and_validate(checks=CHECKS)


@pytest.mark.soak
@ALL.parametrize()
@settings(max_examples=300)
def test_many_more_answers_are_as_described(case: Case[Any]) -> None:
    case.call_and_validate(checks=CHECKS)
