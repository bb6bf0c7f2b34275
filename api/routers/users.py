"""Serve registration, the public face of users, and the roles that administrators give them."""

from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from api.clients import limited
from api.conditional import IfMatch, answer, entity_tag
from api.deps import ForumRouter, Now, ServicesHere, SignedIn, identifier, requires
from api.hashing import off_loop
from api.schemas.users import RolesAssign, UserCreate, UserOwn, UserPublic, UserWithRoles, name_key
from auth.accounts import NewAccount, create_account, email_key, former_email_keys, read_account, set_roles
from auth.kept_sanctions import address_marks
from auth.password_rules import password_refusal
from auth.permissions import Permission
from auth.recovery import register_unconfirmed
from forum.discussion.authors import author_line
from forum.experts.names import demand_own_name
from models.errors import Invalid
from models.users import User

router = ForumRouter(prefix="/v1/users", tags=["users"])


async def user_named(user: str, services: ServicesHere) -> User:
    """Load the user of a path; 404 where there is none."""
    return await services.database.lookup(read_account, identifier(user))


UserHere = Annotated[User, Depends(user_named)]


@router.post(
    "",
    status_code=201,
    response_model=UserOwn,
    dependencies=[limited("registration")],
    responses={202: {"description": "Where addresses are confirmed by mail: the mail is on its way."}},
)
async def register(body: UserCreate, services: ServicesHere, now: Now) -> Response:
    """Open an account; where addresses are confirmed, the answer is the same for a known one."""
    institute = services.settings.institute_name
    await services.database.read(demand_own_name, body.display_name, user_id=None, institute=institute)
    refused = await off_loop(password_refusal, body.password, email=body.email, display_name=body.display_name)
    if refused:
        raise Invalid("/password", refused)
    opened = NewAccount(
        email=body.email,
        display_name=body.display_name,
        display_name_key=name_key(body.display_name),
        locale=body.locale,
        password_hash=await off_loop(services.hashing.hash, body.password),
        marks=address_marks(services.keys, email_key(body.email), *former_email_keys(body.email)),
    )
    if services.settings.smtp_url:
        await services.database.write_briefly(register_unconfirmed, opened, now=now)
        return Response(status_code=202)
    user = await services.database.write_briefly(create_account, opened, is_verified=True, now=now)
    content = await services.database.lookup(_face, user, UserOwn)
    headers = {"Location": f"/v1/users/{user.id}", "ETag": entity_tag(user.version, content)}
    return Response(content, 201, headers, "application/json")


@router.get("/{user}", response_model=UserPublic)
async def read(request: Request, found: UserHere, services: ServicesHere) -> Response:
    """Show the public face of a user."""
    return answer(request, await services.database.lookup(_face, found, UserPublic), found.version)


@router.put("/{user}/roles", response_model=UserWithRoles)
async def assign_roles(
    request: Request,
    identity: SignedIn,
    found: Annotated[User, requires(Permission.ROLES_ASSIGN, of=user_named)],
    body: RolesAssign,
    condition: IfMatch,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Give a user exactly these roles; the ETag is that of the user."""
    user = await services.database.write_briefly(
        set_roles, user_id=found.id, roles=frozenset(body.roles), by=identity, expected=condition.demand(), now=now
    )
    return answer(request, await services.database.lookup(_face, user, UserWithRoles), user.version)


def _face(session: Session, user: User, shape: type[UserPublic]) -> bytes:
    return shape.of(user, author_line(session, user)).model_dump_json().encode()
