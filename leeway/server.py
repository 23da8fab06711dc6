"""The api as a client sees it: requests, and what to tell a person when one fails."""

import getpass
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

import httpx

from leeway.exit import CommandFailed, ExitCode

DEFAULT_SERVER = "http://127.0.0.1:8080"
_PAGE = 500
_UNREACHABLE_STATUSES = {502, 503, 504}

Query = Mapping[str, str | int | bool | None]
"""Parameters of a request; one that is None is not sent."""


class Refused(CommandFailed):
    """The server says no; `problem` is its problem document (RFC 9457)."""

    def __init__(self, message: str, status: int, problem: dict[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem


class Server:
    """A connection to one Leeway api."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url

    def get(self, path: str, query: Query | None = None) -> Any:
        """Return the JSON answer to a GET."""
        return self._ask("GET", path, query)

    def post(self, path: str, content: bytes, content_type: str, query: Query) -> Any:
        """Return the JSON answer to a POST."""
        headers = {"content-type": content_type}
        return self._ask("POST", path, query, content=content, headers=headers)

    def post_json(self, path: str, body: object) -> Any:
        """Return the JSON answer to a POST of JSON."""
        return self.post(path, json.dumps(body).encode(), "application/json", {})

    def delete(self, path: str, query: Query) -> Any:
        """Return the JSON answer to a DELETE."""
        return self._ask("DELETE", path, query)

    def delete_silently(self, path: str) -> None:
        """Send a DELETE that is answered without content."""
        self._asked("DELETE", path)

    def items(self, path: str, query: Query | None = None) -> Iterator[dict[str, Any]]:
        """Yield the items of a list, over all its pages."""
        cursor: str | None = None
        while True:
            answer = self.get(path, {**(query or {}), "limit": _PAGE, "cursor": cursor})
            yield from answer["items"]
            cursor = answer.get("next_cursor")
            if not cursor:
                return

    def _ask(self, method: str, path: str, query: Query | None = None, **options: Any) -> Any:
        return self._json(self._asked(method, path, query, **options))

    def _asked(
        self, method: str, path: str, query: Query | None = None, **options: Any
    ) -> httpx.Response:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            response = self._client.request(method, path, params=given, **options)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise CommandFailed(
                f"cannot reach the server at {self._url} ({error or type(error).__name__}): "
                "start it with `leeway up`, or name another with --server or LEEWAY_SERVER",
                ExitCode.UNREACHABLE,
            ) from error
        if response.is_success:
            return response
        raise self._refusal(response)

    def _json(self, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise CommandFailed(
                f"{response.request.url} did not answer with JSON: is {self._url} a Leeway server?",
                ExitCode.UNREACHABLE,
            ) from error

    def _refusal(self, response: httpx.Response) -> CommandFailed:
        try:
            problem = response.json()
        except ValueError:
            problem = {}
        if not isinstance(problem, dict):
            problem = {}
        what = problem.get("detail") or problem.get("title") or response.reason_phrase
        if response.status_code in _UNREACHABLE_STATUSES:
            return CommandFailed(f"{self._url}: {what}", ExitCode.UNREACHABLE)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            what = f"{what}: set LEEWAY_TOKEN to a token that this server accepts"
        return Refused(f"{self._url}: {what}", response.status_code, problem)


def user_name() -> str:
    """Return who is at work here, empty when this machine does not know."""
    with suppress(OSError, KeyError):  # KeyError: a user id without a name, as in containers
        return os.environ.get("LEEWAY_USER") or getpass.getuser()
    return ""


@contextmanager
def open_server(url: str, *, timeout_s: float = 30) -> Iterator[Server]:
    """Open a connection to the api, with LEEWAY_TOKEN as bearer, and close it on exit.

    The api records who changes something: LEEWAY_USER, else the user of this process.
    """
    if not url.startswith(("http://", "https://")):
        raise CommandFailed(
            f"--server {url!r} is not a URL: it starts with http:// or https://", ExitCode.USAGE
        )
    token = os.environ.get("LEEWAY_TOKEN")
    headers = {"x-leeway-user": quote(user_name())}
    if token:
        headers["authorization"] = f"Bearer {token}"
    with httpx.Client(base_url=url, headers=headers, timeout=timeout_s) as client:
        yield Server(client, url)
