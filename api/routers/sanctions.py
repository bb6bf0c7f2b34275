"""Serve sanctions of users: what was imposed, imposing and lifting."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import answer
from api.deps import ForumRouter, Now, ServicesHere, SignedIn, identifier, requires
from api.idempotency import Created, IdempotencyKey
from api.pagination import PagingParameters
from api.routers.users import user_named
from api.schemas.sanctions import SanctionCreate, SanctionList, SanctionPublic
from auth.permissions import Permission
from forum.moderation.sanctions import impose_sanction, lift_sanction, list_sanctions
from models.users import Role, User

router = ForumRouter(prefix="/v1/users/{user}/sanctions", tags=["sanctions"])

UserToSanction = Annotated[User, requires(Permission.SANCTION_IMPOSE, of=user_named)]


@router.get("", response_model=SanctionList)
async def read(
    request: Request,
    found: Annotated[User, requires(Permission.SANCTION_READ, of=user_named)],
    identity: SignedIn,
    services: ServicesHere,
    paging: PagingParameters,
    now: Now,
) -> Response:
    """Read what was imposed on a user, the newest first; everybody may read their own."""
    scope = {"user": str(found.id)}
    after = paging.after(**scope)
    page = await services.database.read(partial(list_sanctions, after=after, limit=paging.limit), found.id)
    cursor = paging.next(page, **scope)
    is_for_moderators = identity.has_role(Role.MODERATOR)
    items = [
        SanctionPublic.of(sanction, is_for_moderators=is_for_moderators, now=now).model_dump(mode="json")
        for sanction in page.rows
    ]
    return answer(request, paging.body(items, cursor), 0, headers=paging.link(cursor))


@router.post("", status_code=201, response_model=SanctionPublic)
async def impose(
    found: UserToSanction, identity: SignedIn, body: SanctionCreate, repeatable: IdempotencyKey, now: Now
) -> Response:
    """Sanction a user who ranks below oneself; a ban signs them out everywhere."""

    def verb(session: Session) -> Created:
        sanction = impose_sanction(session, found.id, body.new(), identity=identity, now=now)
        shape = SanctionPublic.of(sanction, is_for_moderators=True, now=now)
        return Created(shape.model_dump_json().encode(), sanction.id)

    return await repeatable.run(identity, verb, is_visible=_is_visible, now=now)


@router.delete("/{sanction}", status_code=204)
async def lift(found: UserToSanction, sanction: str, identity: SignedIn, services: ServicesHere, now: Now) -> Response:
    """End a sanction before its time."""
    await services.database.write_briefly(lift_sanction, found.id, identifier(sanction), identity=identity, now=now)
    return Response(status_code=204)


def _is_visible(_: Session, __: UUID) -> bool:
    # Only moderators get this far, and what was imposed stays on record.
    return True
