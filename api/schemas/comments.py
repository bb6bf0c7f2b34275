"""Shape comments: what clients send, what they get, and the plain rows that leave as bytes."""

from collections.abc import Sequence
from operator import attrgetter, itemgetter
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.languages import Language
from api.schemas.articles import DisclosurePublic
from api.schemas.quotes import Anchor, Quote
from api.schemas.types import Answer, Closed, Instant, SafeText
from forum.discussion.drafts import Draft, prepare
from forum.discussion.own import OwnView
from forum.discussion.pages import COMMENT_FIELDS, WORD_FIELDS, CommentRow
from forum.moderation.holds import explain
from models.cases import Case
from models.comments import BODY_LENGTH, CommentRevision, Kind, Status
from models.instants import format_instant
from models.raw import author_for_json, document_for_json, id_text, instant_text

WORDLESS = dict.fromkeys(
    ("author", "body", "body_html", "language", "direction", "revision", "quote", "anchor", "kind", "disclosure")
)
of_comment = attrgetter(*COMMENT_FIELDS)
of_words = attrgetter(*WORD_FIELDS)
# By place: rows of SQLAlchemy, which come here too, take several times as long to find a column by name.
of_standing = itemgetter(COMMENT_FIELDS.index("status"), COMMENT_FIELDS.index("withdrawn_at"))


Body = Annotated[
    SafeText,
    Field(min_length=1, max_length=BODY_LENGTH, description="Markdown without raw HTML; kept exactly as sent."),
]


class ReplyCreate(Closed):
    """Reply to a comment."""

    body: Body
    quote: Quote | None = None
    kind: Kind = Kind.REMARK

    def draft(self) -> Draft:
        """Render and fold what was sent; this is computing only, so it stands before the transaction."""
        return prepare(self.body, kind=self.kind, quote=self.quote.model_dump() if self.quote else None)


class CommentUpdate(Closed):
    """Write a new revision of a comment; kind and quote stay when they are left out."""

    body: Body
    quote: Quote | None = None
    kind: Kind | None = None

    def draft(self, standing: CommentRevision) -> Draft:
        """Render and fold what follows the standing revision."""
        given = self.quote.model_dump() if self.quote else None
        quote = given if "quote" in self.model_fields_set else standing.quote
        return prepare(self.body, kind=self.kind or standing.kind, quote=quote)


class CommentCreate(ReplyCreate):
    """Comment on an article, or reply below it with `parent_id`."""

    parent_id: UUID | None = None
    analysis_id: UUID | None = None


class CredentialPublic(Answer):
    """Show what was verified of an expert."""

    title: str
    affiliation: str
    fields: list[str]
    orcid: str | None
    verified_at: str
    expires_at: str | None


class AuthorPublic(Answer):
    """Show who wrote a text, as they were on the day they wrote it."""

    id: UUID
    display_name: str
    badges: list[str]
    credential: CredentialPublic | None


class Hold(Answer):
    """Tell an author why their words wait, and until when."""

    codes: list[str]
    explanations: list[str]
    decision_expected_by: Instant


class Waiting(Answer):
    """Show an edit that waits behind a public comment."""

    revision: int
    status: Status
    body: str
    hold: Hold | None


class CommentPublic(Answer):
    """Show a comment; author, text and disclosure are null in a tombstone."""

    id: UUID
    article_id: UUID
    analysis_id: UUID | None
    parent_id: UUID | None
    root_id: UUID
    depth: int
    in_reply_to: UUID | None
    author: AuthorPublic | None
    body: str | None
    body_html: str | None
    language: str | None
    direction: Literal["rtl", "ltr"] | None
    status: Status
    revision: int | None
    quote: Quote | None
    anchor: Anchor | None
    kind: Kind | None
    disclosure: DisclosurePublic | None
    reactions: dict[str, int]
    reply_count: int
    created_at: Instant
    published_at: Instant | None
    edited_at: Instant | None
    tombstone: Literal["withdrawn", "removed"] | None


class CommentOwn(CommentPublic):
    """Show a comment to its author or a moderator, with what waits and (to the author) why."""

    waiting: Waiting | None = None
    hold: Hold | None = None


class CommentList(Answer):
    """Hold a page of comments."""

    items: list[CommentPublic]
    next: str | None


class RevisionPublic(Answer):
    """Show one revision of a comment."""

    number: int
    status: Status
    body: str
    body_html: str
    language: str
    direction: Literal["rtl", "ltr"]
    kind: Kind
    quote: Quote | None
    disclosure: DisclosurePublic | None
    created_at: Instant


class RevisionList(Answer):
    """Hold a page of revisions."""

    items: list[RevisionPublic]
    next: str | None


def public_fields(row: CommentRow) -> dict[str, Any]:
    """Shape one row of a thread; what is no longer public is a tombstone without author or text."""
    values = tuple(row)
    status, withdrawn_at = of_standing(values)
    if withdrawn_at is not None:
        return _fields(values, tombstone="withdrawn") | WORDLESS
    if status != Status.APPROVED:
        # Readers learn that it was removed, not which verdict did it.
        return _fields(values, tombstone="removed") | WORDLESS | {"status": Status.REJECTED}
    return _fields(values, tombstone=None)


def own_fields(view: OwnView, language: Language, *, is_author: bool) -> dict[str, Any]:
    """Shape a comment for its author or a moderator; why it waits is told to its author."""
    comment, waiting = view.comment, view.waiting
    is_removed = comment.approved_revision is not None and comment.status is not Status.APPROVED
    tombstone = "withdrawn" if comment.withdrawn_at else "removed" if is_removed else None
    hold = hold_for_author(view.case, language) if view.case and is_author else None
    return {
        **_fields((*of_comment(comment), *of_words(view.shown)), tombstone=tombstone),
        "waiting": _waiting(waiting, hold) if waiting else None,
        "hold": None if waiting else hold,
    }


def _waiting(revision: CommentRevision, hold: dict[str, Any] | None) -> dict[str, Any]:
    return {"revision": revision.number, "status": revision.status, "body": revision.body, "hold": hold}


def revision_fields(revision: CommentRevision) -> dict[str, Any]:
    """Shape one revision."""
    return {
        "number": revision.number,
        "status": revision.status,
        "body": revision.body,
        "body_html": revision.body_html,
        "language": revision.language,
        "direction": revision.direction,
        "kind": revision.kind,
        "quote": revision.quote,
        "disclosure": revision.disclosure,
        "created_at": format_instant(revision.created_at),
    }


def hold_fields(holds: Sequence[dict[str, Any]], language: Language) -> list[dict[str, Any]]:
    """Shape the holds of a case for moderators."""
    return [{**hold, "explanation": explain(hold["code"], language)} for hold in holds]


def hold_for_author(case: Case, language: Language) -> dict[str, Any]:
    """Shape why an author's words wait, and until when."""
    codes = [hold["code"] for hold in case.hold]
    return {
        "codes": codes,
        "explanations": [explain(code, language) for code in codes],
        "decision_expected_by": format_instant(case.due_at),
    }


def _fields(values: tuple[Any, ...], *, tombstone: str | None) -> dict[str, Any]:
    """Write the fields in the order of the schema; the values are those of a row of the thread."""
    comment_id, article_id, analysis_id, parent_id, root_id, depth, in_reply_to = values[:7]
    author_id, status, created_at, published_at, edited_at, _, reply_count = values[7:14]
    insightful, agree, disagree, revision, body, body_html, language, direction, kind = values[14:23]
    quote, author_line, disclosure, anchor = values[23:27]
    return {
        "id": id_text(comment_id),
        "article_id": id_text(article_id),
        "analysis_id": id_text(analysis_id),
        "parent_id": id_text(parent_id),
        "root_id": id_text(root_id),
        "depth": depth,
        "in_reply_to": id_text(in_reply_to),
        # What is no longer public comes without its words.
        "author": author_for_json(author_id, author_line) if author_line is not None else None,
        "body": body,
        "body_html": body_html,
        "language": language,
        "direction": direction,
        "status": status,
        "revision": revision,
        "quote": document_for_json(quote),
        "anchor": document_for_json(anchor),
        "kind": kind,
        "disclosure": document_for_json(disclosure),
        "reactions": {"insightful": insightful, "agree": agree, "disagree": disagree},
        "reply_count": reply_count,
        "created_at": instant_text(created_at),
        "published_at": instant_text(published_at),
        "edited_at": instant_text(edited_at),
        "tombstone": tombstone,
    }
