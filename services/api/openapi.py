"""Says in the OpenAPI description what each route takes of a caller, and how it may refuse."""

from typing import Any

from fastapi import FastAPI

from services.api.access import rule_of
from services.api.refusal import with_refusals

SCHEME = "token"
SCHEMES = {
    SCHEME: {
        "type": "http",
        "scheme": "bearer",
        "description": (
            "A token made by `leeway token create`, where the api asks for one. Scopes: read, "
            "events, define, approve, admin."
        ),
    }
}


def with_conditions(app: FastAPI) -> None:
    """Let the app describe itself with the scope and the errors of each of its operations."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            document["components"]["securitySchemes"] = SCHEMES
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    rule = rule_of(method.upper(), path)
                    # OpenAPI 3.1 lets a bearer scheme list roles as well.
                    operation["security"] = [] if rule is None else [{SCHEME: [rule.scope.value]}]
                    operation["responses"] = with_refusals(method.upper(), path, operation)
        assert app.openapi_schema is not None  # `plain` keeps what it made
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # as FastAPI has it done
