"""An OpenID Connect provider on the loopback address: it tells its keys over HTTP, and signs."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/keys"


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a private key for ES256."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Provider:
    """Signs tokens and tells its keys, by their id.

    What it `answers` to a path instead of the truth is a status and a body; `asked` are the paths
    in the order in which they were asked for.
    """

    url: str
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=lambda: {"k1": new_key()})
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return the status and the body for a request."""
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == DISCOVERY:
            return 200, json.dumps({"issuer": self.url, "jwks_uri": self.url + KEYS}).encode()
        if path == KEYS:
            return 200, json.dumps({"keys": [self.public(kid) for kid in self.keys]}).encode()
        return 404, b""

    def public(self, kid: str) -> dict[str, Any]:
        """Return a key as others see it (RFC 7517)."""
        key = self.keys[kid].public_key()
        jwk: dict[str, Any] = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key))
        return jwk | {"kid": kid, "use": "sig", "alg": "ES256"}

    def sign(self, kid: str = "k1", key: Any = None, alg: str = "ES256", **claims: Any) -> str:
        """Return a token that is right but for these claims; one that is None is left out."""
        right = {"iss": self.url, "aud": "leeway", "sub": "7", "exp": 4_000_000_000} | claims
        given = {name: value for name, value in right.items() if value is not None}
        signed: str = jwt.encode(
            given, self.keys[kid] if key is None else key, alg, headers={"kid": kid}
        )
        return signed


@contextmanager
def oidc_provider() -> Iterator[Provider]:
    """Serve discovery document and keys until the end of the block."""
    provider = Provider("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = provider.answer(self.path)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join(5)
