"""Serve what changed since a reader looked last."""

from typing import Annotated

import orjson
from fastapi import Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import answer
from api.deps import ForumRouter, Viewer
from api.pagination import Limit, Position
from api.public_reads import PublicPage, read_public
from api.schemas.changes import ChangeList, Reset, change_fields
from forum.discussion.changes import LARGEST_PAGE, changes_after

RESET = orjson.dumps({"reset": True})

After = Annotated[Position, Query(description="`seq` of the answer before; 0 gives everything.")]

router = ForumRouter(prefix="/v1", tags=["changes"])


@router.get("/articles/{article}/changes", response_model=ChangeList | Reset)
async def read_changes(
    request: Request, article: str, viewer: Viewer, after: After = 0, limit: Limit = LARGEST_PAGE
) -> Response:
    """Read what the public could see change since a number, each thing once, as it is now."""

    def verb(session: Session) -> PublicPage:
        article_id, seq, page = changes_after(session, article, after, limit=limit)
        if page is None:
            return PublicPage(RESET, seq, ((article_id, seq),), {})
        content = {"items": change_fields(session, page.changes), "seq": page.seq, "more": page.more}
        return PublicPage(orjson.dumps(content), seq, ((article_id, seq),), {})

    page = await read_public(request, viewer, verb)
    return answer(request, page.body, page.version)
