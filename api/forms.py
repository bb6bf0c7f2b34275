"""Read the forms of OAuth requests (RFC 6749, appendix B), where a refusal has a form of its own."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request

MOST_FIELDS = 20


async def read_form(request: Request) -> Mapping[str, str]:
    """Give the fields of a form, empty ones left out; a body that is none, names one twice or holds NUL has none."""
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("utf-8"), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    is_sane = len(dict(pairs)) == len(pairs) and not any("\0" in value for _, value in pairs)
    return dict(pairs) if is_sane else {}
