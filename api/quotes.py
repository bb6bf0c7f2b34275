"""Find quotes in their texts beside the event loop, for those who write them and when a text changed."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from forum.analyses.drafts import AnalysisDraft
from forum.discussion.drafts import Draft
from forum.discussion.quotes import anchor, lost, move_anchors, moved, quoted_text, quotes_from
from models.analyses import AnalysisRevision
from models.database import Database
from models.errors import NotFound, Stale

MOVED_AT_ONCE = 50
D = TypeVar("D", Draft, AnalysisDraft)


async def anchored(database: Database, draft: D, text_id: UUID) -> D:
    """Say in a draft where its quote stands in the text that it was taken from; raise NotFound."""
    if draft.quote is None:
        return draft
    text = await database.lookup(quoted_text, text_id)
    return replace(draft, anchor=await asyncio.to_thread(anchor, text, draft.quote))


async def anchored_below(
    database: Database, draft: AnalysisDraft, article_id: UUID, analysis_id: UUID | None
) -> AnalysisDraft:
    """Say where an analysis quotes the article that it stands below, or another analysis there; raise NotFound."""
    if analysis_id == article_id:
        raise NotFound
    text = await database.lookup(quoted_text, analysis_id or article_id)
    if text.article_id != article_id:
        raise NotFound
    return await anchored(database, draft, text.text_id)


async def anchored_still(database: Database, draft: AnalysisDraft, standing: AnalysisRevision) -> AnalysisDraft:
    """Say where the quote that a revision keeps stands now, which its text may not be public to say."""
    if standing.quoted_id is None:
        return draft
    try:
        return await anchored(database, draft, standing.quoted_id)
    except NotFound:
        return replace(draft, anchor=lost(standing.quoted_id))


async def anchor_again(database: Database, text_id: UUID, *, now: datetime) -> None:
    """Look for all quotes of a text in its present form, from the beginning where that changes meanwhile.

    What is not public any more is let be: its quotes are looked for once it is again.
    """
    while True:
        try:
            text = await database.lookup(quoted_text, text_id)
        except NotFound:
            return
        quotes = await database.read(quotes_from, text_id)
        try:
            for first in range(0, len(quotes), MOVED_AT_ONCE):
                found = await asyncio.to_thread(moved, text, quotes[first : first + MOVED_AT_ONCE])
                if found:
                    await database.write(move_anchors, text, found, now=now)
        except Stale:
            continue
        return
