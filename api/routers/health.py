"""Tell those who run the service how it is: the process, whether it can serve, and its counters."""

import asyncio
import hmac
from typing import Literal

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from api.deps import ServicesHere
from api.schemas.types import Answer
from api.services import services_of
from migrations.standing import is_current
from models.database import Database
from models.errors import ForumError, Unauthenticated, Unavailable

READY_WITHIN_SECONDS = 2.0
# No cache between us and who asks may answer for us.
NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter(tags=["health"])


class Health(Answer):
    """Say that all is well; anything else is a refusal."""

    status: Literal["ok"] = "ok"


OK = Health().model_dump_json().encode()


@router.get("/healthz", response_model=Health)
async def healthz() -> Response:
    """Say that the process runs, whatever the database does."""
    return Response(OK, media_type="application/json", headers=NO_STORE)


@router.get("/readyz", response_model=Health)
async def readyz(services: ServicesHere) -> Response:
    """Say that the database answers and stands at the newest migration; 503 otherwise."""
    if not await is_ready(services.database):
        raise Unavailable
    return Response(OK, media_type="application/json", headers=NO_STORE)


async def is_ready(database: Database) -> bool:
    """Tell within two seconds whether the database can be served from."""
    try:
        async with asyncio.timeout(READY_WITHIN_SECONDS):
            return await database.read(_is_at_head)
    except (ForumError, TimeoutError):
        return False


def _is_at_head(session: Session) -> bool:
    return is_current(session.connection())


async def metrics(request: Request) -> Response:
    """Give this process's counters to whoever has the token, to anyone where none is set."""
    token = services_of(request).settings.metrics_token
    # Two lines are one that is no token.
    if token and not _is_bearer_of(", ".join(request.headers.getlist("authorization")), token):
        raise Unauthenticated
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST, headers=NO_STORE)


def _is_bearer_of(header: str, token: str) -> bool:
    scheme, _, given = header.partition(" ")
    is_same = hmac.compare_digest(given.strip().encode(), token.encode())
    return scheme.lower() == "bearer" and is_same


# A plain route, whose bearer token is not one of ours to check before it.
router.add_route("/metrics", metrics, include_in_schema=False)
