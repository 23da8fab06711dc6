from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.access import Scope, Token, hash_of
from shared.domain.errors import NameTaken, NotFound
from shared.memory_tokens import MemoryTokens
from shared.sql.tokens import SqlTokens

Tokens = SqlTokens | MemoryTokens

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)


def token(name: str = "ci") -> Token:
    scopes = frozenset({Scope.DEFINE, Scope.APPROVE})
    until = AT + timedelta(days=90)
    return Token(name, hash_of(name), scopes, "ada", AT, "payments", until)


async def test_a_token_is_read_as_it_was_written(tokens: Tokens) -> None:
    for name in ("b", "a"):
        await tokens.add(token(name))
    assert list(await tokens.list()) == [token("a"), token("b")]


async def test_a_revoked_token_stays_and_its_name_is_not_given_again(tokens: Tokens) -> None:
    await tokens.add(token())
    await tokens.revoke("ci", AT)
    assert list(await tokens.list()) == [replace(token(), revoked_at=AT)]
    assert not (await tokens.list())[0].is_valid(AT)
    with pytest.raises(NameTaken, match="'ci'"):
        await tokens.add(replace(token(), sha256=hash_of("another")))


async def test_what_is_not_there_or_already_revoked_cannot_be_revoked(tokens: Tokens) -> None:
    with pytest.raises(NotFound):
        await tokens.revoke("ci", AT)
    await tokens.add(token())
    await tokens.revoke("ci", AT)
    with pytest.raises(NotFound):
        await tokens.revoke("ci", AT)
