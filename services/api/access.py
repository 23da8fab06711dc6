"""What each route takes: one table, by which requests are let in and the OpenAPI is written."""

from dataclasses import dataclass

from shared.domain.access import Scope

OPEN_PATHS = frozenset(
    {"/healthz", "/readyz", "/metrics", "/login", "/logout", "/docs", "/openapi.json", "/v1/schema"}
)
OPEN_FOLDER = "/static/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Requests below a path take this scope; `all_teams` when what they do concerns all teams."""

    path: str
    scope: Scope
    all_teams: bool = False


CHANGES = (
    Rule("/v1/events", Scope.EVENTS),
    Rule("/v1/definitions", Scope.DEFINE),
    Rule("/v1/agreements", Scope.APPROVE),
    Rule("/v1/silences", Scope.DEFINE, all_teams=True),
    Rule("/v1/alerts", Scope.DEFINE, all_teams=True),
    Rule("/v1/notifications", Scope.DEFINE, all_teams=True),
    Rule("/v1/targets", Scope.DEFINE, all_teams=True),
)
TOKENS = Rule("/v1/tokens", Scope.ADMIN, all_teams=True)
SEEING = Rule("/", Scope.READ)
FORGOTTEN = Rule("/", Scope.ADMIN, all_teams=True)


def rule_of(method: str, path: str) -> Rule | None:
    """Return what a request takes, None for what everybody may see.

    What is not listed takes the most: a route that was forgotten here is closed.
    """
    if path in OPEN_PATHS or path.startswith(OPEN_FOLDER):
        return None
    if _is_below(path, TOKENS.path):
        return TOKENS
    if method in SAFE:
        return SEEING
    return next((rule for rule in CHANGES if _is_below(path, rule.path)), FORGOTTEN)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
