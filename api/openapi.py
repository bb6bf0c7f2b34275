"""Complete the OpenAPI document with what routes do not say one by one: refusals, bearer tokens, who must sign in."""

from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from api.deps import signed_in
from api.problems import MEDIA_TYPE
from api.texts import FIELD_TEXTS, PROBLEMS

TEXT = {"type": "string"}
PROBLEM = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). Branch on `code`; `title` and `detail` follow Accept-Language.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "instance": {**TEXT, "description": "The request id."},
        "code": {**TEXT, "enum": sorted(PROBLEMS)},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {**TEXT, "description": "A JSON Pointer (RFC 6901) into the body."},
                    "code": {**TEXT, "enum": sorted(FIELD_TEXTS)},
                    "detail": TEXT,
                },
            },
        },
    },
}
REFUSAL = {
    "description": "A refusal.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
BEARER = {"type": "http", "scheme": "bearer", "description": "The access_token of POST /v1/auth/token."}
# FastAPI's own idea of a 422, which this service never sends.
FOREIGN_SCHEMAS = ("HTTPValidationError", "ValidationError")
OPERATIONS = ("get", "put", "post", "delete", "patch")


def document(application: FastAPI) -> dict[str, Any]:
    """Describe the whole service (OpenAPI 3.1)."""
    described = get_openapi(
        title=application.title,
        summary=application.summary,
        version=application.version,
        routes=application.routes,
        separate_input_output_schemas=False,
    )
    components = described.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in FOREIGN_SCHEMAS:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    components["securitySchemes"] = {"bearer": BEARER}
    guarded = _guarded(application)
    for path, operations in described["paths"].items():
        for method in OPERATIONS:
            if operation := operations.get(method):
                _complete(operation, needs_sign_in=(path, method.upper()) in guarded)
    return described


def _complete(operation: dict[str, Any], *, needs_sign_in: bool) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = REFUSAL
    operation["security"] = [{"bearer": []}] if needs_sign_in else [{}, {"bearer": []}]


def _guarded(application: FastAPI) -> set[tuple[str, str]]:
    """List path and method of the operations that nobody without an account can use."""
    found: set[tuple[str, str]] = set()
    for route in iter_route_contexts(application.routes):
        if isinstance(route.original_route, APIRoute) and _asks_who(route.dependant):
            found.update((str(route.path_format), method) for method in route.methods or ())
    return found


def _asks_who(dependant: Dependant) -> bool:
    return dependant.call is signed_in or any(_asks_who(inner) for inner in dependant.dependencies)
