"""Shape the rows that comments leave behind, and say what moderators were asked about each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bench.filling import Mould, instant
from bench.trees import Standing
from models.articles import Article
from models.cases import Case, Decision, SubjectType, Verdict
from models.comments import Comment, CommentRevision, Kind, Reaction, Status
from models.following import OwnChange
from models.json_text import write_json
from models.notifications import Notification, NotifiedOf
from models.publication import Change
from models.reports import Report, ReportReason
from models.reversals import Prior
from models.screening import TextBand
from models.users import User

DECIDED_AFTER, EDITED_AFTER, TAKEN_IN_AFTER = timedelta(minutes=15), timedelta(minutes=20), timedelta(minutes=30)
HELD = [{"code": "pre_moderation", "spans": []}]

USER = Mould(
    User,
    ("id", "email", "email_key", "display_name", "display_name_key", "roles", "created_at"),
    locale="ar",
    password_hash="",
)
ARTICLE = Mould(
    Article,
    ("id", "slug", "slug_key", "title", "search_key", "published_at", "created_at", "comment_count", "seq"),
    language="ar",
    summary="",
    body="",
    body_html="",
)
COMMENT = Mould(
    Comment,
    (
        *("id", "article_id", "thread_id", "parent_id", "root_id", "in_reply_to", "depth", "path", "newest_path"),
        *("author_id", "status", "current_revision", "approved_revision", "is_listed", "descendant_count"),
        *("reply_count", "insightful_count", "agree_count", "disagree_count", "rank"),
        *("created_at", "published_at", "edited_at", "withdrawn_at"),
    ),
)
REVISION = Mould(
    CommentRevision,
    (
        *("comment_id", "number", "author_id", "status", "body", "body_html", "author_line", "fingerprint"),
        "created_at",
    ),
    language="ar",
    direction="rtl",
    kind=Kind.REMARK,
    hold=HELD,
)
CASE = Mould(
    Case,
    (
        *("id", "kind", "is_review", "subject_id", "article_id", "author_id", "revision", "hold", "state"),
        *("queue_rank", "opened_at", "due_at", "closed_at", "report_count"),
    ),
    subject_type=SubjectType.COMMENT,
)
DECISION = Mould(
    Decision,
    (
        *("id", "number", "case_id", "subject_id", "revision", "verdict", "status_from", "status_to"),
        *("decided_by", "reason", "decided_at", "previous_hash", "hash"),
    ),
    subject_type=SubjectType.COMMENT,
    automated=False,
)
PRIOR = Mould(Prior, ("decision_id", "subject"), case_ids=[])
REPORT = Mould(
    Report, ("id", "comment_id", "case_id", "reporter_id", "reported_at"), reason=ReportReason.OFF_TOPIC, weight=1
)
REACTION = Mould(Reaction, ("comment_id", "user_id", "kind", "created_at"))
CHANGE = Mould(Change, ("article_id", "subject_id", "type", "seq", "changed_at"))
OWN_CHANGE = Mould(OwnChange, ("user_id", "subject_id", "type", "position"))
NOTIFICATION = Mould(
    Notification,
    ("id", "user_id", "kind", "subject_id", "cause_id", "article_id", "actor_id", "created_at"),
    subject_type=NotifiedOf.COMMENT,
)
BAND = Mould(TextBand, ("comment_id", "revision", "band", "value", "author_id", "created_at"))


class Asked(NamedTuple):
    """Hold a revision that was put before the moderators and what they said of it, if they did."""

    revision: int
    at: datetime
    verdict: Verdict | None
    status_from: Status
    status_to: Status
    shown_before: int | None = None


STATUSES: Sequence[Status] = (
    *(Status.APPROVED, Status.PENDING, Status.REJECTED, Status.SPAM),
    *(Status.APPROVED, Status.APPROVED, Status.APPROVED, Status.APPROVED),
)


def asked_about(standing: Standing, at: datetime) -> list[Asked]:
    """Give what moderators were asked about a comment of its author's accord, one entry a revision."""
    pending, approved = Status.PENDING, Status.APPROVED
    edited = at + EDITED_AFTER
    match standing:
        case Standing.WAITING:
            return [Asked(1, at, None, pending, pending)]
        case Standing.REJECTED:
            return [Asked(1, at, Verdict.REJECT, pending, Status.REJECTED)]
        case Standing.SPAM:
            return [Asked(1, at, Verdict.SPAM, pending, Status.SPAM)]
    first = Asked(1, at, Verdict.APPROVE, pending, approved)
    if standing == Standing.EDITED:
        return [first, Asked(2, edited, Verdict.APPROVE, pending, approved, 1)]
    if standing == Standing.EDIT_WAITING:
        return [first, Asked(2, edited, None, pending, pending, 1)]
    return [first]


def prior_of(asked: Asked) -> str:
    """Tell how a comment stood before its words were decided."""
    shown = asked.shown_before
    earlier = {} if shown is None else {str(shown): Status.APPROVED.value}
    return write_json(
        {
            "status": (Status.PENDING if shown is None else Status.APPROVED).value,
            "approved_revision": shown,
            "published_at": None if shown is None else zulu(instant(asked.at - EDITED_AFTER + DECIDED_AFTER)),
            "edited_at": None,
            "revisions": earlier | {str(asked.revision): asked.status_from.value},
        }
    )


def zulu(stored: str) -> str:
    """Write a stored instant as clients read it."""
    return f"{stored.replace(' ', 'T')}Z"
