"""`/docs`: the OpenAPI document as a page of our own, readable without the network."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from services.api.page import templates


def docs_routes(app: FastAPI) -> APIRouter:
    """Return the page about every route of the app."""
    router = APIRouter(include_in_schema=False)
    page = templates().get_template("docs.html")

    @router.get("/docs", response_class=HTMLResponse)
    async def docs() -> str:
        document = app.openapi()
        return page.render(
            info=document["info"],
            sections=_sections(document),
            schemas=document["components"]["schemas"],
            type_of=type_of,
        )

    return router


def _sections(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations by their tag, each with its path and method."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            (tag,) = operation["tags"]
            found.setdefault(tag, []).append(
                {
                    "description": "",
                    "parameters": [],
                    "requestBody": None,
                    **operation,
                    "path": path,
                    "method": method.upper(),
                }
            )
    return found


def type_of(schema: dict[str, Any]) -> str:
    """Return what a JSON schema allows, in a few words; `#Name` leads to a schema of its own."""
    if "$ref" in schema:
        return "#" + str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(type_of(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(repr(value) for value in schema["enum"])
    if "const" in schema:
        return repr(schema["const"])
    kind = str(schema.get("format") or schema.get("type") or "anything")
    if kind == "array":
        return f"list of {type_of(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map of {type_of(schema['additionalProperties'])}"
    if kind == "object":
        return str(schema.get("title", kind))
    return kind
