"""`/login` and `/logout`: the page is reached with a token that a cookie keeps."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.api.body import read_body
from services.api.guard import COOKIE
from services.api.keyring import Keyring
from services.api.page import templates
from shared.domain.access import Scope
from shared.domain.errors import IssuerUnavailable, StoreUnavailable

LARGEST_FORM = 16_384
SECONDS = 12 * 3600


def session_routes(keyring: Keyring | None, *, secure: bool) -> APIRouter:
    """Return the pages that begin and end a session; `secure`: the page is reached by HTTPS only.

    The cookie is no secret of its own but the token: revoking the token ends every session. It is
    out of reach for scripts (HttpOnly), not sent with what other sites post (SameSite=Lax), and
    changes nothing (see `guard.py`).
    """
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    page = templates().get_template("login.html")

    def form(following: str, trouble: str = "", status: int = 200) -> Response:
        text = page.render(following=following, trouble=trouble, asks=keyring is not None)
        return HTMLResponse(text, status, {"cache-control": "no-store"})

    @router.get("/login")
    async def show(request: Request) -> Response:
        return form(local(request.query_params.get("next", "/")))

    @router.post("/login")
    async def begin(request: Request) -> Response:
        body = await read_body(request, LARGEST_FORM)
        fields = parse_qs(body.decode(errors="replace"), max_num_fields=5)
        following = local(fields.get("next", ["/"])[0])
        secret = fields.get("token", [""])[0].strip()
        try:
            caller = await keyring.caller(secret) if keyring and secret else None
        except (StoreUnavailable, IssuerUnavailable) as error:
            return form(following, str(error), 503)
        if caller is None:
            return form(following, "This token is unknown, expired or revoked.", 401)
        if not caller.may(Scope.READ):
            return form(following, "This token may not read: take another one.", 403)
        answer = RedirectResponse(following, 303)
        answer.set_cookie(
            COOKIE,
            secret,
            max_age=SECONDS,
            httponly=True,
            samesite="lax",
            secure=secure or request.url.scheme == "https",
        )
        return answer

    @router.post("/logout")
    async def end() -> Response:
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer

    return router


def local(path: str) -> str:
    r"""Return a path of this site, `/` for what might lead elsewhere (`//x`, `/\x`, a URL)."""
    plain = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return path if plain else "/"
