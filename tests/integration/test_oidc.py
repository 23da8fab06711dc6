"""Tokens of an identity provider that tells its keys over HTTP, and of who pretends to be it."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.api.app import Door
from services.api.oidc import SKEW_SECONDS, Issuer, IssuerKeyring
from services.api.settings import mapping_of
from shared.domain.access import Caller, Scope
from shared.domain.errors import IssuerUnavailable
from tests.support.issuer import DISCOVERY, KEYS, Provider, new_key, oidc_provider
from tests.unit.api.world import World, open_client

SCOPES = mapping_of("sre=admin,dev=define+approve,all=read")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with oidc_provider() as found:
        yield found


@pytest.fixture
def keyring(provider: Provider) -> IssuerKeyring:
    return IssuerKeyring(Issuer(provider.url, "leeway", "groups", SCOPES, "team"))


async def test_groups_become_scopes(provider: Provider, keyring: IssuerKeyring) -> None:
    signed = provider.sign(groups=["dev", "lunch"], team="payments", preferred_username="ada")
    assert await keyring.caller(signed) == Caller(
        "oidc:ada", frozenset({Scope.DEFINE, Scope.APPROVE}), "payments"
    )
    assert await keyring.caller(provider.sign(groups="sre dev")) == Caller(
        "oidc:7", frozenset({Scope.ADMIN, Scope.DEFINE, Scope.APPROVE})
    )
    assert await keyring.caller(provider.sign(aud=["shop", "leeway"])) == Caller(
        "oidc:7", frozenset()
    )


@pytest.mark.parametrize("groups", [7, None, {"sre": True}, [None, ["sre"], {"sre": 1}], True])
async def test_a_claim_of_another_kind_allows_nothing(
    provider: Provider, keyring: IssuerKeyring, groups: Any
) -> None:
    claims = {"groups": groups} if groups is not None else {}
    assert await keyring.caller(provider.sign(**claims)) == Caller("oidc:7", frozenset())


FOREIGN = new_key()
BAD: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "shop"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
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
    assert await keyring.caller(provider.sign(groups=["sre"])) is not None


def signed_by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """Return a token as no honest library makes it; without a secret, without a signature."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in (header, claims)
    ]
    text = b".".join(parts)
    signature = hmac.digest(secret, text, hashlib.sha256) if secret is not None else b""
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.mark.parametrize("alg", ["HS256", "ES256", "none", "None", "NONE", "", None])
@pytest.mark.parametrize("form", ["PEM", "JWK", "nothing"])
async def test_the_public_key_is_no_secret_to_sign_with(
    provider: Provider, keyring: IssuerKeyring, alg: str | None, form: str
) -> None:
    public = provider.keys["k1"].public_key()
    secret = {
        "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "JWK": json.dumps(provider.public("k1")).encode(),
        "nothing": None,
    }[form]
    claims = {"iss": provider.url, "aud": "leeway", "sub": "7", "exp": 4_000_000_000}
    forged = signed_by_hand({"alg": alg, "kid": "k1", "typ": "JWT"}, claims, secret)
    assert await keyring.caller(forged) is None


async def test_a_key_that_the_token_brings_along_is_not_asked(
    provider: Provider, keyring: IssuerKeyring
) -> None:
    with oidc_provider() as evil:
        headers = {"kid": "k1", "jku": evil.url + KEYS, "jwk": evil.public("k1")}
        claims = {"iss": provider.url, "aud": "leeway", "sub": "7", "exp": 4_000_000_000}
        forged = jwt.encode(claims, evil.keys["k1"], "ES256", headers=headers)
        assert await keyring.caller(forged) is None
        assert evil.asked == []


@pytest.mark.parametrize(
    ("claim", "off", "taken"),
    [
        ("exp", -SKEW_SECONDS + 30, True),
        ("exp", -SKEW_SECONDS - 30, False),
        ("nbf", SKEW_SECONDS - 30, True),
        ("nbf", SKEW_SECONDS + 30, False),
        ("iat", SKEW_SECONDS - 30, True),
        ("iat", SKEW_SECONDS + 30, False),
    ],
)
async def test_a_minute_of_skew_is_forgiven_and_no_more(
    provider: Provider, keyring: IssuerKeyring, claim: str, off: int, *, taken: bool
) -> None:
    claims: dict[str, Any] = {claim: int(time.time()) + off}
    found = await keyring.caller(provider.sign(**claims))
    assert (found is not None) is taken


async def test_keys_are_found_by_discovery_and_not_asked_for_at_every_token(
    provider: Provider, keyring: IssuerKeyring
) -> None:
    for _ in range(5):
        assert await keyring.caller(provider.sign()) is not None
    assert provider.asked == [DISCOVERY, KEYS]


async def test_the_provider_may_change_its_keys(
    provider: Provider, keyring: IssuerKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = provider.sign()
    assert await keyring.caller(old) is not None
    provider.keys = {"k2": new_key()}
    let_half_a_minute_pass(keyring, monkeypatch)
    assert await keyring.caller(provider.sign("k2")) is not None
    assert await keyring.caller(old) is None


async def test_keys_that_do_not_exist_cannot_make_us_ask_all_the_time(
    provider: Provider, keyring: IssuerKeyring
) -> None:
    assert await keyring.caller(provider.sign()) is not None
    provider.keys["k2"] = FOREIGN
    for _ in range(5):
        assert await keyring.caller(provider.sign("k2")) is None
    assert provider.asked.count(KEYS) == 1


def let_half_a_minute_pass(keyring: IssuerKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time be over in which unknown keys are not asked for again."""
    monkeypatch.setattr(keyring._client(), "_last_successful_fetch", time.monotonic() - 31)


async def test_what_was_known_goes_on_counting_while_the_provider_is_away(
    provider: Provider, keyring: IssuerKeyring
) -> None:
    assert await keyring.caller(provider.sign()) is not None
    provider.answers = {KEYS: (503, b""), DISCOVERY: (503, b"")}
    assert await keyring.caller(provider.sign()) is not None


TROUBLE = {
    "no discovery": {DISCOVERY: (404, b"")},
    "discovery in trouble": {DISCOVERY: (500, b"")},
    "discovery of a portal": {DISCOVERY: (200, b"<html>sign in</html>")},
    "discovery that is a list": {DISCOVERY: (200, b"[]")},
    "discovery of nobody": {DISCOVERY: (200, b"{}")},
    "discovery without keys": {DISCOVERY: (200, b'{"issuer": "URL"}')},
    "keys in a file": {DISCOVERY: (200, b'{"issuer": "URL", "jwks_uri": "file:///etc/passwd"}')},
    "keys in trouble": {KEYS: (500, b"")},
    "keys of a portal": {KEYS: (200, b"<html>sign in</html>")},
    "keys that are a list": {KEYS: (200, b"[]")},
    "no keys": {KEYS: (200, b'{"keys": []}')},
    "keys that are none": {KEYS: (200, b'{"keys": [{"kty": "what"}]}')},
}


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_provider_in_trouble_makes_nobody_wrong_and_is_asked_again(
    provider: Provider, keyring: IssuerKeyring, trouble: str
) -> None:
    url = provider.url.encode()
    provider.answers = {
        path: (status, body.replace(b"URL", url))
        for path, (status, body) in TROUBLE[trouble].items()
    }
    with pytest.raises(IssuerUnavailable, match="does not tell its keys"):
        await keyring.caller(provider.sign())
    provider.answers = {}
    assert await keyring.caller(provider.sign()) is not None


async def test_another_providers_discovery_document_is_not_believed(
    provider: Provider, keyring: IssuerKeyring
) -> None:
    with oidc_provider() as evil:
        provider.answers[DISCOVERY] = evil.answer(DISCOVERY)
        with pytest.raises(IssuerUnavailable, match="is about 'http"):
            await keyring.caller(provider.sign())
        assert evil.asked == [DISCOVERY]


async def test_the_api_lets_in_and_refuses_by_such_tokens(
    provider: Provider, keyring: IssuerKeyring
) -> None:
    async with open_client(World(), Door(keyring, lambda: None)) as client:

        async def status(method: str, path: str, secret: str) -> int:
            headers = {"authorization": f"Bearer {secret}"}
            return (await client.request(method, path, headers=headers)).status_code

        assert await status("GET", "/v1/slos", provider.sign(groups=["all"])) == 200
        assert await status("POST", "/v1/definitions", provider.sign(groups=["all"])) == 403
        assert await status("GET", "/v1/tokens", provider.sign(groups=["dev"])) == 403
        assert await status("GET", "/v1/tokens", provider.sign(groups=["sre"])) == 200
        assert await status("GET", "/v1/slos", provider.sign(groups=["sre"], aud="shop")) == 401
        provider.answers = {KEYS: (503, b"")}
        keyring._keys = None
        assert await status("GET", "/v1/slos", provider.sign(groups=["all"])) == 503
