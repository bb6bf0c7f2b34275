"""Choose how an answer is compressed, and compress those that are not kept ready (RFC 9110, 8.4 and 12.5.3).

Secrets travel in headers that no page makes a browser send, so their answers may be compressed like any.
"""

import asyncio
import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message

SMALLEST_TO_COMPRESS: Final = 500
PLAIN, GZIP, BROTLI = "identity", "gzip", "br"
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="compression")
# Longer ones are compressed beside the event loop.
LONGEST_AT_ONCE: Final = 8_000
TEXTS: Final = re.compile(r"application/([\w.-]+\+)?(json|xml)\b")


def accepted_by(headers: Headers) -> str:
    """Give what a request says of codings, as one list."""
    return ", ".join(headers.getlist("accept-encoding"))


def best_coding(header: str) -> str:
    """Choose between Brotli, gzip and plain by Accept-Encoding, the smallest of those allowed."""
    allowed: dict[str, bool] = {}
    for part in header.split(","):
        name, _, parameters = part.strip().partition(";")
        weight = parameters.replace(" ", "").lower()
        allowed[name.strip().lower()] = not re.fullmatch(r"q=0(\.0{0,3})?", weight)
    others = allowed.get("*", False)
    return next((coding for coding in (BROTLI, GZIP) if allowed.get(coding, others)), PLAIN)


def compress(body: bytes, coding: str) -> bytes:
    """Compress a page at a level that costs less than a millisecond for a page of fifty comments."""
    if coding == BROTLI:
        compressed: bytes = brotli.compress(body, quality=5, lgwin=18)
        return compressed
    return gzip.compress(body, compresslevel=4, mtime=0)


async def compress_beside(body: bytes, coding: str) -> bytes:
    """Compress beside the event loop, on threads that wait for nobody."""
    return await asyncio.get_running_loop().run_in_executor(_threads, compress, body, coding)


def tag_in(coding: str, tag: str) -> str:
    """Give the entity tag of a representation in a coding, which is another than that of the plain one."""
    return tag if coding == PLAIN else f'{tag[:-1]}-{coding}"'


def coding_for(accepted: str, media_type: str, length: int) -> str:
    """Choose the coding of one whole answer; what is no text or is short stays plain."""
    is_worth_it = length >= SMALLEST_TO_COMPRESS and TEXTS.match(media_type) is not None
    return best_coding(accepted) if is_worth_it else PLAIN


def is_text(start: Message) -> bool:
    """Tell whether the answer that starts so is good and a text."""
    return (
        start["status"] in {200, 201} and TEXTS.match(MutableHeaders(scope=start).get("content-type", "")) is not None
    )


def name_as_read(start: Message, accepted: str) -> None:
    """Let a write, whose own answer leaves plain, name the representation that a read would bring now."""
    headers = MutableHeaders(scope=start)
    if (tag := headers.get("etag")) is not None:
        coding = coding_for(accepted, headers["content-type"], int(headers.get("content-length", "0")))
        headers["ETag"] = tag_in(coding, tag)


async def compressed(start: Message, body: Message, accepted: str) -> tuple[Message, Message]:
    """Give an answer in the coding that is chosen for it; as it is where it comes in pieces."""
    content: bytes = b"" if body.get("more_body") else body.get("body", b"")
    headers = MutableHeaders(scope=start)
    coding = coding_for(accepted, headers["content-type"], len(content))
    if coding == PLAIN:
        return start, body
    if len(content) <= LONGEST_AT_ONCE:
        content = compress(content, coding)
    else:
        content = await compress_beside(content, coding)
    headers["Content-Encoding"], headers["Content-Length"] = coding, str(len(content))
    if (tag := headers.get("etag")) is not None:
        headers["ETag"] = tag_in(coding, tag)
    return start, {**body, "body": content}
