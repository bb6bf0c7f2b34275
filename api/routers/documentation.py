"""Serve the OpenAPI document and a page to read and try it, which needs nothing from elsewhere."""

import asyncio
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path

import orjson
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from api.conditional import answer
from api.openapi import document
from models.errors import NotFound

FOLDER = Path(__file__).parent.parent / "static" / "docs"
MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
}
# The path of a file holds the digest of all of them, so it never has other bytes.
FOREVER = "public, max-age=31536000, immutable"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
PAGE = """<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/{digest}/swagger-ui.css">
<link rel="stylesheet" href="docs/{digest}/page.css">
<script src="docs/{digest}/swagger-ui-bundle.js" defer></script>
<script src="docs/{digest}/start.js" defer></script>
</head>
<body>
<main id="reference"><noscript>This page needs JavaScript; the document itself is at <a href="openapi.json">openapi.json</a>.</noscript></main>
</body>
</html>
"""  # noqa: E501

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def read_document(request: Request) -> Response:
    """Give the OpenAPI document."""
    # Writing it takes a good part of a second, once.
    return answer(request, await asyncio.to_thread(_document, request.app), 1)


@router.get("/docs")
async def read_page(request: Request) -> Response:
    """Give the page."""
    page = PAGE.format(title=escape(request.app.title), digest=_digest())
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return Response(page, media_type="text/html", headers=headers)


@router.get("/docs/{digest}/{name}")
async def read_file(request: Request, digest: str, name: str) -> Response:
    """Give one of the page's own files."""
    if digest != _digest() or name not in MEDIA_TYPES:
        raise NotFound
    tag = f'"{digest}.{name}"'
    headers = {"ETag": tag, "Cache-Control": FOREVER}
    if tag in ", ".join(request.headers.getlist("if-none-match")):
        return Response(status_code=304, headers=headers)
    return Response(_files()[name], headers={**headers, "Content-Type": MEDIA_TYPES[name]})


def _document(application: FastAPI) -> bytes:
    state = application.state
    if not hasattr(state, "document"):
        state.document = orjson.dumps(document(application))
    written: bytes = state.document
    return written


@cache
def _files() -> dict[str, bytes]:
    return {name: (FOLDER / name).read_bytes() for name in MEDIA_TYPES}


@cache
def _digest() -> str:
    return sha256(b"".join(_files().values())).hexdigest()[:16]
