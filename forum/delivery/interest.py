"""Find out who would hear of a comment or an analysis, with one look, and tell them."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlmodel import Session

from forum.delivery.events import A_LISTENER, LISTENED_TO
from forum.delivery.mentions import mentioned
from forum.delivery.notices import Notice, notify, order_followers
from models.analyses import Analysis
from models.base import columns_of
from models.comments import Comment
from models.notifications import NotificationKind, NotifiedOf, Subscription
from models.plain import Plain

_INTEREST: Final = "interest"
_OTHERS_FOLLOW = exists().where(
    columns_of(Subscription).article_id == bindparam("article_id"),
    columns_of(Subscription).user_id != bindparam("author_id"),
)
_ANSWERED = (
    select(columns_of(Comment).author_id).where(columns_of(Comment).id == bindparam("answered_id")).scalar_subquery()
)
_LOOK = Plain(
    select(A_LISTENER.exists().label("listened"), _OTHERS_FOLLOW.label("followed"), _ANSWERED.label("answered"))
)


class Interest(NamedTuple):
    """Hold whether webhooks are there and others follow, and who wrote what is answered."""

    is_listened_to: bool
    is_followed: bool
    answered_author_id: UUID | None


def interest_in(session: Session, comment: Any) -> Interest:
    """Look once in a transaction who would hear of a comment, an object or a row."""
    known: dict[UUID, Interest] = session.info.setdefault(_INTEREST, {})
    if comment.id not in known:
        answered_id = comment.in_reply_to or comment.parent_id
        named = {"article_id": comment.article_id, "author_id": comment.author_id, "answered_id": answered_id}
        known[comment.id] = Interest(*_LOOK.rows(session, named)[0])
        session.info[LISTENED_TO] = known[comment.id].is_listened_to
    return known[comment.id]


def tell_of_comment(session: Session, comment: Any, body: str, *, is_new: bool, now: datetime) -> None:
    """Tell of a comment that appeared whom it answers, mentions, and who follows; of other words whom they mention.

    `comment` is an object or a row, and `body` its public words. Nobody is told twice of one comment.
    """
    answered = [author for author in [interest_in(session, comment).answered_author_id] if author]
    if is_new:
        notify(session, _about(comment, NotificationKind.REPLY), answered, now=now)
    named = [user_id for user_id in mentioned(session, comment.article_id, body) if user_id not in answered]
    notify(session, _about(comment, NotificationKind.MENTION), named, now=now)
    if is_new and interest_in(session, comment).is_followed:
        order_followers(session, _about(comment, NotificationKind.NEW_COMMENT), now=now)


def tell_of_analysis(session: Session, analysis: Analysis, *, now: datetime) -> None:
    """Tell those who follow the discussion of an analysis that appeared."""
    named = {"article_id": analysis.article_id, "author_id": analysis.author_id}
    if session.execute(select(_OTHERS_FOLLOW), named).scalar_one():
        about = (NotifiedOf.ANALYSIS, analysis.id, analysis.id, analysis.article_id, analysis.author_id)
        order_followers(session, Notice(NotificationKind.NEW_ANALYSIS, *about), now=now)


def _about(comment: Any, kind: NotificationKind) -> Notice:
    return Notice(kind, NotifiedOf.COMMENT, comment.id, comment.id, comment.article_id, comment.author_id)
