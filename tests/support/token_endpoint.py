"""An OAuth 2.0 token endpoint on the loopback address that hands out unsigned tokens."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


class TokenEndpoint:
    """Gives `client_id` a token against `secret`; counts how many it gave."""

    def __init__(self, client_id: str, secret: str, lifetime: int = 300) -> None:
        self.url = ""
        self.given = 0
        self.scopes: list[str | None] = []
        self._login = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._client_id = client_id
        self._lifetime = lifetime

    def answer(self, authorization: str | None, form: dict[str, list[str]]) -> tuple[int, Any]:
        """Return the status and body for a request."""
        if authorization != f"Basic {self._login}":
            return 401, {"error": "invalid_client"}
        if form.get("grant_type") != ["client_credentials"]:
            return 400, {"error": "unsupported_grant_type"}
        self.given += 1
        self.scopes.append(form.get("scope", [None])[0])
        return 200, {
            "access_token": unsigned_token(self._client_id, self._lifetime),
            "token_type": "Bearer",
            "expires_in": self._lifetime,
        }


def unsigned_token(subject: str, lifetime: int) -> str:
    """Return a JSON Web Token without a signature (RFC 7519, section 6)."""
    now = int(time.time())
    claims = {"sub": subject, "iat": now, "exp": now + lifetime}
    parts = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "none"}, claims)
    )
    return ".".join((*parts, ""))


@contextmanager
def token_endpoint(client_id: str, secret: str, lifetime: int = 300) -> Iterator[TokenEndpoint]:
    """Serve tokens until the end of the block."""
    endpoint = TokenEndpoint(client_id, secret, lifetime)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            form = parse_qs(self.rfile.read(length).decode())
            status, body = endpoint.answer(self.headers.get("authorization"), form)
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint.url = f"http://127.0.0.1:{server.server_port}/token"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join(5)
