"""Says in the OpenAPI description what each route takes of a caller."""

from typing import Any

from fastapi import FastAPI

from services.api.access import rule_of

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


def with_security(app: FastAPI) -> None:
    """Let the app describe itself with the scope that each of its operations takes."""
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
        assert app.openapi_schema is not None  # `plain` keeps what it made
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
