"""Tell whether a client would rather have structured data than plain JSON (RFC 9110, 12.5.1)."""

import re
from typing import Any

from fastapi import Request

MEDIA_TYPE = "application/ld+json"
PLAIN = "application/json"
VARY = {"Vary": "Accept"}
# What a route that speaks both says of this one in the OpenAPI document.
ALSO: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}}
LONGEST_HEADER = 500
QUALITY = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)


def media_type_for(request: Request) -> str:
    """Choose between the two for one request."""
    return MEDIA_TYPE if prefers_json_ld(",".join(request.headers.getlist("accept"))) else PLAIN


def prefers_json_ld(accept: str) -> bool:
    """Tell whether application/ld+json is named and wanted more than application/json."""
    if MEDIA_TYPE not in accept.lower():
        return False
    ranges = dict(map(_range, accept[:LONGEST_HEADER].split(",")))
    return _quality(ranges, MEDIA_TYPE) > _quality(ranges, PLAIN)


def _range(part: str) -> tuple[str, float]:
    quality = QUALITY.search(part)
    return part.partition(";")[0].strip().lower(), float(quality[1]) if quality else 1.0


def _quality(ranges: dict[str, float], media_type: str) -> float:
    """Give the quality of the most specific range that covers a type."""
    covering = (media_type, "application/*", "*/*")
    return next((ranges[name] for name in covering if name in ranges), 0.0)
