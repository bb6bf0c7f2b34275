"""Complete the OpenAPI document with what routes do not say one by one: refusals, bearer tokens, who must sign in."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel

from api.conditional import IfMatch
from api.deps import signed_in
from api.idempotency import IdempotencyKey
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
                    "pointer": {
                        **TEXT,
                        "description": "A JSON Pointer (RFC 6901) into the body, or `/query/` and the parameter.",
                    },
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
# What has no ETag: answers that are never the same twice, or that nobody keeps.
WITHOUT_ETAG = (
    "/healthz",
    "/readyz",
    "/v1/articles/{article}/stream",
    "/v1/me/changes",
    "/v1/me/export",
    "/v1/moderation/stream",
    "/v1/notifications/stop",
)
ETAG = {"description": 'The version, then a digest of these bytes: `"<version>.<representation>"`.', "schema": TEXT}
LINK = {"description": 'The next page, `rel="next"`; not with the last one.', "schema": TEXT}
NOT_MODIFIED = {"description": "What If-None-Match names is what there is.", "headers": {"ETag": ETAG}}
BEARER = {"type": "http", "scheme": "bearer", "description": "The access_token of POST /v1/auth/token."}
# The order in which a newcomer reads; routers stand in that of how much they are asked.
TAGS = (
    "authentication",
    "users",
    "me",
    "articles",
    "comments",
    "reactions",
    "analyses",
    "experts",
    "disclosures",
    "feeds",
    "changes",
    "streams",
    "following",
    "notifications",
    "reports",
    "moderation",
    "screening",
    "sanctions",
    "webhooks",
    "health",
)
# FastAPI's own idea of a 422, which this service never sends.
FOREIGN_SCHEMAS = ("HTTPValidationError", "ValidationError")


def _read_by(annotated: Any) -> Callable[..., Any]:
    """Give the dependency behind one of our annotations."""
    dependency: Callable[..., Any] = get_args(annotated)[1].dependency
    return dependency


# Headers that dependencies of ours read by hand.
HEADERS = {
    _read_by(IfMatch): ("If-Match", "The ETag of what you read; without it 428, when stale 412."),
    _read_by(IdempotencyKey): (
        "Idempotency-Key",
        "A new one for each thing made; with the same one the answer is repeated.",
    ),
}
IF_NONE_MATCH = ("If-None-Match", "The ETag of what you keep; 304 while it is the same.")


def or_else(status: int, model: type[BaseModel], description: str) -> dict[int | str, dict[str, Any]]:
    """Describe the other status that a route answers the same shape with."""
    return {status: {"model": model, "description": description}}


def document(application: FastAPI) -> dict[str, Any]:
    """Describe the whole service (OpenAPI 3.1)."""
    described = get_openapi(
        title=application.title,
        summary=application.summary,
        version=application.version,
        tags=[{"name": name} for name in TAGS],
        routes=application.routes,
        separate_input_output_schemas=False,
    )
    components = described["components"]
    for name in FOREIGN_SCHEMAS:
        components["schemas"].pop(name, None)
    components["schemas"]["Problem"] = PROBLEM
    components["securitySchemes"] = {"bearer": BEARER}
    for route in iter_route_contexts(application.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                operation = described["paths"][route.path_format][method.lower()]
                headers = _complete(operation, route)
                if method == "GET" and route.path_format not in WITHOUT_ETAG:
                    headers.append(IF_NONE_MATCH)
                    _tell_of_etag(operation)
                _tell_of_headers(operation, headers)
    return described


def _complete(operation: dict[str, Any], route: RouteContext) -> list[tuple[str, str]]:
    """Fill in what every operation has; give the headers that it reads by hand."""
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = REFUSAL
    calls = set(_calls(route.dependant))
    operation["security"] = [{"bearer": []}] if signed_in in calls else [{}, {"bearer": []}]
    return [header for call, header in HEADERS.items() if call in calls]


def _tell_of_etag(operation: dict[str, Any]) -> None:
    """Say that a read can be asked for again for nothing, and of a list where its next page is named."""
    is_list = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
    operation["responses"]["200"]["headers"] = {"ETag": ETAG, **({"Link": LINK} if is_list else {})}
    operation["responses"]["304"] = NOT_MODIFIED


def _tell_of_headers(operation: dict[str, Any], named: Iterable[tuple[str, str]]) -> None:
    headers = [
        {"name": name, "in": "header", "required": False, "schema": TEXT, "description": description}
        for name, description in named
    ]
    if headers:
        operation["parameters"] = [*operation.get("parameters", []), *headers]


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
