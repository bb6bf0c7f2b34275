"""Find quotes in their texts beside the event loop, for those who write them and when a text changed."""

import asyncio
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forum.discussion.drafts import Draft
from forum.discussion.quotes import anchor, move_anchors, moved, quoted_text, quotes_from
from models.database import Database
from models.errors import Stale

MOVED_AT_ONCE = 50


async def anchored(database: Database, draft: Draft, text_id: UUID) -> Draft:
    """Say in a draft where its quote stands in the text that it is about."""
    if draft.quote is None:
        return draft
    text = await database.read(quoted_text, text_id)
    return replace(draft, anchor=await asyncio.to_thread(anchor, text, draft.quote))


async def anchor_again(database: Database, text_id: UUID, *, now: datetime) -> None:
    """Look for all quotes of a text in its present form, from the beginning where that changes meanwhile."""
    while True:
        text = await database.read(quoted_text, text_id)
        quotes = await database.read(quotes_from, text_id)
        try:
            for first in range(0, len(quotes), MOVED_AT_ONCE):
                found = await asyncio.to_thread(moved, text, quotes[first : first + MOVED_AT_ONCE])
                if found:
                    await database.write(move_anchors, text, found, now=now)
        except Stale:
            continue
        return
