"""Serve moderators: the queue, decisions, their log and what it proves."""

from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import answer
from api.deps import AnswerLanguage, ForumRouter, Now, ServicesHere, SignedIn, identifier, requires, speaker_of
from api.idempotency import Created, IdempotencyKey
from api.openapi import or_else
from api.pagination import PagingParameters
from api.routers.articles import article_named
from api.schemas.articles import DisclosureForEditors
from api.schemas.moderation import (
    CaseCreate,
    CaseList,
    CasePublic,
    CaseWhole,
    ClaimHandover,
    ClaimPublic,
    DecisionCreate,
    DecisionList,
    DecisionPublic,
    ReversalCreate,
    SummaryPublic,
    VerificationPublic,
    case_fields,
    claim_fields,
    logged_fields,
)
from api.services import services_of
from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows, demand
from forum.experts.disclosures import earlier_declarations
from forum.moderation.cases import demand_comment, find_case, review_comment
from forum.moderation.chain import verify
from forum.moderation.claims import claim_case, claimed_by, hand_over, release_claim, unclaimed
from forum.moderation.conditions import newest_disclosure
from forum.moderation.decisions import decide
from forum.moderation.log import list_decisions
from forum.moderation.queue import CaseFilter, CaseView, list_cases, summarize, view_case
from forum.moderation.reversals import find_reversible, reverse
from forum.moderation.scopes import within_scope
from models.cases import Case, CaseKind, CaseState

Claimed = Literal["me", "none"]

router = ForumRouter(prefix="/v1", tags=["moderation"])

Moderator = Annotated[SignedIn, requires(Permission.MODERATION_READ_QUEUE)]
Reviewer = Annotated[SignedIn, requires(Permission.CASE_OPEN)]


async def case_here(request: Request, case_id: str) -> Case:
    """Load the case of a path; whoever is no moderator does not learn which exist."""
    moderator = request.state.viewer
    demand(moderator, Permission.MODERATION_READ_QUEUE)
    return await services_of(request).database.glance(find_case, identifier(case_id), moderator)


@router.get("/moderation/cases", response_model=CaseList)
async def read_cases(
    request: Request,
    moderator: Moderator,
    services: ServicesHere,
    language: AnswerLanguage,
    paging: PagingParameters,
    now: Now,
    kind: CaseKind | None = None,
    article: Annotated[str | None, Query(description="Id or slug.")] = None,
    state: CaseState = CaseState.OPEN,
    claimed: Annotated[Claimed | None, Query(description="Those that one holds, or that nobody holds.")] = None,
    mine: Annotated[bool, Query(description="Those that one looks after, by /v1/me/moderation-scope.")] = False,
) -> Response:
    """Read the queue, the most urgent case first."""
    found = await article_named(request, article) if article is not None else None
    claims = {"me": [claimed_by(moderator.user_id, now=now)], "none": [unclaimed(now=now)]}
    within = await services.database.lookup(within_scope, moderator.user_id) if mine else []
    others = [*claims.get(claimed or "", []), *within]
    wanted = CaseFilter(state, kind, found.id if found else None, others)
    scope = {
        "state": str(state),
        "kind": kind or "",
        "article": str(wanted.article_id),
        "claimed": claimed or "",
        "mine": str(mine),
    }
    after = paging.after(**scope)
    page = await services.database.read(list_cases, wanted, identity=moderator, after=after, limit=paging.limit)
    cursor = paging.next(page, **scope)
    content = paging.body(
        [case_fields(view, language, viewer_id=moderator.user_id, now=now) for view in page.rows], cursor
    )
    return answer(request, content, 0, headers=paging.link(cursor))


@router.get("/moderation/summary", response_model=SummaryPublic)
async def read_summary(request: Request, moderator: Moderator, services: ServicesHere, now: Now) -> Response:
    """Count what waits."""
    summary = await services.database.read(summarize, identity=moderator, now=now)
    shape = SummaryPublic(open=summary.open, overdue=summary.overdue, oldest_opened_at=summary.oldest_opened_at)
    return answer(request, shape.model_dump_json().encode(), 0)


@router.get("/moderation/cases/{case_id}", response_model=CaseWhole)
async def read_case(
    request: Request,
    case_id: str,
    moderator: Moderator,
    services: ServicesHere,
    language: AnswerLanguage,
    now: Now,
) -> Response:
    """Read one case; editors also what an expert declares for the article, beside what was declared before."""

    def verb(session: Session) -> tuple[CaseView, DisclosureForEditors | None]:
        view = view_case(session, identifier(case_id), moderator)
        return view, _declaration(session, view.case, moderator)

    view, declaration = await services.database.read(verb)
    fields = case_fields(view, language, viewer_id=moderator.user_id, now=now)
    if declaration is not None:
        fields["declaration"] = declaration.model_dump(mode="json")
    return answer(request, orjson.dumps(fields), view.case.revision)


def _declaration(session: Session, case: Any, identity: Identity) -> DisclosureForEditors | None:
    if case.article_id is None or not allows(identity, Permission.DISCLOSURE_READ_OF_OTHERS):
        return None
    disclosure = newest_disclosure(session, UUID(str(case.article_id)), UUID(str(case.author_id)))
    return DisclosureForEditors.beside(disclosure, earlier_declarations(session, disclosure)) if disclosure else None


@router.post("/moderation/cases/{case_id}/claim", response_model=ClaimPublic)
async def claim(
    case: Annotated[Case, requires(Permission.MODERATION_DECIDE, of=case_here)],
    identity: SignedIn,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Claim a case for five minutes, or prolong one's claim; nobody else decides it meanwhile."""
    claimed = await services.database.write_briefly(claim_case, case.id, identity=identity, now=now)
    return Response(orjson.dumps(claim_fields(claimed, identity.user_id)), media_type="application/json")


@router.delete("/moderation/cases/{case_id}/claim", status_code=204)
async def release(
    case: Annotated[Case, requires(Permission.MODERATION_DECIDE, of=case_here)],
    identity: SignedIn,
    services: ServicesHere,
) -> Response:
    """Give one's claim up."""
    await services.database.write_briefly(release_claim, case.id, identity=identity)
    return Response(status_code=204)


@router.post("/moderation/cases/{case_id}/claim/handover", response_model=ClaimPublic)
async def give_claim(
    case: Annotated[Case, requires(Permission.MODERATION_DECIDE, of=case_here)],
    identity: SignedIn,
    body: ClaimHandover,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Give one's claim to another moderator, who finds its token in the case."""
    verb = partial(hand_over, to=body.to, token=body.claim_token, identity=identity, now=now)
    claimed = await services.database.write_briefly(verb, case.id)
    return Response(orjson.dumps(claim_fields(claimed, identity.user_id)), media_type="application/json")


@router.post(
    "/moderation/cases/{case_id}/decisions",
    status_code=201,
    response_model=DecisionPublic,
    responses=or_else(200, DecisionPublic, "The same verdict again: the first decision."),
)
async def decide_case(
    request: Request,
    case: Annotated[str, requires(Permission.MODERATION_DECIDE, of=case_here, within_verb=True)],
    body: DecisionCreate,
    repeatable: IdempotencyKey,
) -> Response:
    """Decide a case; the same verdict said again by the same moderator gives the first decision."""
    identity, now = speaker_of(request), services_of(request).clock()
    demand(identity, Permission.MODERATION_READ_QUEUE)  # Nobody else comes as far as a lock.
    case_id = identifier(case)

    def verb(session: Session) -> Created:
        decision, is_new = decide(session, case_id, body.ruling(), identity=identity, now=now)
        return Created(orjson.dumps(logged_fields(decision)), decision.id, status=201 if is_new else 200)

    return await repeatable.run(identity, verb, is_visible=_is_logged, now=now)


async def reversible_here(decision_id: str, moderator: Moderator, services: ServicesHere) -> UUID:
    """Name the decision of a path, and refuse what is none of the moderator's, before the body is looked at."""
    named = identifier(decision_id)
    await services.database.read(find_reversible, named, moderator)
    return named


@router.post("/moderation/decisions/{decision_id}/reversal", status_code=201, response_model=DecisionPublic)
async def take_back(
    reversed_id: Annotated[UUID, Depends(reversible_here)],
    moderator: Moderator,
    body: ReversalCreate,
    repeatable: IdempotencyKey,
    now: Now,
) -> Response:
    """Take a decision back: one's own within a quarter of an hour, or any as an editor; the case is open again."""

    def verb(session: Session) -> Created:
        decision = reverse(session, reversed_id, body.retraction(), identity=moderator, now=now)
        return Created(orjson.dumps(logged_fields(decision)), decision.id)

    return await repeatable.run(moderator, verb, is_visible=_is_logged, now=now)


async def reviewed_here(comment_id: str, _: Reviewer, services: ServicesHere) -> UUID:
    """Name the comment of a path, which has to be there before the body is looked at."""
    named = identifier(comment_id)
    await services.database.lookup(demand_comment, named)
    return named


@router.post(
    "/comments/{comment_id}/cases",
    status_code=201,
    response_model=CasePublic,
    responses=or_else(200, CasePublic, "The case that is open already."),
)
async def open_review(
    subject_id: Annotated[UUID, Depends(reviewed_here)],
    identity: Reviewer,
    body: CaseCreate,
    repeatable: IdempotencyKey,
    language: AnswerLanguage,
    now: Now,
) -> Response:
    """Put a public or restricted comment up for another look; 200 with the case that is already open."""

    def verb(session: Session) -> Created:
        case, is_new = review_comment(session, subject_id, reason=body.reason, now=now)
        content = orjson.dumps(
            case_fields(view_case(session, case.id, identity), language, viewer_id=identity.user_id, now=now)
        )
        location = {"Location": f"/v1/moderation/cases/{case.id}"}
        return Created(content, case.id, status=201 if is_new else 200, headers=location)

    return await repeatable.run(identity, verb, is_visible=_is_logged, now=now)


@router.get("/moderation/decisions", response_model=DecisionList)
async def read_log(
    request: Request,
    moderator: Annotated[SignedIn, requires(Permission.MODERATION_READ_LOG)],
    services: ServicesHere,
    paging: PagingParameters,
) -> Response:
    """Read the log of decisions, the newest first; moderators without those about analyses and applications."""
    sees_editorial = allows(moderator, Permission.CASE_READ_EDITORIAL)
    scope = {"editorial": str(sees_editorial)}
    after = paging.after(**scope)
    verb = partial(list_decisions, sees_editorial=sees_editorial, after=after, limit=paging.limit)
    page = await services.database.read(verb)
    cursor = paging.next(page, **scope)
    content = paging.body([logged_fields(decision) for decision in page.rows], cursor)
    return answer(request, content, 0, headers=paging.link(cursor))


@router.get("/moderation/decisions/verify", response_model=VerificationPublic)
async def verify_log(
    request: Request,
    moderator: Annotated[SignedIn, requires(Permission.MODERATION_READ_LOG)],
    services: ServicesHere,
) -> Response:
    """Walk the chain of decisions and say whether every link holds."""
    found = await services.database.read(verify)
    shape = VerificationPublic(ok=found.is_sound, checked=found.checked, first_broken=found.first_broken)
    return answer(request, shape.model_dump_json().encode(), 0)


def _is_logged(_: Session, __: UUID) -> bool:
    # Only moderators get this far, and to them every case and decision stays visible.
    return True
