"""Write comments: post, reply, edit, withdraw; each is one transaction and says honestly where the words stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, select

from auth.identity import Identity
from forum.articles import discussion_of
from forum.delivery.news import bring_comment_news
from forum.discussion.authors import Author, author_for_writing, author_line
from forum.discussion.drafts import Draft
from forum.discussion.places import COMMENTS, Place, place_comment
from forum.discussion.quotes import keep_anchored
from forum.discussion.threads import is_public
from forum.moderation.bands import band_rows
from forum.moderation.cases import IS_OPEN, lock_cases, void_cases
from forum.moderation.conditions import DISCLOSURE, missing_conditions, speaks_as_expert
from forum.moderation.decisions import publish_unread
from forum.moderation.outside import OUTSIDE
from forum.moderation.reception import receive_new_words, receive_words
from forum.moderation.screening import screen
from forum.moderation.settlements.comments import take_in_revision
from forum.moderation.submissions import Hold, Screened, Submission
from forum.publishing import publish_withdrawal
from models.cases import Case, CaseKind
from models.comments import Comment, CommentRevision, Status
from models.errors import NotFound, Refused, Stale
from models.gates import shut_gate
from models.plain import Insertion, write_together
from models.users import Role
from models.versions import Expected, demand_version


@dataclass(frozen=True)
class Posted:
    """Hold a new comment with its words and the case in which it waits, if it does, as objects or rows."""

    comment: Any
    revision: Any
    case: Any


_REVISIONS = Insertion(CommentRevision)


def post_comment(
    session: Session, place: Place, draft: Draft, *, identity: Identity, asks_outside: bool = False, now: datetime
) -> Posted:
    """Post a comment or a reply; it is public at once, waits in a case, or is rejected by a rule.

    Raises NotFound for an article, analysis or parent that the author cannot see, Forbidden where others discuss,
    Invalid for a parent that stands below another analysis, discussion_closed, parent_not_public, sanctioned and
    duplicate_comment.
    """
    author = author_for_writing(session, identity.user_id)
    comment, article = place_comment(session, place, author, identity=identity, now=now)
    screened = _screened(session, comment, article, author, draft, number=1, asks_outside=asks_outside, now=now)
    revision = _revision(session, comment.id, 1, author, draft, holds=screened.holds, now=now)
    write_together(session, [(COMMENTS, comment), (_REVISIONS, revision), *band_rows(revision, draft.bands)])
    case = receive_new_words(session, comment, screened, now=now)
    keep_anchored(session, draft.anchor, now=now)
    if case is not None:
        return Posted(comment, revision, case)
    # Whoever decided about it at once changed what was written.
    written = session.get_one(Comment, comment.id)
    return Posted(written, session.get_one(CommentRevision, (written.id, 1)), None)


def edit_comment(
    session: Session,
    comment_id: UUID,
    draft: Draft,
    *,
    expected: Expected,
    identity: Identity,
    asks_outside: bool = False,
    now: datetime,
) -> None:
    """Write a new revision; the public keeps reading the approved one until the new one is approved too.

    Words that stand already, waiting or approved, are not written again.
    Raises NotFound, Stale, sanctioned, duplicate_comment, and illegal_transition for words that were rejected or
    withdrawn. A discussion that is closed takes no new comments, but those in it may still be corrected.
    """
    author = author_for_writing(session, identity.user_id)
    lock_cases(session, comment_id)
    comment = session.get(Comment, comment_id, with_for_update={"key_share": True})
    if comment is None:
        raise NotFound
    demand_version(expected, comment.current_revision)
    if _says_the_same(session, comment, draft):
        return
    article = discussion_of(session, comment.article_id)
    number = comment.current_revision + 1
    screened = _screened(session, comment, article, author, draft, number=number, asks_outside=asks_outside, now=now)
    revision = _revision(session, comment_id, number, author, draft, holds=screened.holds, now=now)
    take_in_revision(session, comment, CommentRevision(**revision._asdict()))
    write_together(session, band_rows(revision, draft.bands))
    receive_words(session, comment, screened, now=now)
    keep_anchored(session, draft.anchor, now=now)


def withdraw_comment(session: Session, comment_id: UUID, *, expected: Expected, now: datetime) -> None:
    """Take a comment back for good; a public one leaves a tombstone where replies stand below it."""
    lock_cases(session, comment_id)
    shut_gate(session, comment_id)
    comment = session.get(Comment, comment_id, with_for_update={"key_share": True})
    if comment is None:
        raise NotFound
    demand_version(expected, comment.current_revision)
    if comment.withdrawn_at is not None:
        raise Refused("illegal_transition")
    was_public = is_public(comment)
    result = session.execute(
        update(Comment)
        .where(
            col(Comment.id) == comment_id,
            col(Comment.withdrawn_at).is_(None),
            col(Comment.status) == comment.status,
            col(Comment.current_revision) == comment.current_revision,
        )
        .values(withdrawn_at=now, is_listed=col(Comment.descendant_count) > 0)
    )
    assert isinstance(result, CursorResult)  # noqa: S101
    if result.rowcount != 1:
        raise Stale
    void_cases(session, comment_id, now=now)
    if was_public:
        bring_comment_news(session, comment, appears=-1, now=now)
    else:
        publish_withdrawal(session, comment, now=now)


def release_disclosed(session: Session, article_id: UUID, author_id: UUID, *, now: datetime) -> None:
    """Let words go on whose author, locked by now, has declared interests; publish what waits for nothing else."""
    is_waiting = (
        col(Case.article_id) == article_id,
        col(Case.author_id) == author_id,
        col(Case.kind) == CaseKind.COMMENT,
        IS_OPEN,
        col(Case.is_review).is_(False),
    )
    # Whoever decides about the words, or brings an answer from outside, is waited for; what they leave is read after.
    session.exec(select(Case.id).where(*is_waiting).order_by(col(Case.id)).with_for_update()).all()
    waiting = session.execute(
        select(Comment, CommentRevision, Case)
        .join(Case, col(Case.subject_id) == col(Comment.id))
        .join(
            CommentRevision,
            (col(CommentRevision.comment_id) == col(Comment.id)) & (col(CommentRevision.number) == col(Case.revision)),
        )
        .where(*is_waiting)
        .order_by(col(Comment.id))
    ).all()
    for comment, revision, case in waiting:
        kept = [hold for hold in revision.hold if hold["code"] != DISCLOSURE]
        if kept == revision.hold:
            continue
        if not kept:
            as_expert = speaks_as_expert(revision.author_line)
            missing = missing_conditions(session, article_id, author_id, as_expert=as_expert, now=now)
            kept = [Hold(code).as_json() for code in missing]
        revision.hold = case.hold = kept
        session.flush()
        if not kept:
            publish_unread(session, comment, case=case, now=now)


def _says_the_same(session: Session, comment: Comment, draft: Draft) -> bool:
    standing = session.get_one(CommentRevision, (comment.id, comment.current_revision))
    is_settled = comment.withdrawn_at is None and standing.status in {Status.PENDING, Status.APPROVED}
    is_same = (standing.body, standing.kind, standing.quote) == (draft.body, draft.kind, draft.quote)
    return is_settled and is_same


def _screened(
    session: Session,
    comment: Any,
    article: Any,
    author: Author,
    draft: Draft,
    *,
    number: int,
    asks_outside: bool,
    now: datetime,
) -> Screened:
    """Screen words, and name what they wait for besides: that is a rule of publication rather than a finding."""
    is_expert = Role.EXPERT in author.roles
    submission = Submission(
        comment_id=comment.id,
        revision=number,
        article=article,
        author_id=author.id,
        is_expert=is_expert,
        body=draft.body,
        body_html=draft.body_html,
        language=draft.language,
        fingerprint=draft.fingerprint,
        reading=draft.reading,
        quoted=draft.quoted,
        bands=draft.bands,
        now=now,
    )
    screened = screen(session, submission)
    if screened.rejection is not None:
        return screened
    missing = missing_conditions(session, article.id, author.id, as_expert=True, now=now) if is_expert else []
    return replace(screened, holds=[*screened.holds, *map(Hold, missing), *[Hold(OUTSIDE)] * asks_outside])


def _revision(
    session: Session,
    comment_id: UUID,
    number: int,
    author: Author,
    draft: Draft,
    *,
    holds: Sequence[Hold],
    now: datetime,
) -> Any:
    """Make the row of a revision."""
    return _REVISIONS.row(
        comment_id=comment_id,
        number=number,
        author_id=author.id,
        status=Status.PENDING,
        body=draft.body,
        body_html=draft.body_html,
        language=draft.language,
        direction=draft.direction,
        kind=draft.kind,
        quote=draft.quote,
        quoted_id=draft.anchor.text_id if draft.anchor else None,
        anchor=draft.anchor.place if draft.anchor else None,
        author_line=author_line(session, author),
        hold=[hold.as_json() for hold in holds],
        fingerprint=draft.fingerprint,
        created_at=now,
    )
