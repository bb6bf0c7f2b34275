"""Serve what people may ask about themselves: all that is held on them, and that it be erased."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Request
from starlette.responses import Response, StreamingResponse

from api.clients import Network
from api.deps import ForumRouter, Now, ServicesHere, SignedIn, requires
from api.hashing import off_loop
from api.schemas.people import ErasureRequest, PersonExport
from api.services import Services
from auth.erasure import begin_erasure
from auth.identity import Identity
from auth.kept_sanctions import address_marks
from auth.permissions import Permission
from auth.sign_in import begin_password_check
from forum.people.holdings import SECTIONS
from forum.people.sections import Key, read_slice
from models.errors import Invalid

AS_FILE = {"Content-Disposition": 'attachment; filename="export.json"'}

router = ForumRouter(prefix="/v1/me", tags=["me"])


async def _spend_export(request: Request, identity: SignedIn, services: ServicesHere) -> None:
    await services.limiter.spend("export", str(identity.user_id), request)


@router.get("/export", response_model=PersonExport, dependencies=[Depends(_spend_export)])
async def export(
    identity: Annotated[Identity, requires(Permission.ACCOUNT_EXPORT)], services: ServicesHere
) -> Response:
    """Give everything that the service holds on whoever asks, as one document that is read as it is sent."""
    return await export_of(services, identity.user_id)


@router.delete("", status_code=202, response_class=Response)
async def erase(
    identity: Annotated[Identity, requires(Permission.ACCOUNT_ERASE)],
    body: ErasureRequest,
    network: Network,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Erase whoever asks: the account at once, what they left soon after. It needs the password, and no If-Match."""
    account, attempt = await services.database.write_briefly(
        begin_password_check, user_id=identity.user_id, network=network, now=now
    )
    if not await off_loop(services.hashing.verify, body.password, account.password_hash):
        raise Invalid("/password", "password_wrong")
    mark = address_marks(services.keys, account.email_key)[0]
    await services.database.write(begin_erasure, account, attempt=attempt, mark=mark, now=now)
    return Response(status_code=202)


async def export_of(services: Services, user_id: UUID) -> Response:
    """Send everything that the service holds on somebody."""
    parts = _document(services, user_id)
    # What cannot even begin is refused with a status.
    first = await anext(parts)
    return StreamingResponse(_joined(first, parts), media_type="application/json", headers=AS_FILE)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part


async def _document(services: Services, user_id: UUID) -> AsyncIterator[bytes]:
    """Write one list for each section, a slice in memory at a time."""
    for place, section in enumerate(SECTIONS):
        begin = f'{"," if place else "{"}"{section.name}":['.encode()
        after: Key | None = None
        while True:
            rows, reached = await services.database.read(read_slice, section, user_id, after)
            if rows or after is None:
                yield begin + b",".join(map(_written, rows))
            if len(rows) < section.most:
                break
            after, begin = reached, b","
        yield b"]"
    yield b"}"


def _written(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, default=sorted, option=orjson.OPT_UTC_Z)
