"""Take reactions at once and fold their counts into the public thread in steps.

A reaction is a row; the public counts and the rank follow at most every few seconds, one number per article and step,
so that a wave of reactions does not renew the page each time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, cast, delete, func, tuple_, update
from sqlmodel import Session, col, select

from forum.discussion.threads import is_public
from forum.publishing import publish_change
from models.comments import Comment, Reaction, ReactionKind, UnfoldedReaction
from models.errors import NotFound, Refused
from models.pages import Key, Page, cut
from models.publication import ChangeType
from models.upserts import insert_once, insert_or_renew

FOLD_INTERVAL = timedelta(seconds=5)
COMMENTS_A_FOLD = 100
WEIGHTS = {ReactionKind.INSIGHTFUL: 2, ReactionKind.AGREE: 1, ReactionKind.DISAGREE: 0}


def react(session: Session, comment_id: UUID, kind: ReactionKind, *, user_id: UUID, now: datetime) -> None:
    """Leave a reaction; the same again changes nothing. Raises NotFound and parent_not_public."""
    article_id = _article_of(session, comment_id)
    row = {"comment_id": comment_id, "user_id": user_id, "kind": kind, "created_at": now}
    if insert_once(session, Reaction, row):
        _mark(session, comment_id, article_id, now=now)


def take_back_reaction(session: Session, comment_id: UUID, kind: ReactionKind, *, user_id: UUID, now: datetime) -> None:
    """Take a reaction away; where there is none nothing changes. Raises NotFound and parent_not_public."""
    article_id = _article_of(session, comment_id)
    taken = session.execute(
        delete(Reaction)
        .where(col(Reaction.comment_id) == comment_id, col(Reaction.user_id) == user_id, col(Reaction.kind) == kind)
        .returning(col(Reaction.comment_id))
    ).first()
    if taken is not None:
        _mark(session, comment_id, article_id, now=now)


def take_back_all(session: Session, user_id: UUID, *, limit: int, now: datetime) -> bool:
    """Take some of a user's reactions away, wherever they are; give whether more may be left."""
    mine = (
        select(Reaction.comment_id, Comment.article_id)
        .join(Comment, col(Comment.id) == col(Reaction.comment_id))
        .where(col(Reaction.user_id) == user_id)
        .order_by(col(Reaction.comment_id))
        .distinct()
        .limit(limit)
    )
    found = session.exec(mine).all()
    comment_ids = [comment_id for comment_id, _ in found]
    session.execute(
        delete(Reaction).where(col(Reaction.user_id) == user_id, col(Reaction.comment_id).in_(comment_ids)),
        execution_options={"synchronize_session": False},
    )
    for comment_id, article_id in found:
        _mark(session, comment_id, article_id, now=now)
    return len(found) == limit


def count_reactions(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, dict[ReactionKind, int]]:
    """Count the reactions to each comment as they stand, folded or not."""
    rows = session.execute(
        select(col(Reaction.comment_id), col(Reaction.kind), func.count())
        .where(col(Reaction.comment_id).in_(comment_ids))
        .group_by(col(Reaction.comment_id), col(Reaction.kind))
    ).all()
    counts = {comment_id: dict.fromkeys(ReactionKind, 0) for comment_id in comment_ids}
    for comment_id, kind, count in rows:
        counts[comment_id][kind] = count
    return counts


def reactions_of(session: Session, user_id: UUID, article_id: UUID, *, after: Key | None, limit: int) -> Page[Reaction]:
    """Give a page of somebody's own reactions to the comments below an article."""
    statement = (
        select(Reaction)
        .join(Comment, col(Comment.id) == col(Reaction.comment_id))
        .where(col(Reaction.user_id) == user_id, col(Comment.article_id) == article_id)
    )
    if after is not None:
        key = tuple_(UUID(str(after[0])), str(after[1]))
        statement = statement.where(tuple_(col(Reaction.comment_id), cast(col(Reaction.kind), String)) > key)
    rows = session.exec(
        statement.order_by(col(Reaction.comment_id), cast(col(Reaction.kind), String)).limit(limit + 1)
    ).all()
    return cut(rows, limit, lambda reaction: (str(reaction.comment_id), reaction.kind.value))


def articles_to_fold(session: Session) -> list[UUID]:
    """Name the articles whose public reaction counts lag behind."""
    return list(session.exec(select(UnfoldedReaction.article_id).distinct()).all())


def fold_reactions(session: Session, article_id: UUID, *, now: datetime) -> None:
    """Bring the public counts and ranks of an article's comments up to date, as one step of its number.

    The marks are taken first: of two processes that fold at once, each comment falls to one.
    """
    marked = (
        select(UnfoldedReaction.comment_id).where(col(UnfoldedReaction.article_id) == article_id).limit(COMMENTS_A_FOLD)
    )
    taken = session.execute(
        delete(UnfoldedReaction)
        .where(col(UnfoldedReaction.comment_id).in_(marked))
        .returning(col(UnfoldedReaction.comment_id)),
        execution_options={"synchronize_session": False},
    ).scalars()
    # The newest first, as everybody holds several comments.
    comment_ids = sorted(taken, reverse=True)
    counts = count_reactions(session, comment_ids)
    shown = [comment_id for comment_id in comment_ids if _show(session, comment_id, counts[comment_id])]
    if shown:
        publish_change(session, article_id, [(ChangeType.COMMENT, comment_id) for comment_id in shown], now=now)


def _show(session: Session, comment_id: UUID, counts: Mapping[ReactionKind, int]) -> bool:
    """Write the counts; tell whether the public sees a difference."""
    differs = (
        (col(Comment.insightful_count) != counts[ReactionKind.INSIGHTFUL])
        | (col(Comment.agree_count) != counts[ReactionKind.AGREE])
        | (col(Comment.disagree_count) != counts[ReactionKind.DISAGREE])
    )
    rank = sum(WEIGHTS[kind] * count for kind, count in counts.items())
    changed = session.execute(
        update(Comment)
        .where(col(Comment.id) == comment_id, differs)
        .values(
            insightful_count=counts[ReactionKind.INSIGHTFUL],
            agree_count=counts[ReactionKind.AGREE],
            disagree_count=counts[ReactionKind.DISAGREE],
            rank=rank,
        )
        .returning(col(Comment.is_listed)),
        execution_options={"synchronize_session": False},
    ).scalar_one_or_none()
    return bool(changed)


def _article_of(session: Session, comment_id: UUID) -> UUID:
    comment = session.get(Comment, comment_id)
    if comment is None:
        raise NotFound
    if not is_public(comment):
        raise Refused("parent_not_public")
    return comment.article_id


def _mark(session: Session, comment_id: UUID, article_id: UUID, *, now: datetime) -> None:
    # A mark that stands is written again: a fold beside this would else take it and count without what was done here.
    mark = {"comment_id": comment_id, "article_id": article_id, "since": now}
    insert_or_renew(session, UnfoldedReaction, mark, key=["comment_id"], renewed=["article_id"])
