"""Shape cases, decisions, their log and the summary of the queue."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.languages import Language
from api.schemas.analyses import AnalysisSubject, PiecePublic
from api.schemas.articles import DisclosureForEditors, DisclosurePublic
from api.schemas.comments import AuthorPublic, hold_fields
from api.schemas.experts import ApplicationSubject
from api.schemas.own_comments import RemarkShown
from api.schemas.quotes import Quote
from api.schemas.reports import appeal_fields, report_for_moderators
from api.schemas.types import LARGEST_INTEGER, Answer, Closed, Instant, SafeText, WholeNumber
from forum.moderation.chain import decision_fields
from forum.moderation.claims import is_claimed
from forum.moderation.decisions import Ruling
from forum.moderation.queue import CaseView
from forum.moderation.remarks import Remark
from forum.moderation.reversals import Retraction
from models.cases import NOTE_LENGTH, CaseKind, CaseState, Decision, Reason, Verdict
from models.comments import Kind, Status
from models.raw import author_for_json, document_read, id_text, instant_text
from models.reports import ReportReason

TOKEN_LENGTH = 200
REMARK_LENGTH = 1_000
MOST_REMARKS = 50
MOST_CHOSEN = 50


class RemarkCreate(Closed):
    """Say something about a span of the text, counted in code points."""

    start: WholeNumber
    end: WholeNumber
    text: SafeText = Field(min_length=1, max_length=REMARK_LENGTH)


class DecisionCreate(Closed):
    """Decide a case about the revision that was read."""

    verdict: Verdict
    revision: int = Field(strict=True, ge=1, le=LARGEST_INTEGER)
    reason: Reason | None = Field(default=None, description="Needed to reject, mark as spam or ask for changes.")
    note: SafeText | None = Field(default=None, max_length=NOTE_LENGTH, description="Shown to the author.")
    claim_token: SafeText | None = Field(default=None, max_length=TOKEN_LENGTH)
    remarks: list[RemarkCreate] = Field(
        default=[], max_length=MOST_REMARKS, description="With `request_changes` only; shown to the author."
    )

    def ruling(self) -> Ruling:
        """Give the ruling as the verb takes it."""
        remarks = [Remark(remark.start, remark.end, remark.text) for remark in self.remarks]
        return Ruling(self.verdict, self.revision, self.reason, self.note, self.claim_token, remarks)


class ClaimHandover(Closed):
    """Give one's claim to another moderator."""

    to: UUID
    claim_token: SafeText = Field(max_length=TOKEN_LENGTH)


class ScopeChoose(Closed):
    """Say what one looks after; an empty list means all."""

    sections: list[Annotated[SafeText, Field(min_length=1, max_length=100)]] = Field(max_length=MOST_CHOSEN)
    languages: list[Annotated[SafeText, Field(min_length=1, max_length=35)]] = Field(max_length=MOST_CHOSEN)


class ScopePublic(Answer):
    """Show what one looks after."""

    sections: list[str]
    languages: list[str]


class ReversalCreate(Closed):
    """Take a decision back."""

    reason: Reason
    note: SafeText | None = Field(default=None, max_length=NOTE_LENGTH)

    def retraction(self) -> Retraction:
        """Give the retraction as the verb takes it."""
        return Retraction(self.reason, self.note)


class CaseCreate(Closed):
    """Put a comment up for another look."""

    reason: Reason | None = None


class HoldForModerators(Answer):
    """Say why words wait and which places of the text are meant."""

    code: str
    explanation: str
    spans: list[tuple[int, int]]
    rule: UUID | None = None


class SubjectPublic(Answer):
    """Show the words that a case asks about."""

    type: Literal["comment"]
    id: UUID
    revision: int
    status: Status
    body: str
    body_html: str
    language: str
    direction: Literal["rtl", "ltr"]
    kind: Kind
    quote: Quote | None
    disclosure: DisclosurePublic | None
    parent_id: UUID | None
    created_at: Instant
    remarks: list[RemarkShown]
    difference: list[PiecePublic] | None


class ClaimPublic(Answer):
    """Show who works on a case and until when; the token only to them."""

    by: UUID
    until: Instant
    token: str | None = None


class ReportShown(Answer):
    """Show moderators what a reader reported; never who."""

    reason: ReportReason
    detail: str | None
    at: Instant


class AppealShown(Answer):
    """Show moderators what an author says against a restriction."""

    statement: str
    at: Instant


class CasePublic(Answer):
    """Show one thing to decide."""

    id: UUID
    kind: CaseKind
    subject: SubjectPublic | AnalysisSubject | ApplicationSubject
    article_id: UUID | None
    author: AuthorPublic
    hold: list[HoldForModerators]
    reports: list[ReportShown]
    appeal: AppealShown | None
    opened_at: Instant
    due_at: Instant
    priority: int
    claim: ClaimPublic | None
    state: CaseState
    allowed_verdicts: list[Verdict]


class CaseWhole(CasePublic):
    """Show editors besides what the expert declares for the article, beside what they declared before."""

    declaration: DisclosureForEditors | None = None


class CaseList(Answer):
    """Hold a page of the queue."""

    items: list[CasePublic]
    next: str | None


class DecisionSubject(Answer):
    """Name what was decided about."""

    type: str
    id: UUID


class DecisionPublic(Answer):
    """Show a decision as the log keeps it."""

    id: UUID
    case_id: UUID | None
    subject: DecisionSubject
    revision: int
    verdict: str
    from_: str = Field(alias="from")
    to: str
    by: UUID | None
    automated: bool
    reason: str | None
    note: str | None
    at: Instant
    previous_hash: str
    hash: str


class DecisionList(Answer):
    """Hold a page of the log."""

    items: list[DecisionPublic]
    next: str | None


class SummaryPublic(Answer):
    """Count what waits."""

    open: dict[str, int]
    overdue: int
    oldest_opened_at: Instant | None


class VerificationPublic(Answer):
    """Say whether the chain of decisions is sound."""

    ok: bool
    checked: int
    first_broken: UUID | None


def case_fields(view: CaseView, language: Language, *, viewer_id: UUID, now: datetime) -> dict[str, Any]:
    """Shape a case for a moderator, for orjson to write out."""
    case, subject = view.case, view.subject
    return {
        "id": id_text(case.id),
        "kind": case.kind,
        "subject": {
            "type": case.subject_type,
            "id": id_text(case.subject_id),
            "revision": case.revision,
            "status": subject.status,
            **subject.fields,
        },
        "article_id": id_text(case.article_id),
        "author": author_for_json(case.author_id, subject.author_line),
        "hold": hold_fields(document_read(case.hold), language),
        "reports": [report_for_moderators(report) for report in view.reports],
        "appeal": appeal_fields(view.appeal) if view.appeal else None,
        "opened_at": instant_text(case.opened_at),
        "due_at": instant_text(case.due_at),
        "priority": -case.queue_rank,
        "claim": claim_fields(case, viewer_id) if is_claimed(case, now=now) else None,
        "state": case.state,
        "allowed_verdicts": view.allowed_verdicts,
    }


def claim_fields(case: Any, viewer_id: UUID) -> dict[str, Any]:
    """Shape the claim on a case, an object or a row."""
    holder = id_text(case.claimed_by)
    fields = {"by": holder, "until": instant_text(case.claim_until)}
    return fields | ({"token": case.claim_token} if holder == str(viewer_id) else {})


def logged_fields(decision: Decision) -> dict[str, Any]:
    """Shape a decision; its hash is over exactly the other fields."""
    return {**decision_fields(decision), "hash": decision.hash}
