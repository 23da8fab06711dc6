"""Lets in who may come in, before anything of a request is read."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api.access import SAFE, Rule, rule_of
from services.api.keyring import Keyring
from services.api.schema.problem import ProblemDocument, problem_answer
from shared.domain.access import Caller
from shared.domain.errors import IssuerUnavailable, StoreUnavailable

CALLER = "leeway.caller"
COOKIE = "leeway_session"
LONGEST = 8_192  # an identity provider's token is longer than ours
RETRY_AFTER_SECONDS = 5


class Guard:
    """Knows each caller by a bearer token, or by the page's cookie; without a keyring nobody.

    The cookie lets nobody change anything, whatever its token may do: so a page of another site
    that makes a browser send it gains nothing.
    """

    def __init__(self, app: ASGIApp, keyring: Keyring | None) -> None:
        self._app = app
        self._keyring = keyring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and self._keyring is not None:
            refusal = await self._refusal(scope, self._keyring)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _refusal(self, scope: Scope, keyring: Keyring) -> Response | None:
        request = Request(scope)
        rule = rule_of(request.method, scope["path"])
        if rule is None:
            return None
        secret = _secret_of(request)
        try:
            caller = await keyring.caller(secret) if secret else None
        except (StoreUnavailable, IssuerUnavailable) as error:
            return _unavailable(str(error))
        if caller is None:
            return _who_are_you(request, given=secret is not None)
        if not caller.may(rule.scope):
            return _not_enough(caller, rule)
        if caller.team is not None and rule.all_teams:
            return _only_a_team(caller, caller.team)
        scope[CALLER] = caller
        return None


def caller_of(request: Request) -> Caller | None:
    """Return whom a request comes from, None where the api asks nobody."""
    caller = request.scope.get(CALLER)
    return caller if isinstance(caller, Caller) else None


def _secret_of(request: Request) -> str | None:
    """Return what a request brings; a cookie counts only where nothing is changed."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and 0 < len(given.strip()) <= LONGEST:
        return given.strip()
    if request.method in SAFE:
        return request.cookies.get(COOKIE, "")[:LONGEST] or None
    return None


def _who_are_you(request: Request, *, given: bool) -> Response:
    path = request.url.path
    wants_page = "text/html" in request.headers.get("accept", "")
    if request.method in SAFE and wants_page and not path.startswith("/v1/"):
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/login?next={quote(path + query, safe='')}", 303)
    detail = (
        "this token is unknown, expired or revoked"
        if given
        else "send a token as `Authorization: Bearer ...`"
    )
    challenge = 'Bearer realm="leeway"' + (', error="invalid_token"' if given else "")
    return problem_answer(
        ProblemDocument(title="Unauthorized", status=401, detail=detail),
        {"WWW-Authenticate": challenge},
    )


def _not_enough(caller: Caller, rule: Rule) -> Response:
    held = ", ".join(sorted(caller.scopes))
    detail = f"{caller.name!r} may {held}; this takes the scope {rule.scope.value!r}"
    return problem_answer(
        ProblemDocument(title="Forbidden", status=403, detail=detail),
        {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{rule.scope.value}"'},
    )


def _only_a_team(caller: Caller, team: str) -> Response:
    detail = (
        f"{caller.name!r} is limited to the team {team!r}, and this concerns all teams: "
        "use a token without a team"
    )
    return problem_answer(ProblemDocument(title="Forbidden", status=403, detail=detail))


def _unavailable(detail: str) -> Response:
    return problem_answer(
        ProblemDocument(title="Who asks cannot be checked", status=503, detail=detail),
        {"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
