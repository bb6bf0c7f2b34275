"""Turn every refusal into one body, `application/problem+json` (RFC 9457), that echoes nothing of the request."""

import math
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.languages import Language, language_of
from api.texts import FIELD_TEXTS, PROBLEMS
from models.errors import ForumError, Invalid, Overloaded, RateLimited, Unauthenticated, Unavailable

MEDIA_TYPE = "application/problem+json"
RETRY_SOON_SECONDS = 2
CODE_OF_STATUS = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    406: "not_acceptable",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "validation_failed",
}
FIELD_CODE_OF_TYPE = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "too_long": "too_many",
    "too_short": "too_few",
    "enum": "not_allowed",
    "literal_error": "not_allowed",
    "greater_than_equal": "out_of_range",
    "greater_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "less_than": "out_of_range",
}
MOST_ERRORS = 20
PLAIN_NAME = re.compile(r"[a-z][a-z_]{0,39}")
# Stands for a body that is not JSON, so that it is refused after who asked and what for. A plain object, since the
# validator reads the attributes of any other and finds in one without any all that a body of optional fields needs.
MALFORMED: Final = object()


def problem_body(
    code: str, language: Language, request_id: str, *, errors: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Word a refusal; `errors` are pairs of JSON Pointer and field code."""
    problem = PROBLEMS[code]
    arabic = language == "ar"
    body: dict[str, Any] = {
        "type": f"urn:forum:problem:{code}",
        "title": problem.title_ar if arabic else problem.title_en,
        "status": problem.status,
        "detail": problem.detail_ar if arabic else problem.detail_en,
        "instance": request_id,
        "code": code,
    }
    if listed := [
        {"pointer": pointer, "code": field, "detail": FIELD_TEXTS[field][0 if arabic else 1]}
        for pointer, field in errors
    ]:
        body["errors"] = listed
    return body


def problem_response(
    request: Request,
    code: str,
    *,
    errors: Iterable[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with a refusal in the language of the request; refusals are never stored by caches."""
    language = language_of(request.headers)
    request_id = request.scope.get("state", {}).get("request_id", "")
    return Response(
        orjson.dumps(problem_body(code, language, request_id, errors=errors)),
        status_code=PROBLEMS[code].status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language, "Cache-Control": "no-store", **(headers or {})},
    )


def headers_of(error: ForumError) -> dict[str, str]:
    """Give the headers that a refusal carries beside its body."""
    match error:
        case RateLimited():
            return {"Retry-After": str(max(1, math.ceil(error.retry_after.total_seconds())))}
        case Overloaded() | Unavailable():
            return {"Retry-After": str(RETRY_SOON_SECONDS)}
        case Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="forum"'}
    return {}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ForumError)  # noqa: S101
    errors = [(error.pointer, error.reason)] if isinstance(error, Invalid) else []
    return problem_response(request, error.code, errors=errors, headers=headers_of(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    if error.body is MALFORMED:
        return problem_response(request, "validation_failed", errors=[("", "json_malformed")])
    return problem_response(request, "validation_failed", errors=field_errors(error.errors()))


async def _refused_by_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 405:
        return problem_response(request, "method_not_allowed", headers={"Allow": _methods_at(request)})
    code = CODE_OF_STATUS.get(error.status_code, "bad_request")
    return problem_response(request, code, headers=error.headers)


def _methods_at(request: Request) -> str:
    """List what all routes at this path take; the framework names those of one route only."""
    path = request.scope["path"]
    routes = [route for route in iter_route_contexts(request.app.routes) if route.path_regex.match(path)]
    methods = {method for route in routes for method in route.methods or ()}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Translate the validator's findings into pointers and codes of ours, without the values."""
    return [(_pointer(error), _field_code(error)) for error in islice(errors, MOST_ERRORS)]


def _field_code(error: Mapping[str, Any]) -> str:
    kind = str(error["type"])
    # The validator's own findings come with a context; ours do not, and two of the names are the same.
    # Of a text that has a rule of its own, the validator calls the length that of a value, and means code points.
    context = error.get("ctx")
    if kind in FIELD_TEXTS and (context is None or context.get("field_type") == "Value"):
        return kind
    known = FIELD_CODE_OF_TYPE.get(kind)
    if known:
        return known
    return "wrong_type" if kind.endswith("_type") else "malformed"


def _pointer(error: Mapping[str, Any]) -> str:
    where, *steps = error["loc"]
    if error["type"] == "extra_forbidden" and not PLAIN_NAME.fullmatch(str(steps[-1])):
        steps = steps[:-1]
    path = "".join(f"/{step}" for step in steps if isinstance(step, int) or PLAIN_NAME.fullmatch(step.lower()))
    return path if where == "body" else f"/{where}{path}"


def install(application: FastAPI) -> None:
    """Make these the only answers to what is refused; what fails unforeseen is answered by the gate."""
    application.add_exception_handler(ForumError, _refused)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _refused_by_framework)
