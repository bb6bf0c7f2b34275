"""Send one POST to an address of somebody else's choosing: checked at each connection, bounded, never redirected.

The name is resolved once, its addresses are checked, and the connection goes to a checked address itself, so that no
second answer of the resolver can lead elsewhere. Only the head of the answer is read.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit

from forum.delivery.couriers import Attempt
from forum.delivery.targets import is_public

DEADLINE: Final = 10.0
LONGEST_HEAD: Final = 16 * 1024
MOST_INTERIM: Final = 5
STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: |\r)")
PORTS: Final = {"http": 80, "https": 443}
# What may stand in a target beside letters and digits, the percent sign of what is encoded already included.
PLAIN: Final = "/?:@!$&'()*+,;=-._~%"

_resolvers = ThreadPoolExecutor(8, thread_name_prefix="resolver")


class CallRefused(Exception):
    """Say why nothing was sent, or why what was answered does not count."""


async def call(url: str, headers: Mapping[str, str], body: bytes, *, allow_private: bool) -> Attempt:
    """Send a JSON body and give what came of it; whatever goes wrong is the attempt's error, by its kind alone."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    status, error = None, None
    try:
        async with asyncio.timeout(DEADLINE):
            status = await _post(urlsplit(url), headers, body, allow_private=allow_private)
    except TimeoutError:
        error = "timeout"
    except CallRefused as refusal:
        error = str(refusal)
    except ssl.SSLError:
        error = "tls_failed"
    except socket.gaierror:
        error = "name_unknown"
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        error = "connection_failed"
    return Attempt(round((loop.time() - began) * 1000), status, error)


async def _post(target: SplitResult, headers: Mapping[str, str], body: bytes, *, allow_private: bool) -> int:
    reader, writer = await _connect(target, allow_private=allow_private)
    try:
        writer.write(_request(target, headers, body))
        await writer.drain()
        return await _status(reader)
    finally:
        writer.close()
        with suppress(OSError):
            writer.transport.abort()


async def _connect(target: SplitResult, *, allow_private: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host = target.hostname or ""
    name = host.encode("idna").decode() if not host.isascii() else host
    port = target.port or PORTS[target.scheme]
    secured: dict[str, Any] = {}
    if target.scheme == "https":
        secured = {"ssl": ssl.create_default_context(), "server_hostname": name}
    failure: OSError | None = None
    for address in await _addresses(name, port, allow_private=allow_private):
        try:
            return await asyncio.open_connection(address, port, limit=LONGEST_HEAD, **secured)
        except ssl.SSLError:
            raise
        except OSError as error:
            failure = error
    raise failure or OSError


async def _addresses(name: str, port: int, *, allow_private: bool) -> list[str]:
    """Resolve a name and leave out what may not be reached; raise private_address where nothing else is left."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_resolvers, _resolve, name, port)
    allowed = [address for address in found if allow_private or is_public(address)]
    if not allowed:
        raise CallRefused("private_address")
    return allowed


def _resolve(name: str, port: int) -> list[str]:
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _request(target: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    host = (target.hostname or "").encode("idna").decode()
    named = f"[{host}]" if ":" in host else host
    place = quote(f"{target.path or '/'}{'?' if target.query else ''}{target.query}", safe=PLAIN)
    lines = {
        "Host": f"{named}:{target.port}" if target.port else named,
        "User-Agent": "forum-webhooks",
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {place} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body


async def _status(reader: asyncio.StreamReader) -> int:
    """Read the head of the final answer, those before it aside."""
    for _ in range(MOST_INTERIM):
        head = await reader.readuntil(b"\r\n\r\n")
        match = STATUS_LINE.match(head)
        if match is None:
            raise CallRefused("not_http")
        if (status := int(match.group(1))) >= 200:
            return status
    raise CallRefused("not_http")
