"""Serve what a moderator looks after."""

from functools import partial
from typing import Annotated

import orjson
from fastapi import Request
from starlette.responses import Response

from api.conditional import IfMatch, answer
from api.deps import ForumRouter, ServicesHere, SignedIn, requires
from api.openapi import or_else
from api.schemas.moderation import ScopeChoose, ScopePublic
from auth.permissions import Permission
from forum.moderation.scopes import Scope, choose_scope, read_scope
from models.batches import ModerationScope

router = ForumRouter(prefix="/v1/me/moderation-scope", tags=["moderation"])

Moderator = Annotated[SignedIn, requires(Permission.MODERATION_CHOOSE_SCOPE)]


@router.get("", response_model=ScopePublic)
async def read(request: Request, moderator: Moderator, services: ServicesHere) -> Response:
    """Read which sections and languages one looks after; empty lists mean all."""
    return _shown(request, await services.database.lookup(read_scope, moderator.user_id))


@router.put("", response_model=ScopePublic, responses=or_else(201, ScopePublic, "The first choice."))
async def choose(
    request: Request, moderator: Moderator, body: ScopeChoose, condition: IfMatch, services: ServicesHere
) -> Response:
    """Choose which sections and languages one looks after; `mine=true` then narrows the queue to them."""
    verb = partial(
        choose_scope,
        user_id=moderator.user_id,
        expected=condition.versions(),
        is_conditional=condition.header is not None,
    )
    chosen, is_first = await services.database.write_briefly(verb, Scope(body.sections, body.languages))
    return _shown(request, chosen, status=201 if is_first else 200)


def _shown(request: Request, chosen: ModerationScope, *, status: int = 200) -> Response:
    content = orjson.dumps({"sections": chosen.sections, "languages": chosen.languages})
    return answer(request, content, chosen.version, status=status)
