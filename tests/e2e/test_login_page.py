"""The page behind a token, in a real browser: signing in and out, and what other sites may not."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from services.api.guard import COOKIE
from shared.domain.access import Scope, Token, hash_of
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.sql.tokens import SqlTokens
from tests.conftest import missing
from tests.e2e.browser import NoBrowser, running_browser
from tests.support.port import free_port
from tests.support.process import services

SERVICE = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: made}\nspec: {}\n"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> Iterator[str]:
    """The address of an api that asks for tokens; a token's secret is its scope."""
    folder: Path = tmp_path_factory.mktemp("api")
    url = shared_database_url
    asyncio.run(with_tokens(url))
    settings = {
        "LEEWAY_KAFKA_BOOTSTRAP": f"127.0.0.1:{free_port()}",
        "LEEWAY_DATABASE_URL": url,
        "LEEWAY_AUTH": "tokens",
    }
    with services(folder, settings) as started:
        service = started.start("api")
        service.until_answering("/healthz", 200)
        yield f"http://127.0.0.1:{service.port}"


@pytest.fixture(scope="module")
def browser(api: str) -> Iterator[Browser]:
    """Started after the api was prepared: beside it no other loop runs in this thread."""
    try:
        with running_browser() as found:
            yield found
    except NoBrowser as error:
        missing(error)


async def with_tokens(url: str) -> None:
    await upgrade(url)
    async with open_engine(url) as engine:
        for scope in Scope:
            secret, scopes = hash_of(scope.value), frozenset({scope})
            made = Token(scope.value, secret, scopes, "ada", datetime.now(UTC))
            await SqlTokens(engine).add(made)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser that knows nothing yet."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def sign_in(page: Page, api: str, secret: str, path: str = "/") -> None:
    """Ask for a page, and give this token where it is asked for."""
    page.goto(f"{api}{path}")
    page.get_by_label("Token with the scope read").fill(secret)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(
    ("secret", "told"),
    [("wrong", "unknown, expired or revoked"), (Scope.EVENTS.value, "may not read")],
)
def test_a_token_that_does_not_suffice_is_told_so_and_kept_nowhere(
    page: Page, api: str, secret: str, told: str
) -> None:
    sign_in(page, api, secret)
    assert told in page.get_by_role("alert").inner_text()
    assert page.context.cookies() == []
    assert secret not in page.url
    page.goto(api)
    assert page.url == f"{api}/login?next=%2F"


def test_a_right_token_leads_to_the_page_that_was_asked_for_and_scripts_cannot_reach_it(
    page: Page, api: str
) -> None:
    told: list[ConsoleMessage] = []
    page.on("console", lambda message: told.append(message))
    sign_in(page, api, Scope.READ.value, "/agreements")
    assert page.url == f"{api}/agreements"
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == (COOKIE, True, "Lax")
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("fetch('/v1/slos').then(answer => answer.status)") == 200
    assert [one.text for one in told if one.type in ("error", "warning")] == []


def test_signing_out_takes_the_cookie_away(page: Page, api: str) -> None:
    sign_in(page, api, Scope.READ.value)
    page.goto(f"{api}/login")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out of this browser").click()
    assert page.context.cookies() == []
    page.goto(f"{api}/agreements")
    assert page.url == f"{api}/login?next=%2Fagreements"


def test_the_cookie_changes_nothing_whatever_its_token_may_do(page: Page, api: str) -> None:
    sign_in(page, api, Scope.ADMIN.value)
    script = "body => fetch('/v1/definitions', {method: 'POST', body}).then(a => a.status)"
    assert page.evaluate(script, SERVICE) == 401
    assert revision(api) == 0


FORM = (
    '<form method="post" enctype="text/plain" action="{action}">'
    '<textarea name="{field}">{value}</textarea><button>A kitten</button></form>'
)
FRAME = '<iframe src="{action}"></iframe>'
FORGED = [  # on the same site, another port, and on another site
    ("127.0.0.1", "/v1/definitions", "apiVersion: openslo/v1\nkind: Service\n#"),
    ("localhost", "/v1/definitions", "apiVersion: openslo/v1\nkind: Service\n#"),
    ("127.0.0.1", "/logout", "x"),
    ("localhost", "/login", "token"),
]


@contextmanager
def another_site(body: str) -> Iterator[int]:
    """Serve one page, and give its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(5)


@pytest.mark.parametrize(("host", "path", "field"), FORGED)
def test_what_another_site_makes_a_browser_send_is_refused(
    page: Page, api: str, host: str, path: str, field: str
) -> None:
    sign_in(page, api, Scope.ADMIN.value)
    body = FORM.format(action=f"{api}{path}", field=field, value=Scope.READ.value)
    with another_site(body) as port:
        page.goto(f"http://{host}:{port}")
        with page.expect_response(f"{api}{path}") as sent:
            page.get_by_role("button").click()
        assert sent.value.status == 403
        assert "A page of another site asked for this." in sent.value.text()
    assert [cookie["value"] for cookie in page.context.cookies()] == [Scope.ADMIN.value]
    assert revision(api) == 0


def test_no_other_site_can_show_ours_in_a_frame(page: Page, api: str) -> None:
    sign_in(page, api, Scope.READ.value)
    with another_site(FRAME.format(action=api)) as port:
        page.goto(f"http://127.0.0.1:{port}")
        framed = page.frames[1]
        framed.wait_for_load_state()
        assert framed.url.startswith("chrome-error://")


def revision(api: str) -> int:
    """Return how often the definitions were changed."""
    read = {"authorization": f"Bearer {Scope.READ.value}"}
    found: int = (
        httpx.get(f"{api}/v1/definitions", headers=read).raise_for_status().json()["revision"]
    )
    return found
