"""Serve the figures of moderation: to the public by month, to editors also by moderator."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import answer
from api.deps import ForumRouter, Now, ServicesHere, SignedIn, requires
from api.schemas.figures import Figures, Transparency
from auth.permissions import Permission
from forum.moderation.figures import (
    figures_of_month,
    first_activity,
    months_between,
    public_figures,
    queue_age,
)

MOST_MONTHS = 36

router = ForumRouter(prefix="/v1", tags=["moderation"])


@router.get("/transparency", response_model=Transparency)
async def read_transparency(request: Request, services: ServicesHere, now: Now) -> Response:
    """Read how comments were moderated, month by month. What is over does not change and is counted once."""
    closed: dict[str, dict[str, Any]] = request.app.state.closed_months

    def verb(session: Session) -> list[dict[str, Any]]:
        first = first_activity(session)
        months = list(months_between(first, now)) if first else []
        return [closed[month.name] if month.name in closed else public_figures(session, month) for month in months]

    months = await services.database.read(verb)
    closed.update({month["month"]: month for month in months[1:]})
    return answer(request, orjson.dumps({"months": months}), 0)


@router.get("/moderation/figures", response_model=Figures)
async def read_figures(
    request: Request,
    editor: Annotated[SignedIn, requires(Permission.MODERATION_READ_FIGURES)],
    services: ServicesHere,
    now: Now,
    months: Annotated[int, Query(ge=1, le=MOST_MONTHS, description="How many, back from this one.")] = 12,
) -> Response:
    """Read how old the queue is and how moderation goes by month and moderator."""
    figures = await services.database.read(_figures, months=months, now=now)
    return answer(request, orjson.dumps(figures), 0)


def _figures(session: Session, *, months: int, now: datetime) -> dict[str, Any]:
    first = first_activity(session)
    wanted = list(months_between(first, now))[:months] if first else []
    return {
        "queue": queue_age(session, now=now),
        "months": [figures_of_month(session, month) for month in wanted],
    }
