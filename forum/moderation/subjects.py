"""Load what cases are about: each kind of subject by one query, whatever the number of cases."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, tuple_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from forum.moderation.conditions import frozen
from forum.moderation.remarks import Answered, answered
from models.analyses import Analysis, AnalysisRevision
from models.articles import Disclosure
from models.base import columns_of
from models.cases import SubjectType
from models.comments import Comment, CommentRevision
from models.experts import Application, ApplicationRevision

SubjectKey = tuple[UUID, int]


@dataclass(frozen=True)
class Subject:
    """Hold one revision that a case asks about: where it stands, who wrote it, and its fields to show."""

    status: str
    revision_status: str
    author_line: dict[str, Any]
    fields: dict[str, Any]


class _Declared(NamedTuple):
    """Name what a declaration is for: words of an author below an article."""

    article_id: UUID
    author_id: UUID


_COMMENTS, _REVISIONS, _DISCLOSURES = columns_of(Comment), columns_of(CommentRevision), columns_of(Disclosure)
# Made once and of the columns that are shown: a page of the queue has a hundred of these.
_COMMENT_WORDS = select_columns(
    _COMMENTS.id,
    _COMMENTS.article_id,
    _COMMENTS.author_id,
    _COMMENTS.parent_id,
    _COMMENTS.status,
    _REVISIONS.number,
    _REVISIONS.status.label("revision_status"),
    _REVISIONS.body,
    _REVISIONS.body_html,
    _REVISIONS.language,
    _REVISIONS.direction,
    _REVISIONS.kind,
    _REVISIONS.quote,
    _REVISIONS.author_line,
    _REVISIONS.disclosure,
    _REVISIONS.created_at,
).where(
    _REVISIONS.comment_id == _COMMENTS.id,
    tuple_(_REVISIONS.comment_id, _REVISIONS.number).in_(bindparam("keys", expanding=True)),
)
_DECLARATIONS = (
    select_columns(*_DISCLOSURES)
    .where(tuple_(_DISCLOSURES.article_id, _DISCLOSURES.user_id).in_(bindparam("keys", expanding=True)))
    .order_by(_DISCLOSURES.version)
)
Loader = Callable[[Session, Sequence[SubjectKey]], Mapping[SubjectKey, Subject]]


def load_subjects(session: Session, cases: Iterable[Any]) -> dict[UUID, Subject]:
    """Give the subject of each case by the case's id."""
    by_type: dict[SubjectType, list[Any]] = {}
    for case in cases:
        by_type.setdefault(case.subject_type, []).append(case)
    found: dict[UUID, Subject] = {}
    for kind, some in by_type.items():
        subjects = LOADERS[kind](session, [(case.subject_id, case.revision) for case in some])
        found |= {case.id: subjects[case.subject_id, case.revision] for case in some}
    return found


def _comments(session: Session, keys: Sequence[SubjectKey]) -> dict[SubjectKey, Subject]:
    rows = session.execute(_COMMENT_WORDS, {"keys": keys}).all()
    replies = answered(session, {(row.id, row.number): row.body for row in rows}, _COMMENT_BODIES)
    declared = _declared(session, [(row, row) for row in rows])
    return {
        (row.id, row.number): _comment(row, replies.get((row.id, row.number)), _disclosure(declared, row, row))
        for row in rows
    }


def _comment(row: Any, reply: Answered | None, disclosure: dict[str, Any] | None) -> Subject:
    fields = {
        "body": row.body,
        "body_html": row.body_html,
        "language": row.language,
        "direction": row.direction,
        "kind": row.kind,
        "quote": row.quote,
        "disclosure": disclosure,
        "parent_id": row.parent_id,
        "created_at": row.created_at,
        **_replied(reply),
    }
    return Subject(row.status, row.revision_status, row.author_line, fields)


def _analyses(session: Session, keys: Sequence[SubjectKey]) -> dict[SubjectKey, Subject]:
    rows = session.execute(
        select_columns(Analysis, AnalysisRevision)
        .join(AnalysisRevision, col(AnalysisRevision.analysis_id) == col(Analysis.id))
        .where(tuple_(col(AnalysisRevision.analysis_id), col(AnalysisRevision.number)).in_(keys))
    ).all()
    bodies = {(analysis.id, revision.number): revision.body for analysis, revision in rows}
    replies = answered(session, bodies, _ANALYSIS_BODIES)
    declared = _declared(session, rows)
    return {
        (analysis.id, revision.number): _analysis(
            analysis, revision, replies.get((analysis.id, revision.number)), _disclosure(declared, analysis, revision)
        )
        for analysis, revision in rows
    }


def _analysis(
    analysis: Analysis, revision: AnalysisRevision, reply: Answered | None, disclosure: dict[str, Any] | None
) -> Subject:
    fields = {
        "title": revision.title,
        "summary": revision.summary,
        "body": revision.body,
        "body_html": revision.body_html,
        "language": revision.language,
        "direction": revision.direction,
        "citations": revision.citations,
        "ai_use": revision.ai_use,
        "quote": revision.quote,
        "anchor": revision.anchor,
        "quoted_analysis_id": revision.quoted_id if revision.quoted_id != analysis.article_id else None,
        "note": revision.note,
        "approved_revision": analysis.approved_revision,
        "disclosure": disclosure,
        "created_at": revision.created_at,
        **_replied(reply),
    }
    return Subject(analysis.status, revision.status, revision.author_line, fields)


def _declared(session: Session, rows: Sequence[Any]) -> dict[_Declared, Any]:
    """Give the newest declarations behind those words among the rows that went out with none yet."""
    wanted = {
        _Declared(subject.article_id, subject.author_id) for subject, revision in rows if revision.disclosure is None
    }
    if not wanted:
        return {}
    found = session.execute(_DECLARATIONS, {"keys": list(wanted)})
    return {_Declared(row.article_id, row.user_id): row for row in found}


def _disclosure(declared: Mapping[_Declared, Any], subject: Any, revision: Any) -> dict[str, Any] | None:
    """Give the copy that went out with words, or the newest, which publication takes whoever wrote them."""
    return revision.disclosure or frozen(declared.get(_Declared(subject.article_id, subject.author_id)))


def _replied(reply: Answered | None) -> dict[str, Any]:
    return {
        "remarks": reply.remarks if reply else [],
        "difference": [piece._asdict() for piece in reply.pieces] if reply else None,
    }


def _applications(session: Session, keys: Sequence[SubjectKey]) -> dict[SubjectKey, Subject]:
    rows = session.execute(
        select_columns(Application, ApplicationRevision)
        .join(ApplicationRevision, col(ApplicationRevision.application_id) == col(Application.id))
        .where(tuple_(col(ApplicationRevision.application_id), col(ApplicationRevision.number)).in_(keys))
    ).all()
    return {(row[0].id, row[1].number): _application(row[0], row[1]) for row in rows}


def _application(application: Application, revision: ApplicationRevision) -> Subject:
    fields = {
        "title": revision.title,
        "affiliation": revision.affiliation,
        "fields": revision.fields,
        "biography": revision.biography,
        "orcid": revision.orcid,
        "evidence": revision.evidence,
        "created_at": revision.sent_at,
    }
    return Subject(application.status, application.status, revision.author_line, fields)


_COMMENT_BODIES = (col(CommentRevision.comment_id), col(CommentRevision.number), col(CommentRevision.body))
_ANALYSIS_BODIES = (col(AnalysisRevision.analysis_id), col(AnalysisRevision.number), col(AnalysisRevision.body))
LOADERS: Mapping[SubjectType, Loader] = {
    SubjectType.COMMENT: _comments,
    SubjectType.APPLICATION: _applications,
    SubjectType.ANALYSIS: _analyses,
}
