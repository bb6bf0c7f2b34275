"""Shape reports, appeals and statements of reasons."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from api.languages import Language
from api.schemas.types import Answer, Closed, Instant, SafeText
from forum.moderation.holds import explain
from forum.moderation.reports import Complaint
from forum.moderation.statements import Statement
from models.instants import format_instant
from models.raw import instant_text
from models.reports import (
    DETAIL_LENGTH,
    STATEMENT_LENGTH,
    AppealState,
    Report,
    ReportReason,
    ReportState,
)


class ReportCreate(Closed):
    """Say what is wrong with a comment."""

    reason: ReportReason
    detail: SafeText | None = Field(default=None, max_length=DETAIL_LENGTH, description="Read by moderators only.")

    def complaint(self) -> Complaint:
        """Give the complaint as the verb takes it."""
        return Complaint(self.reason, self.detail)


class ReportReceipt(Answer):
    """Show a reporter their report."""

    id: UUID
    reason: ReportReason
    detail: str | None
    state: ReportState
    at: Instant


class ReportOwn(ReportReceipt):
    """Show a reporter what came of their report; `outcome` is null while it waits."""

    comment_id: UUID
    outcome: Literal["upheld", "dismissed", "void"] | None
    closed_at: Instant | None


class ReportOwnList(Answer):
    """Hold a page of one's own reports."""

    items: list[ReportOwn]
    next: str | None


class AppealCreate(Closed):
    """Say why a restriction was a mistake."""

    statement: SafeText = Field(min_length=1, max_length=STATEMENT_LENGTH)


class AppealPublic(Answer):
    """Show an author their appeal."""

    id: UUID
    comment_id: UUID
    statement: str
    state: AppealState
    at: Instant
    decision_expected_by: Instant


class Ground(Answer):
    """Name what a restriction stands on."""

    kind: Literal["terms", "law"]
    reference: str


class Automated(Answer):
    """Say where a machine had a part."""

    detection: bool
    decision: bool


class Redress(Answer):
    """Say what an author can do against a restriction, and until when (null where that is over)."""

    appeal_until: Instant | None
    how: str


class StatementPublic(Answer):
    """State the reasons of a restriction (Regulation (EU) 2022/2065, Article 17)."""

    restriction: Literal["removed", "not_published", "edit_not_published", "changes_requested"]
    scope: str
    until: Instant | None
    ground: Ground
    facts: str
    automated: Automated
    redress: Redress
    at: Instant


FACTS: dict[Language, str] = {
    "ar": "قُرئت الصيغة {revision} من تعليقك وتقرّر فيها ما يلي: {reason}",
    "en": "Revision {revision} of your comment was read and decided about: {reason}",
}
AUTOMATED_FACTS: dict[Language, str] = {
    "ar": "فحصت قاعدة آلية الصيغة {revision} من تعليقك: {reason}",
    "en": "An automatic rule found in revision {revision} of your comment: {reason}",
}
HOW: dict[Language, str] = {
    "ar": "تظلّم واحد يبتّ فيه مشرف آخر: POST /v1/comments/{comment}/appeals. ولك كذلك اللجوء إلى القضاء.",
    "en": "One appeal, decided by another moderator: POST /v1/comments/{comment}/appeals. Courts remain open to you.",
}
HOW_ELSE: dict[Language, str] = {
    "ar": "أرسل صيغة جديدة: PATCH /v1/comments/{comment}.",
    "en": "Send a new revision: PATCH /v1/comments/{comment}.",
}
SCOPE: dict[Language, str] = {"ar": "في كل مكان", "en": "everywhere"}


def receipt_fields(report: Report) -> dict[str, Any]:
    """Shape a report for who made it."""
    return {
        "id": str(report.id),
        "reason": report.reason,
        "detail": report.detail,
        "state": report.state,
        "at": format_instant(report.reported_at),
    }


def own_report_fields(report: Report) -> dict[str, Any]:
    """Shape a report with its outcome for who made it."""
    return {
        **receipt_fields(report),
        "comment_id": str(report.comment_id),
        "outcome": None if report.state is ReportState.OPEN else report.state,
        "closed_at": format_instant(report.closed_at) if report.closed_at else None,
    }


def report_for_moderators(report: Any) -> dict[str, Any]:
    """Shape a report, an object or a row without types, for moderators, who do not learn who made it."""
    return {"reason": report.reason, "detail": report.detail, "at": instant_text(report.reported_at)}


def appeal_fields(appeal: Any) -> dict[str, Any]:
    """Shape an appeal, an object or a row without types, for moderators."""
    return {"statement": appeal.statement, "at": instant_text(appeal.appealed_at)}


def statement_fields(statement: Statement, language: Language) -> dict[str, Any]:
    """Word a statement of reasons for its author."""
    decision = statement.decision
    reason = explain(decision.reason or "other", language)
    facts = (AUTOMATED_FACTS if decision.automated else FACTS)[language]
    how = HOW if statement.is_appealable else HOW_ELSE
    return {
        "restriction": statement.restriction,
        "scope": SCOPE[language],
        "until": None,
        "ground": {"kind": "law" if decision.reason == "illegal" else "terms", "reference": reason},
        "facts": decision.note or facts.format(revision=decision.revision, reason=reason),
        "automated": {"detection": statement.is_detected, "decision": decision.automated},
        "redress": {
            "appeal_until": format_instant(statement.appeal_until) if statement.appeal_until else None,
            "how": how[language].format(comment=decision.subject_id),
        },
        "at": format_instant(decision.decided_at),
    }
