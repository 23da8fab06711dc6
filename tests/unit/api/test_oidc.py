"""Tokens of an identity provider, signed by a provider of our own with real keys."""

import json
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.api.oidc import Issuer, IssuerKeyring
from services.api.settings import mapping_of
from shared.domain.access import Caller, Scope
from shared.domain.errors import IssuerUnavailable

URL = "https://id.example"
SCOPES = mapping_of("sre=admin,dev=define+approve")


class Provider:
    """Signs tokens and tells its keys; `keys` by their id."""

    def __init__(self) -> None:
        self.keys = {"k1": ec.generate_private_key(ec.SECP256R1())}
        self.away = False
        self.asked = 0

    def key_set(self) -> dict[str, Any]:
        self.asked += 1
        if self.away:
            raise jwt.PyJWKClientConnectionError("away")
        public = {
            kid: json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
            for kid, key in self.keys.items()
        }
        return {"keys": [jwk | {"kid": kid, "use": "sig"} for kid, jwk in public.items()]}

    def sign(self, kid: str = "k1", key: Any = None, alg: str = "ES256", **claims: Any) -> str:
        all_claims = {"iss": URL, "aud": "leeway", "sub": "7", "exp": 4_000_000_000} | claims
        given = {name: value for name, value in all_claims.items() if value is not None}
        signed: str = jwt.encode(
            given, self.keys[kid] if key is None else key, alg, headers={"kid": kid}
        )
        return signed


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    one = Provider()

    def discovered(where: str, **_: object) -> httpx.Response:
        assert where == f"{URL}/.well-known/openid-configuration"
        request = httpx.Request("GET", where)
        return httpx.Response(200, json={"jwks_uri": f"{URL}/keys"}, request=request)

    def fetched(client: jwt.PyJWKClient) -> dict[str, Any]:
        keys = one.key_set()
        assert client.jwk_set_cache is not None
        client.jwk_set_cache.put(keys)
        return keys

    monkeypatch.setattr(httpx, "get", discovered)
    monkeypatch.setattr(jwt.PyJWKClient, "fetch_data", fetched)
    return one


@pytest.fixture
def keyring(provider: Provider) -> IssuerKeyring:
    return IssuerKeyring(Issuer(URL, "leeway", "groups", SCOPES, "team"))


async def test_groups_become_scopes(provider: Provider, keyring: IssuerKeyring) -> None:
    signed = provider.sign(groups=["dev", "lunch"], team="payments", preferred_username="ada")
    assert await keyring.caller(signed) == Caller(
        "oidc:ada", frozenset({Scope.DEFINE, Scope.APPROVE}), "payments"
    )
    assert await keyring.caller(provider.sign(groups="sre dev")) == Caller(
        "oidc:7", frozenset({Scope.ADMIN, Scope.DEFINE, Scope.APPROVE})
    )
    assert await keyring.caller(provider.sign()) == Caller("oidc:7", frozenset())


FOREIGN = ec.generate_private_key(ec.SECP256R1())
BAD: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "shop"},
    "another issuer": {"iss": "https://evil.example"},
    "expired": {"exp": 1_000_000_000},
    "not yet": {"nbf": 4_000_000_000},
    "no end": {"exp": None},
    "nobody": {"sub": None},
    "another key": {"key": FOREIGN},
    "a shared secret": {"key": 32 * "s", "alg": "HS256"},
    "no signature": {"key": "", "alg": "none"},
}


@pytest.mark.parametrize("how", BAD)
async def test_a_token_that_proves_nothing_lets_nobody_in(
    provider: Provider, keyring: IssuerKeyring, how: str
) -> None:
    assert await keyring.caller(provider.sign(groups=["sre"], **BAD[how])) is None


@pytest.mark.parametrize("secret", ["", "leeway_x", "a.b.c", "..", "é.é.é"])
async def test_what_is_no_token_is_refused(keyring: IssuerKeyring, secret: str) -> None:
    assert await keyring.caller(secret) is None


async def test_the_provider_may_change_its_keys(provider: Provider, keyring: IssuerKeyring) -> None:
    assert await keyring.caller(provider.sign()) is not None
    provider.keys["k2"] = ec.generate_private_key(ec.SECP256R1())
    assert await keyring.caller(provider.sign("k2")) is not None


async def test_keys_are_not_asked_for_again_at_every_token(
    provider: Provider, keyring: IssuerKeyring
) -> None:
    for _ in range(5):
        assert await keyring.caller(provider.sign()) is not None
    assert provider.asked == 1


async def test_without_the_provider_nobody_is_called_wrong(
    provider: Provider, keyring: IssuerKeyring
) -> None:
    provider.away = True
    with pytest.raises(IssuerUnavailable, match=r"id\.example"):
        await keyring.caller(provider.sign())


@pytest.mark.parametrize("text", ["", "sre", "=admin", "sre=boss", "a=read,,b=read"])
def test_a_mapping_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="OIDC_SCOPES"):
        mapping_of(text)
