"""Serve the revisions of analyses and what changed between two of them."""

import re
from functools import partial
from typing import Annotated

import orjson
from fastapi import Query, Request
from starlette.responses import Response

from api.conditional import answer
from api.deps import ForumRouter, ServicesHere, Viewer
from api.pagination import PagingParameters
from api.routers.analyses import AnalysisHere
from api.schemas.analyses import (
    AnalysisRevisionList,
    AnalysisRevisionPublic,
    DifferencePublic,
    difference_fields,
    revision_fields,
)
from forum.analyses.revisions import compare_revisions, find_revisions, list_revisions
from models.errors import NotFound

REVISION_NUMBER = r"^[1-9][0-9]{0,8}$"

router = ForumRouter(prefix="/v1/analyses/{analysis_id}/revisions", tags=["analyses"])


@router.get("", response_model=AnalysisRevisionList)
async def read_revisions(
    request: Request, analysis: AnalysisHere, viewer: Viewer, services: ServicesHere, paging: PagingParameters
) -> Response:
    """List the published revisions; authors see all of theirs, editors all that were submitted. Without bodies."""
    scope = {"analysis": str(analysis.id)}
    verb = partial(list_revisions, after=paging.after(**scope), limit=paging.limit)
    page = await services.database.read(verb, viewer, analysis.id)
    cursor = paging.next(page, **scope)
    content = paging.body([revision_fields(revision, analysis) for revision in page.rows], cursor)
    version = analysis.approved_revision or analysis.current_revision
    return answer(request, content, version, headers=paging.link(cursor))


@router.get("/{number}", response_model=AnalysisRevisionPublic)
async def read_revision(
    request: Request, analysis: AnalysisHere, number: str, viewer: Viewer, services: ServicesHere
) -> Response:
    """Read one revision."""
    [revision] = await services.database.read(find_revisions, viewer, analysis.id, [_number(number)])
    fields = revision_fields(revision, analysis)
    content = orjson.dumps({**fields, "body": revision.body, "body_html": revision.body_html})
    return answer(request, content, revision.number)


@router.get("/{number}/diff", response_model=DifferencePublic)
async def read_difference(
    request: Request,
    analysis: AnalysisHere,
    number: str,
    viewer: Viewer,
    services: ServicesHere,
    against: Annotated[str, Query(pattern=REVISION_NUMBER, description="The number of the older revision.")],
) -> Response:
    """Tell word by word what changed from one revision to another."""
    verb = partial(compare_revisions, number=_number(number), against=int(against))
    found = await services.database.read(verb, viewer, analysis.id)
    content = orjson.dumps(difference_fields(found, revision=int(number), against=int(against)))
    return answer(request, content, int(number))


def _number(text: str) -> int:
    if not re.fullmatch(REVISION_NUMBER, text):
        raise NotFound
    return int(text)
