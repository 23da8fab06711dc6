"""What is no token of an identity provider, and settings about one."""

import pytest

from services.api.oidc import Issuer, IssuerKeyring
from services.api.settings import mapping_of


@pytest.mark.parametrize("secret", ["", "leeway_x", "a.b.c", "..", "é.é.é", "W1tbW1s.e30."])
async def test_what_is_no_token_is_refused_without_asking_anybody(secret: str) -> None:
    nowhere = Issuer("http://127.0.0.1:1", "leeway", "groups", mapping_of("sre=admin"))
    assert await IssuerKeyring(nowhere).caller(secret) is None


@pytest.mark.parametrize("text", ["", "sre", "=admin", "sre=boss", "a=read,,b=read"])
def test_a_mapping_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="OIDC_SCOPES"):
        mapping_of(text)
