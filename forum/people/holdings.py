"""List what the service holds on people, table by table: how each is given to them, and what erasure makes of it.

A table with a column that names somebody has to stand here. Nothing of others goes out with an export: who reported,
who decided, whom one has invited. Hashes of what opens something do not go out either.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

from sqlalchemy import select

from forum.people.sections import USER, Section, below, own
from models.accounts import AuthSession, SingleUseToken
from models.analyses import Analysis, AnalysisRevision
from models.articles import Disclosure
from models.base import Table, columns_of
from models.batches import Batch, ModerationScope
from models.cases import Case, Decision
from models.comments import Comment, CommentRevision, Reaction
from models.deliveries import Webhook
from models.experts import Application, ApplicationRevision, Invitation
from models.following import OwnChange, StreamTicket
from models.notifications import Notification, NotificationSetting, OverdueDigest, Subscription
from models.people import Erasure
from models.publication import IdempotencyRecord, OutboxJob
from models.reports import Appeal, Report
from models.sanctions import Sanction
from models.screening import ScreeningRule, TextBand
from models.users import Credential, User


class Fate(Enum):
    """Name what erasure makes of the rows of a table."""

    DELETED = auto()
    EMPTIED = auto()
    KEPT = auto()


class Holding(NamedTuple):
    """Hold the sections that a table gives to an export, what erasure makes of it, and why where that is asked."""

    sections: tuple[Section, ...]
    fate: Fate
    why: str


COMMENTS = (Comment, "author_id", "comment_id")
ANALYSES = (Analysis, "author_id", "analysis_id")
APPLICATIONS = (Application, "user_id", "application_id")
_DECISION = "id subject_type subject_id revision verdict status_from status_to automated reason note decided_at"
_USER, _INVITATION, _MAIL = columns_of(User), columns_of(Invitation), columns_of(OutboxJob)


def _decisions(name: str, parent: type[Table], owner: str) -> Section:
    return below(Decision, (parent, owner, "subject_id"), _DECISION, key="number", name=f"decisions_on_{name}")


def _invitations() -> Section:
    names = ("title", "affiliation", "fields", "invited_at", "expires_at", "accepted_at")
    rows = select(*(_INVITATION[name] for name in names))
    mine = rows.join_from(Invitation, User, _USER.email_key == _INVITATION.email_key).where(_USER.id == USER)
    return Section("invitations", mine, (_INVITATION.id,))


def _mails() -> Section:
    is_mine = (_USER.email == _MAIL.payload["to"].as_string()) & (_MAIL.kind == "mail")
    template = _MAIL.payload["template"].as_string().label("template")
    mine = select(template, _MAIL.created_at, _MAIL.due_at).join_from(OutboxJob, User, is_mine)
    return Section("mails", mine.where(_USER.id == USER), (_MAIL.id,))


HOLDINGS: Mapping[type[Table], Holding] = {
    User: Holding(
        (own(User, "id", "id email email_verified_at display_name locale roles created_at", name="account"),),
        Fate.EMPTIED,
        "The id stays, since other rows name it; nothing else that says who it was.",
    ),
    AuthSession: Holding(
        (own(AuthSession, "user_id", "name address created_at last_used_at expires_at ended_at", name="sessions"),),
        Fate.DELETED,
        "At once, after the stream tickets that name them.",
    ),
    SingleUseToken: Holding((own(SingleUseToken, "user_id", "purpose expires_at used_at"),), Fate.DELETED, "At once."),
    StreamTicket: Holding((own(StreamTicket, "user_id", "expires_at", key="ticket_hash"),), Fate.DELETED, "At once."),
    Credential: Holding(
        (
            own(
                Credential,
                "user_id",
                "title affiliation fields biography orcid verified_at expires_at ended_at ending",
            ),
        ),
        Fate.DELETED,
        "Published analyses keep the author line of their day.",
    ),
    Application: Holding(
        (own(Application, "user_id", "id status revision created_at closed_at"),),
        Fate.EMPTIED,
        "One that is open is withdrawn; the log of decisions names it.",
    ),
    ApplicationRevision: Holding(
        (
            below(
                ApplicationRevision,
                APPLICATIONS,
                "application_id number title affiliation fields biography orcid evidence author_line sent_at",
                key="number",
            ),
        ),
        Fate.EMPTIED,
        "Cases that were decided about one still find it.",
    ),
    Invitation: Holding((_invitations(),), Fate.DELETED, "At once, by the address; those that one sent are others'."),
    Disclosure: Holding(
        (own(Disclosure, "user_id", "article_id version interests none declared_at", key="article_id version"),),
        Fate.DELETED,
        "Published analyses keep the copy that went out with them.",
    ),
    Comment: Holding(
        (
            own(
                Comment,
                "author_id",
                "id article_id analysis_id parent_id status current_revision approved_revision created_at "
                "published_at edited_at withdrawn_at",
            ),
        ),
        Fate.KEPT,
        "Withdrawn: the place in the thread stays, without author or words.",
    ),
    CommentRevision: Holding(
        (
            below(
                CommentRevision,
                COMMENTS,
                "comment_id number status body language kind quote author_line disclosure created_at",
                key="number",
            ),
        ),
        Fate.EMPTIED,
        "The log of decisions names revisions.",
    ),
    TextBand: Holding((), Fate.DELETED, "Made of the words, and no more to be given than an index is."),
    Analysis: Holding(
        (
            own(
                Analysis,
                "author_id",
                "id article_id status current_revision approved_revision created_at published_at edited_at retraction",
            ),
        ),
        Fate.KEPT,
        "Published ones stay as they are; drafts are deleted.",
    ),
    AnalysisRevision: Holding(
        (
            below(
                AnalysisRevision,
                ANALYSES,
                "analysis_id number status title summary body language citations ai_use quote author_line disclosure "
                "note created_at published_at",
                key="number",
                most=5,
            ),
        ),
        Fate.EMPTIED,
        "Published ones stay as they are, with the author line of their day.",
    ),
    Reaction: Holding(
        (own(Reaction, "user_id", "comment_id kind created_at", key="comment_id kind"),),
        Fate.DELETED,
        "Counts and order follow.",
    ),
    Report: Holding(
        (own(Report, "reporter_id", "id comment_id reason detail state reported_at closed_at"),),
        Fate.EMPTIED,
        "What was reported still has to be decided; whose word it was says the emptied account.",
    ),
    Appeal: Holding(
        (below(Appeal, COMMENTS, "id comment_id statement state appealed_at closed_at", key="id"),),
        Fate.EMPTIED,
        "Void with the comment.",
    ),
    Case: Holding((), Fate.KEPT, "Void with what they were about. What came of them stands among the decisions."),
    Decision: Holding(
        (
            _decisions("comments", Comment, "author_id"),
            _decisions("analyses", Analysis, "author_id"),
            _decisions("applications", Application, "user_id"),
            _decisions("account", User, "id"),
            own(Decision, "decided_by", _DECISION, key="number", name="decisions_taken"),
        ),
        Fate.KEPT,
        "The log is a chain of hashes; it holds ids and the words of moderators.",
    ),
    Sanction: Holding(
        (own(Sanction, "user_id", "id kind reason note until imposed_at lifted_at"),),
        Fate.DELETED,
        "At once; a restriction in force stays without its note, and comes back with the address.",
    ),
    Notification: Holding(
        (own(Notification, "user_id", "id kind subject_type subject_id article_id created_at read_at"),),
        Fate.DELETED,
        "Those of others keep whose act they tell of by an id that leads nowhere.",
    ),
    NotificationSetting: Holding((own(NotificationSetting, "user_id", "choices", key="user_id"),), Fate.DELETED, ""),
    Subscription: Holding((own(Subscription, "user_id", "article_id created_at", key="article_id"),), Fate.DELETED, ""),
    OverdueDigest: Holding((own(OverdueDigest, "user_id", "sent_at", key="user_id"),), Fate.DELETED, ""),
    ModerationScope: Holding((own(ModerationScope, "user_id", "sections languages", key="user_id"),), Fate.DELETED, ""),
    OwnChange: Holding((), Fate.DELETED, "Positions of what the other sections hold."),
    IdempotencyRecord: Holding(
        (own(IdempotencyRecord, "user_id", "route key status created_at", key="route key"),),
        Fate.DELETED,
        "The kept answers repeat what the other sections hold, and may name others.",
    ),
    OutboxJob: Holding((_mails(),), Fate.DELETED, "At once, by the address."),
    Webhook: Holding((own(Webhook, "created_by", "id url description created_at"),), Fate.KEPT, "The institute's."),
    ScreeningRule: Holding(
        (own(ScreeningRule, "created_by", "id phrase pattern action note created_at"),), Fate.KEPT, "The institute's."
    ),
    Batch: Holding(
        (own(Batch, "created_by", "id verdict reason note created_at finished_at"),), Fate.KEPT, "Acts of moderation."
    ),
    Erasure: Holding((), Fate.DELETED, "When all is done."),
}

SECTIONS: tuple[Section, ...] = tuple(section for holding in HOLDINGS.values() for section in holding.sections)
