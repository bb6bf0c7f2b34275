"""Serve one's own account."""

from typing import Annotated

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from api.clients import Network
from api.conditional import IfMatch, answer
from api.deps import ForumRouter, Now, ServicesHere, requires
from api.hashing import off_loop
from api.schemas.users import PasswordChange, ProfileUpdate, UserOwn
from auth.accounts import change_password, change_profile, read_account
from auth.identity import Identity
from auth.password_rules import password_refusal
from auth.permissions import Permission
from auth.sign_in import begin_password_check
from auth.throttling import give_back
from forum.discussion.authors import author_line
from forum.experts.names import demand_own_name
from models.errors import Invalid
from models.users import User

router = ForumRouter(prefix="/v1/me", tags=["me"])


@router.get("", response_model=UserOwn)
async def read(
    request: Request, identity: Annotated[Identity, requires(Permission.ACCOUNT_READ)], services: ServicesHere
) -> Response:
    """Show one's own account."""
    user = await services.database.lookup(read_account, identity.user_id)
    return await _shown(request, user, services)


@router.patch("", response_model=UserOwn)
async def change(
    request: Request,
    identity: Annotated[Identity, requires(Permission.ACCOUNT_EDIT)],
    body: ProfileUpdate,
    condition: IfMatch,
    services: ServicesHere,
) -> Response:
    """Change one's own name or language."""
    if body.display_name is not None:
        institute = services.settings.institute_name
        await services.database.read(demand_own_name, body.display_name, user_id=identity.user_id, institute=institute)
    expected = condition.demand()
    user = await services.database.write_briefly(
        change_profile, body.change(), user_id=identity.user_id, expected=expected
    )
    return await _shown(request, user, services)


@router.put("/password", status_code=204)
async def replace_password(
    identity: Annotated[Identity, requires(Permission.ACCOUNT_EDIT)],
    body: PasswordChange,
    network: Network,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Change one's own password; all other devices are signed out."""
    account, attempt = await services.database.write_briefly(
        begin_password_check, user_id=identity.user_id, network=network, now=now
    )
    if not await off_loop(services.hashing.verify, body.current_password, account.password_hash):
        raise Invalid("/current_password", "password_wrong")
    refused = await off_loop(
        password_refusal, body.new_password, email=account.email, display_name=account.display_name
    )
    if refused:
        # The old password was right: whoever looks for a new one that does has guessed nothing.
        await services.database.write_briefly(give_back, attempt)
        raise Invalid("/new_password", refused)
    await services.database.write_briefly(
        change_password,
        account,
        attempt=attempt,
        session_id=identity.session_id,
        password_hash=await off_loop(services.hashing.hash, body.new_password),
        now=now,
    )
    return Response(status_code=204)


async def _shown(request: Request, user: User, services: ServicesHere) -> Response:
    return answer(request, await services.database.lookup(_own_face, user), user.version)


def _own_face(session: Session, user: User) -> bytes:
    return UserOwn.of(user, author_line(session, user)).model_dump_json().encode()
