"""Serve experts: applying, inviting, credentials and the public directory."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import IfMatch, answer
from api.deps import ForumRouter, Now, ServicesHere, SignedIn, identifier, requires
from api.idempotency import Created, IdempotencyKey
from api.pagination import PagingParameters
from api.routers.articles import SEARCH_LENGTH
from api.schemas.experts import (
    FIELD_LENGTH,
    ApplicationCreate,
    ApplicationOwn,
    CredentialUpdate,
    ExpertList,
    ExpertPublic,
    InvitationAccept,
    InvitationCreate,
    InvitationPublic,
    RevocationReason,
)
from api.schemas.types import SafeText
from auth.permissions import Permission
from forum.experts.applications import apply, change_credential, own_application, withdraw_application
from forum.experts.credentials import revoke
from forum.experts.directory import ExpertFilter, find_expert, list_experts
from forum.experts.invitations import accept, invite
from forum.experts.names import demand_own_title
from models.cases import Reason
from models.users import User

router = ForumRouter(prefix="/v1", tags=["experts"])


async def expert_named(expert: str, services: ServicesHere, now: Now) -> User:
    """Load the expert of a path; 404 for whoever is none."""
    return (await services.database.lookup(find_expert, identifier(expert), now=now)).user


ExpertHere = Annotated[User, Depends(expert_named)]


@router.get("/experts", response_model=ExpertList)
async def read_all(
    request: Request,
    services: ServicesHere,
    paging: PagingParameters,
    now: Now,
    field: Annotated[SafeText | None, Query(max_length=FIELD_LENGTH, description="A field of expertise.")] = None,
    language: Annotated[SafeText | None, Query(max_length=35)] = None,
    q: Annotated[SafeText | None, Query(max_length=SEARCH_LENGTH, description="Words of name, title or field.")] = None,
) -> Response:
    """List experts by name."""
    scope = {"field": field or "", "language": language or "", "q": q or ""}
    after = paging.after(**scope)
    wanted = ExpertFilter(field, language, q)
    page = await services.database.read(list_experts, wanted, after=after, limit=paging.limit, now=now)
    cursor = paging.next(page, **scope)
    items = [ExpertPublic.of_expert(expert).model_dump(mode="json") for expert in page.rows]
    return answer(request, paging.body(items, cursor), 0, headers=paging.link(cursor))


@router.get("/experts/{expert}", response_model=ExpertPublic)
async def read_expert(request: Request, expert: str, services: ServicesHere, now: Now) -> Response:
    """Show one expert."""
    found = await services.database.lookup(find_expert, identifier(expert), now=now)
    return answer(request, ExpertPublic.of_expert(found).model_dump_json().encode(), found.user.version)


@router.post("/experts/applications", status_code=201, response_model=ApplicationOwn)
async def send_application(
    identity: Annotated[SignedIn, requires(Permission.EXPERT_APPLY)],
    body: ApplicationCreate,
    repeatable: IdempotencyKey,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Apply to be an expert, or send an application again that was sent back."""
    institute = services.settings.institute_name
    await services.database.read(
        demand_own_title, body.title, body.affiliation, user_id=identity.user_id, institute=institute
    )

    def verb(session: Session) -> Created:
        return _sent(ApplicationOwn.of(apply(session, body.sending(), user_id=identity.user_id, now=now)))

    return await repeatable.run(identity, verb, is_visible=_is_own, now=now)


@router.get("/me/expert-application", response_model=ApplicationOwn)
async def read_application(
    request: Request,
    identity: Annotated[SignedIn, requires(Permission.APPLICATION_READ_OWN)],
    services: ServicesHere,
) -> Response:
    """Read how one's newest application stands, and what was decided about it."""
    own = await services.database.lookup(own_application, identity.user_id)
    return answer(request, ApplicationOwn.of(own).model_dump_json().encode(), own.application.revision)


@router.delete("/me/expert-application", status_code=204)
async def take_back(
    identity: Annotated[SignedIn, requires(Permission.APPLICATION_WITHDRAW)],
    condition: IfMatch,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Withdraw one's application while it waits or was sent back."""
    await services.database.lookup(own_application, identity.user_id)
    expected = condition.demand()
    await services.database.write_briefly(withdraw_application, identity.user_id, expected=expected, now=now)
    return Response(status_code=204)


@router.post("/experts/invitations", status_code=201, response_model=InvitationPublic)
async def send_invitation(
    identity: Annotated[SignedIn, requires(Permission.EXPERT_INVITE)],
    body: InvitationCreate,
    repeatable: IdempotencyKey,
    now: Now,
) -> Response:
    """Invite somebody to be an expert; the token goes to their address alone."""

    def verb(session: Session) -> Created:
        invitation = invite(session, body.new(), invited_by=identity.user_id, now=now)
        return Created(InvitationPublic.of(invitation).model_dump_json().encode(), invitation.id)

    return await repeatable.run(identity, verb, is_visible=_is_own, now=now)


@router.post("/experts/invitations/accept", response_model=ExpertPublic)
async def accept_invitation(
    identity: Annotated[SignedIn, requires(Permission.INVITATION_ACCEPT)],
    body: InvitationAccept,
    repeatable: IdempotencyKey,
    now: Now,
) -> Response:
    """Accept an invitation as the owner of its address."""

    def verb(session: Session) -> Created:
        user = accept(session, body.token, user_id=identity.user_id, now=now)
        expert = find_expert(session, user.id, now=now)
        return Created(ExpertPublic.of_expert(expert).model_dump_json().encode(), user.id, status=200)

    return await repeatable.run(identity, verb, is_visible=_is_own, now=now)


@router.patch("/experts/{expert}/credential", status_code=202, response_model=ApplicationOwn)
async def change(
    found: Annotated[User, requires(Permission.CREDENTIAL_CHANGE, of=expert_named)],
    body: CredentialUpdate,
    condition: IfMatch,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Apply for a change of one's credential, which stays until an editor approves; If-Match may name the expert's."""
    institute = services.settings.institute_name
    await services.database.read(demand_own_title, body.title, body.affiliation, user_id=found.id, institute=institute)
    verb = partial(change_credential, expected=condition.versions_if_named(), now=now)
    own = await services.database.write_briefly(verb, found.id, body.changes())
    headers = {"Location": "/v1/me/expert-application"}
    return Response(ApplicationOwn.of(own).model_dump_json(), 202, headers, "application/json")


@router.delete("/experts/{expert}/credential", status_code=204)
async def take_away(
    found: Annotated[User, requires(Permission.CREDENTIAL_REVOKE, of=expert_named)],
    identity: SignedIn,
    condition: IfMatch,
    services: ServicesHere,
    now: Now,
    reason: Annotated[RevocationReason, Query(description="A reason of decisions, or words; the expert is told.")],
) -> Response:
    """Revoke a credential: its holder is an expert no longer, and what they published stays."""
    is_listed = reason in set(Reason)
    verb = partial(
        revoke,
        reason=Reason(reason) if is_listed else Reason.OTHER,
        note=None if is_listed else reason,
        by=identity.user_id,
        expected=condition.versions_if_named(),
        now=now,
    )
    await services.database.write_briefly(verb, found.id)
    return Response(status_code=204)


def _sent(shape: ApplicationOwn) -> Created:
    headers = {"Location": "/v1/me/expert-application"}
    return Created(shape.model_dump_json().encode(), shape.id, headers=headers)


def _is_own(_: Session, __: object) -> bool:
    # An answer is kept for each user apart, and what one sent stays one's own.
    return True
