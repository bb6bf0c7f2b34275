"""Serve registration, the public face of users, and the roles that administrators give them."""

from typing import Annotated

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import Response

from api.clients import limited
from api.conditional import IfMatch, answer, entity_tag
from api.deps import ForumRoute, Now, ServicesHere, SignedIn, identifier, requires
from api.schemas.users import RolesAssign, UserCreate, UserOwn, UserPublic, UserWithRoles, name_key
from auth.accounts import NewAccount, account, create_account, email_key, set_roles
from auth.permissions import Permission
from auth.recovery import send_registration_notice, send_verification
from forum.discussion.authors import author_line
from models.errors import Invalid, Refused
from models.users import User

router = APIRouter(prefix="/v1/users", tags=["users"], route_class=ForumRoute)


async def user_named(user: str, services: ServicesHere) -> User:
    """Load the user of a path; 404 where there is none."""
    return await services.database.lookup(account, identifier(user))


@router.post(
    "",
    status_code=201,
    response_model=UserOwn,
    dependencies=[limited("registration")],
    responses={202: {"description": "Where addresses are confirmed by mail: the mail is on its way."}},
)
async def register(body: UserCreate, services: ServicesHere, now: Now) -> Response:
    """Open an account; where addresses are confirmed, the answer is the same for a known one."""
    refused = await services.hashing.refusal(body.password, email=body.email, display_name=body.display_name)
    if refused:
        raise Invalid("/password", refused)
    opened = NewAccount(
        email=body.email,
        display_name=body.display_name,
        display_name_key=name_key(body.display_name),
        locale=body.locale,
        password_hash=await services.hashing.hash(body.password),
    )
    if services.settings.smtp_url:
        await services.database.write(_register_unconfirmed, opened, now=now)
        return Response(status_code=202)
    user = await services.database.write(create_account, opened, is_verified=True, now=now)
    content = UserOwn.of(user, NEW_LINE | {"display_name": user.display_name}).model_dump_json().encode()
    headers = {"Location": f"/v1/users/{user.id}", "ETag": entity_tag(user.version, content)}
    return Response(content, 201, headers, "application/json")
