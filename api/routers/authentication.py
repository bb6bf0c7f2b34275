"""Serve tokens (RFC 6749, RFC 7009), the devices that are signed in, and the ways back into an account."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Request
from starlette.responses import Response

from api.clients import DeviceHere, Network, limited
from api.conditional import answer
from api.deps import ForumRouter, Now, ServicesHere, identifier, requires
from api.forms import read_form
from api.hashing import off_loop
from api.pagination import PagingParameters
from api.routers.privacy import export_of
from api.schemas.authentication import (
    OwnerProof,
    ResetConfirm,
    ResetRequest,
    SessionList,
    SessionPublic,
    TokenAnswer,
    TokenError,
    VerificationConfirm,
)
from api.schemas.people import PersonExport
from api.schemas.types import Answer
from api.schemas.users import EMAIL_LENGTH
from api.services import Services
from auth.accounts import email_key
from auth.erasure import begin_erasure
from auth.identity import Identity
from auth.kept_sanctions import address_marks
from auth.password_rules import password_refusal
from auth.permissions import Permission
from auth.recovery import confirm_address, owner_of_reset, reset_password, send_reset
from auth.sessions import Device, Grant, SignInAccount, end_session, list_sessions, refresh, revoke
from auth.sign_in import begin_sign_in, finish_sign_in
from auth.throttling import Attempt, give_back
from auth.tokens import ACCESS_LIFETIME, mint_access_token
from models.errors import Invalid, Unauthenticated
from models.users import Role

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
GRANT_TYPES = frozenset({"password", "refresh_token"})
INCOMPLETE = "A field is missing or there twice, or the body is no form."
WRONG = "The address or the password is wrong, or the address is not confirmed."
OVER = "The refresh token is invalid, over or revoked."

router = ForumRouter(prefix="/v1/auth", tags=["authentication"])


def form_of(required: list[str], optional: list[str]) -> dict[str, Any]:
    """Describe a form to the OpenAPI document, since it is read by hand."""
    fields = {name: {"type": "string"} for name in (*required, *optional)}
    schema = {"type": "object", "required": required, "properties": fields}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


@router.post(
    "/token",
    response_model=TokenAnswer,
    responses={400: {"model": TokenError}},
    openapi_extra=form_of(["grant_type"], ["username", "password", "refresh_token"]),
)
async def issue_token(request: Request, device: DeviceHere, services: ServicesHere) -> Response:
    """Sign in with a password, or go on with a refresh token."""
    form = await read_form(request)
    match form:
        case {"grant_type": "password", "username": username, "password": password}:
            await services.limiter.spend("sign_in", device.network, request)
            grant, why_not = await _sign_in(services, username, password, device), WRONG
        case {"grant_type": "refresh_token", "refresh_token": token}:
            await services.limiter.spend("refresh", device.network, request)
            now = services.clock()
            grant, why_not = await services.database.write_briefly(refresh, services.keys, token, now=now), OVER
        case {"grant_type": str(kind)} if kind not in GRANT_TYPES:
            return _refusal("unsupported_grant_type", "Use password or refresh_token.")
        case _:
            return _refusal("invalid_request", INCOMPLETE)
    return _tokens(services, grant) if grant else _refusal("invalid_grant", why_not)


@router.post(
    "/revoke",
    response_class=Response,
    responses={200: {"description": "The token, if it was one, is over."}, 400: {"model": TokenError}},
    dependencies=[limited("refresh")],
    openapi_extra=form_of(["token"], ["token_type_hint"]),
)
async def revoke_token(request: Request, services: ServicesHere, now: Now) -> Response:
    """End the whole session of a token at once."""
    form = await read_form(request)
    if "token" not in form:
        return _refusal("invalid_request", INCOMPLETE)
    issuer = services.settings.token_issuer
    await services.database.write_briefly(revoke, services.keys, form["token"], issuer=issuer, now=now)
    return Response(status_code=200, headers=NO_STORE)


@router.get("/sessions", response_model=SessionList)
async def read_sessions(
    request: Request,
    identity: Annotated[Identity, requires(Permission.SESSION_LIST)],
    services: ServicesHere,
    paging: PagingParameters,
    now: Now,
) -> Response:
    """List the devices on which one is signed in, the last used first."""
    scope = {"user": str(identity.user_id)}
    verb = partial(list_sessions, user_id=identity.user_id, after=paging.after(**scope), limit=paging.limit, now=now)
    page = await services.database.read(verb)
    cursor = paging.next(page, **scope)
    items = [SessionPublic(**row._asdict(), current=row.id == identity.session_id) for row in page.rows]
    content = paging.body([item.model_dump(mode="json") for item in items], cursor)
    return answer(request, content, 0, headers=paging.link(cursor))


@router.delete("/sessions/{session}", status_code=204)
async def sign_out(
    session: str, identity: Annotated[Identity, requires(Permission.SESSION_END)], services: ServicesHere, now: Now
) -> Response:
    """Sign one of one's own devices out."""
    await services.database.write_briefly(
        end_session, user_id=identity.user_id, session_id=identifier(session), now=now
    )
    return Response(status_code=204)


@router.post("/password-reset", status_code=202, response_class=Response, dependencies=[limited("recovery")])
async def ask_for_reset(body: ResetRequest, services: ServicesHere, now: Now) -> Response:
    """Ask for a mail with a way to a new password; the answer never tells whether there is an account."""
    await services.database.write_briefly(send_reset, email=body.email, now=now)
    return Response(status_code=202)


@router.post("/password-reset/confirm", status_code=204, dependencies=[limited("sign_in")])
async def reset(body: ResetConfirm, network: Network, services: ServicesHere, now: Now) -> Response:
    """Set a new password with the token out of the mail; all devices are signed out."""
    owner = await services.database.lookup(owner_of_reset, token=body.token, now=now)
    refused = await off_loop(password_refusal, body.password, email=owner.email, display_name=owner.display_name)
    if refused:
        raise Invalid("/password", refused)
    password_hash = await off_loop(services.hashing.hash, body.password)
    await services.database.write_briefly(
        reset_password, token=body.token, password_hash=password_hash, network=network, now=now
    )
    return Response(status_code=204)


@router.post("/email-verification/confirm", status_code=204, dependencies=[limited("sign_in")])
async def confirm(body: VerificationConfirm, services: ServicesHere, now: Now) -> Response:
    """Confirm an address with the token out of the mail."""
    await services.database.write_briefly(confirm_address, token=body.token, now=now)
    return Response(status_code=204)


@router.post("/export", response_model=PersonExport, dependencies=[limited("sign_in")])
async def export_unsigned(
    request: Request, body: OwnerProof, network: Network, services: ServicesHere, now: Now
) -> Response:
    """Give everything that is held on somebody who cannot sign in, such as the banned; the password is asked for."""
    account, attempt = await _proven(services, body, network, now=now)
    await services.database.write_briefly(give_back, attempt)
    await services.limiter.spend("export", str(account.user_id), request)
    return await export_of(services, account.user_id)


@router.post("/erasure", status_code=202, response_class=Response, dependencies=[limited("sign_in")])
async def erase_unsigned(body: OwnerProof, network: Network, services: ServicesHere, now: Now) -> Response:
    """Erase somebody who cannot sign in, such as the banned; their restrictions are not shed by it."""
    account, attempt = await _proven(services, body, network, now=now)
    mark = address_marks(services.keys, account.email_key)[0]
    try:
        await services.database.write(begin_erasure, account, attempt=attempt, mark=mark, now=now)
    except Unauthenticated:
        # Another request has erased the account meanwhile; there is no token here to be over.
        raise Invalid("/password", "password_wrong") from None
    return Response(status_code=202)


async def _proven(
    services: Services, proof: OwnerProof, network: str, *, now: datetime
) -> tuple[SignInAccount, Attempt]:
    """Find the account that a password opens; an address that nobody has is answered as a wrong password."""
    account, attempt = await services.database.write_briefly(
        begin_sign_in, email_key=email_key(proof.email), network=network, now=now
    )
    is_right = await off_loop(services.hashing.verify, proof.password, account.password_hash if account else None)
    if account is None or not is_right:
        raise Invalid("/password", "password_wrong")
    return account, attempt


async def _sign_in(services: Services, username: str, password: str, device: Device) -> Grant | None:
    now = services.clock()
    account, attempt = await services.database.write_briefly(
        # Nobody has a longer one, and what can be sent here would take seconds to compare.
        begin_sign_in,
        email_key=email_key(username[:EMAIL_LENGTH]),
        network=device.network,
        now=now,
    )
    is_right = await off_loop(services.hashing.verify, password, account.password_hash if account else None)
    if account is None or not is_right:
        return None
    return await services.database.write_briefly(
        finish_sign_in, services.keys, account, attempt=attempt, device=device, now=now
    )


def _tokens(services: Services, grant: Grant) -> Response:
    access = mint_access_token(
        services.keys,
        user_id=grant.user_id,
        session_id=grant.session_id,
        roles=grant.roles | {Role.MEMBER},
        issuer=services.settings.token_issuer,
        now=services.clock(),
    )
    lifetime = int(ACCESS_LIFETIME.total_seconds())
    answer = TokenAnswer(access_token=access, expires_in=lifetime, refresh_token=grant.refresh_token)
    return _answer(200, answer)


def _refusal(error: Literal["invalid_request", "invalid_grant", "unsupported_grant_type"], why: str) -> Response:
    return _answer(400, TokenError(error=error, error_description=why))


def _answer(status: int, body: Answer) -> Response:
    return Response(body.model_dump_json(), status, NO_STORE, "application/json")
