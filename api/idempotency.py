"""Let a client repeat a creating request safely: the answer is kept with the work, under the client's key.

Follows the IETF draft on the Idempotency-Key header. The row is the first lock of its transaction: a second request
with the same key waits for the first on it, and a first that failed leaves no row behind.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Request
from sqlalchemy import ColumnElement, bindparam, delete, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col
from starlette.responses import Response

from api.deps import look_first
from api.services import services_of
from auth.identity import Identity
from models.base import columns_of
from models.errors import NotFound, Refused
from models.plain import Plain
from models.publication import IdempotencyRecord
from models.upserts import insert_once

KEPT_FOR = timedelta(hours=24)
PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
LOCK_NOT_AVAILABLE = "55P03"

_RECORD = columns_of(IdempotencyRecord)
_KEEP = Plain(
    update(IdempotencyRecord.__table__)  # type: ignore[attr-defined]
    .where(_RECORD.user_id == bindparam("of_user"))
    .where(_RECORD.route == bindparam("on_route"), _RECORD.key == bindparam("under_key"))
    .values({name: bindparam(name) for name in ("status", "headers", "body", "subject_id")})
)


@dataclass(frozen=True)
class Created:
    """Hold the answer to a creating request, and the id that it is about; `kept` is the body without its secrets."""

    body: bytes
    subject_id: UUID | None
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    is_replayed: bool = False
    kept: bytes | None = None


Verb = Callable[[Session], Created]
Visibility = Callable[[Session, UUID], bool]


@dataclass(frozen=True)
class Repeatable:
    """Run the verb of one creating request once per key."""

    request: Request

    async def run(self, identity: Identity, verb: Verb, *, is_visible: Visibility, now: datetime) -> Response:
        """Give the verb's answer, or the first one again.

        Raises idempotency_key_invalid, idempotency_key_reused, idempotency_in_progress, and NotFound for an answer
        about something that the caller may no longer see.
        """
        key = self.request.headers.get("idempotency-key")
        database = services_of(self.request).database
        if key is None:
            return _response(await database.write_briefly(verb))
        if not PRINTABLE.fullmatch(key):
            raise Refused("idempotency_key_invalid")
        claim = IdempotencyRecord(
            user_id=identity.user_id,
            route=f"{self.request.method} {self.request.url.path}"[:300],
            key=key,
            fingerprint=_fingerprint(await self.request.body()),
            created_at=now,
        )
        created = await database.write_briefly(once, claim, verb, is_visible=is_visible)
        if created.is_replayed:
            await look_first(self.request)
        return _response(created)


def once(session: Session, claim: IdempotencyRecord, verb: Verb, *, is_visible: Visibility) -> Created:
    """Claim the key, run the verb and keep its answer, in one transaction."""
    if not _claim(session, claim):
        return _kept_answer(session, claim, is_visible)
    created = verb(session)
    kept = {
        "status": created.status,
        "headers": created.headers,
        "body": (created.body if created.kept is None else created.kept).decode(),
        "subject_id": created.subject_id,
    }
    _KEEP.run(session, {"of_user": claim.user_id, "on_route": claim.route, "under_key": claim.key, **kept})
    return created


def forget_old_answers(session: Session, *, now: datetime) -> None:
    """Drop the answers that are no longer promised."""
    session.execute(delete(IdempotencyRecord).where(col(IdempotencyRecord.created_at) < now - KEPT_FOR))


def _fingerprint(body: bytes) -> str:
    # A client may write the same object anew for its second try, with other spacing or order.
    same = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS) if body else b""
    return sha256(same).hexdigest()


def _claim(session: Session, claim: IdempotencyRecord) -> bool:
    row = claim.model_dump()
    try:
        if insert_once(session, IdempotencyRecord, row):
            return True
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise Refused("idempotency_in_progress") from None
        raise
    lapsed = col(IdempotencyRecord.created_at) < claim.created_at - KEPT_FOR
    session.execute(delete(IdempotencyRecord).where(*_same(claim), lapsed))
    return insert_once(session, IdempotencyRecord, row)


def _kept_answer(session: Session, claim: IdempotencyRecord, is_visible: Visibility) -> Created:
    kept = session.get_one(IdempotencyRecord, (claim.user_id, claim.route, claim.key))
    if kept.fingerprint != claim.fingerprint:
        raise Refused("idempotency_key_reused")
    if kept.subject_id is not None and not is_visible(session, kept.subject_id):
        raise NotFound
    return Created(kept.body.encode(), kept.subject_id, kept.status, kept.headers, is_replayed=True)


def _same(claim: IdempotencyRecord) -> tuple[ColumnElement[bool], ...]:
    return (
        col(IdempotencyRecord.user_id) == claim.user_id,
        col(IdempotencyRecord.route) == claim.route,
        col(IdempotencyRecord.key) == claim.key,
    )


def _response(created: Created) -> Response:
    headers = {**created.headers, **({"Idempotency-Replayed": "true"} if created.is_replayed else {})}
    return Response(created.body, created.status, headers, "application/json")


async def _repeatable(request: Request) -> Repeatable:
    return Repeatable(request)


IdempotencyKey = Annotated[Repeatable, Depends(_repeatable)]
