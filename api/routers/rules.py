"""Serve the rules of screening, trials of a rule on past comments, and the thresholds."""

import asyncio
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import IfMatch, answer, made
from api.deps import ForumRouter, Now, ServicesHere, SignedIn, identifier, requires
from api.idempotency import Created, IdempotencyKey
from api.pagination import PagingParameters
from api.schemas.screening import (
    RuleCreate,
    RuleList,
    RulePublic,
    RuleUpdate,
    SimulationCreate,
    SimulationPublic,
    ThresholdsPublic,
    ThresholdsUpdate,
)
from api.services import Services
from auth.permissions import Permission
from forum.moderation.rule_sets import compile_rule, phrase_of, rule_set
from forum.moderation.rules import (
    HitCounts,
    change_rule,
    count_hits,
    create_rule,
    demand_findable,
    drop_rule,
    find_rule,
    list_rules,
)
from forum.moderation.simulations import MOST_EXAMINED, Tally, past_words, tally
from forum.moderation.thresholds import change_thresholds, thresholds
from models.screening import RuleAction, RuleState, ScreeningRule

router = ForumRouter(prefix="/v1/moderation", tags=["screening"])

RuleReader = Annotated[SignedIn, requires(Permission.RULES_READ)]
RuleWriter = Annotated[SignedIn, requires(Permission.RULES_WRITE)]


async def rule_here(rule_id: str, _: RuleWriter, services: ServicesHere) -> ScreeningRule:
    """Load the rule of a path before the body is looked at; whoever may not change rules gets 403, there or not."""
    return await services.database.lookup(find_rule, identifier(rule_id))


RuleHere = Annotated[ScreeningRule, Depends(rule_here)]


@router.get("/rules", response_model=RuleList)
async def read_rules(
    request: Request,
    moderator: RuleReader,
    services: ServicesHere,
    paging: PagingParameters,
    state: RuleState | None = None,
) -> Response:
    """List the rules, the newest first, with how often each was met."""
    scope = {"state": state or ""}
    after = paging.after(**scope)
    page, counts = await services.database.read(partial(list_rules, state=state, after=after, limit=paging.limit))
    cursor = paging.next(page, **scope)
    items = [RulePublic.of(rule, counts[rule.id]).model_dump(mode="json") for rule in page.rows]
    return answer(request, paging.body(items, cursor), 0, headers=paging.link(cursor))


@router.post("/rules", status_code=201, response_model=RulePublic)
async def create(
    moderator: RuleWriter, body: RuleCreate, repeatable: IdempotencyKey, services: ServicesHere, now: Now
) -> Response:
    """Make a rule; it acts on what is written from now on."""

    def verb(session: Session) -> Created:
        rule = create_rule(session, body.columns(), identity=moderator, now=now)
        content = RulePublic.of(rule, HitCounts()).model_dump_json().encode()
        return Created(content, rule.id, headers=made(content, rule.version, f"/v1/moderation/rules/{rule.id}"))

    made_one = await repeatable.run(moderator, verb, is_visible=_is_visible, now=now)
    await _compiled(services)
    return made_one


@router.post("/rules/simulations", response_model=SimulationPublic)
async def simulate(moderator: RuleReader, body: SimulationCreate, services: ServicesHere, now: Now) -> Response:
    """Try a rule on the newest past comments; nothing is written."""
    rule = ScreeningRule(
        **body.columns(), action=RuleAction.HOLD, created_by=moderator.user_id, created_at=now, changed_at=now
    )
    demand_findable(phrase_of(rule))
    compiled, found, after = compile_rule(rule), Tally(), None
    while found.examined < MOST_EXAMINED:
        some = await services.database.read(past_words, after=after)
        if not some:
            break
        await asyncio.to_thread(tally, compiled, some, found)
        after = some[-1].comment_id, some[-1].revision
    return Response(SimulationPublic.of(found).model_dump_json(), media_type="application/json")


@router.get("/rules/{rule_id}", response_model=RulePublic)
async def read_rule(request: Request, rule_id: str, moderator: RuleReader, services: ServicesHere) -> Response:
    """Read one rule."""
    return await _shown(request, identifier(rule_id), services)


@router.patch("/rules/{rule_id}", response_model=RulePublic)
async def change(
    request: Request,
    rule: RuleHere,
    body: RuleUpdate,
    condition: IfMatch,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Change a rule; its hits so far stay counted."""
    await services.database.write_briefly(change_rule, rule.id, body.columns(), expected=condition.demand(), now=now)
    await _compiled(services)
    return await _shown(request, rule.id, services)


@router.delete("/rules/{rule_id}", status_code=204)
async def drop(rule: RuleHere, condition: IfMatch, services: ServicesHere) -> Response:
    """Take a rule away."""
    await services.database.write_briefly(drop_rule, rule.id, expected=condition.demand())
    await _compiled(services)
    return Response(status_code=204)


@router.get("/screening", response_model=ThresholdsPublic)
async def read_thresholds(request: Request, moderator: RuleReader, services: ServicesHere) -> Response:
    """Read the thresholds of screening."""
    standing = await services.database.read(thresholds)
    shape = ThresholdsPublic.of(standing, asks_outside=services.settings.screening_url is not None)
    return answer(request, shape.model_dump_json().encode(), standing.version)


@router.patch("/screening", response_model=ThresholdsPublic)
async def set_thresholds(
    request: Request,
    editor: Annotated[SignedIn, requires(Permission.THRESHOLDS_WRITE)],
    body: ThresholdsUpdate,
    condition: IfMatch,
    services: ServicesHere,
) -> Response:
    """Set thresholds of screening."""
    values = body.model_dump(exclude_unset=True)
    standing = await services.database.write_briefly(change_thresholds, values, expected=condition.demand())
    shape = ThresholdsPublic.of(standing, asks_outside=services.settings.screening_url is not None)
    return answer(request, shape.model_dump_json().encode(), standing.version)


async def _shown(request: Request, rule_id: UUID, services: ServicesHere) -> Response:
    def verb(session: Session) -> tuple[ScreeningRule, HitCounts]:
        return find_rule(session, rule_id), count_hits(session, [rule_id])[rule_id]

    rule, counts = await services.database.read(verb)
    return answer(request, RulePublic.of(rule, counts).model_dump_json().encode(), rule.version)


def _is_visible(session: Session, rule_id: UUID) -> bool:
    return session.get(ScreeningRule, rule_id) is not None


async def _compiled(services: Services) -> None:
    # Or else the next to write waits for it, and all others here with them.
    await services.database.read(rule_set)
