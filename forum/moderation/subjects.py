"""Load what cases are about: each kind of subject by one statement, whatever the number of cases.

The statements are made once, of plain columns without types, since rows on their way to JSON need no objects between.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func
from sqlalchemy import select as select_columns
from sqlmodel import Session

from forum.moderation.conditions import frozen
from forum.moderation.remarks import answer_to, sent_back
from models.analyses import Analysis, AnalysisRevision
from models.articles import Disclosure
from models.base import Table, columns_of
from models.cases import Case, Decision, SubjectType
from models.comments import Comment, CommentRevision
from models.experts import Application, ApplicationRevision
from models.plain import Plain
from models.raw import IsAmong, document_for_json, id_text, instant_text, untyped
from models.reversals import Remarks

Statement = Any

_CASES, _DECISIONS, _DISCLOSURES = columns_of(Case), columns_of(Decision), columns_of(Disclosure)
_NEWER = Disclosure.__table__.alias("newer").c  # type: ignore[attr-defined]
_ALIKE = ("status", "body", "body_html", "language", "direction", "quote", "author_line", "disclosure", "created_at")
_APPLIED = ("title", "affiliation", "fields", "biography", "orcid", "evidence", "author_line", "sent_at")


@dataclass(frozen=True, slots=True)
class Subject:
    """Hold one revision that a case asks about: where it stands, who wrote it, and its fields as JSON has them."""

    status: str
    revision_status: str
    author_line: Any
    fields: dict[str, Any]


def load_subjects(session: Session, cases: Iterable[Any]) -> dict[Any, Subject]:
    """Give the subject of each case by the case's id; the cases are rows without types."""
    by_type: dict[str, list[Any]] = {}
    for case in cases:
        by_type.setdefault(case.subject_type, []).append(case.id)
    found: dict[Any, Subject] = {}
    for kind, case_ids in by_type.items():
        statement, shape = _LOADED[SubjectType(kind)]
        found |= {row.case_id: shape(row) for row in statement.rows(session, {"case_ids": case_ids})}
    return found


def body_of(session: Session, case: Any) -> str:
    """Give the text that a case asks about; an application has none to point at."""
    if case.subject_type not in _BODIES:
        return ""
    row = _BODIES[case.subject_type].first(session, {"id": case.subject_id, "number": case.revision})
    assert row is not None  # noqa: S101
    body: str = row.body
    return body


def _of_cases(subject: type[Table], revision: type[Table], revision_of: str, shown: Sequence[Any]) -> Statement:
    """Read what cases are about, with columns of the subject and of the revision that a case asks about."""
    subjects, revisions = columns_of(subject), columns_of(revision)
    is_revision = and_(revisions[revision_of] == _CASES.subject_id, revisions.number == _CASES.revision)
    return (
        select_columns(untyped(_CASES.id).label("case_id"), untyped(subjects.status).label("subject_status"), *shown)
        .select_from(Case.__table__)  # type: ignore[attr-defined]
        .join(subject.__table__, subjects.id == _CASES.subject_id)  # type: ignore[attr-defined]
        .join(revision.__table__, is_revision)  # type: ignore[attr-defined]
        .where(IsAmong(_CASES.id, "case_ids"))
    )


def _words_of_cases(subject: type[Table], revision: type[Table], revision_of: str, own: Sequence[Any]) -> Statement:
    """Read words too with what they were sent back with, and the declaration behind those that went out with none."""
    revisions, earlier = columns_of(revision), revision.__table__.alias("earlier")  # type: ignore[attr-defined]
    shown = [*map(untyped, own), *(untyped(revisions[name]) for name in _ALIKE)]
    declared = (_DISCLOSURES.interests, _DISCLOSURES.none, _DISCLOSURES.declared_at)
    asked = (untyped(columns_of(Remarks).remarks), untyped(earlier.c.body).label("earlier_body"))
    is_earlier = and_(earlier.c[revision_of] == _CASES.subject_id, earlier.c.number == _DECISIONS.revision)
    return (
        _of_cases(subject, revision, revision_of, [*shown, *declared, *asked])
        .outerjoin(Disclosure.__table__, and_(revisions.disclosure.is_(None), _is_declared(columns_of(subject))))  # type: ignore[attr-defined]
        .outerjoin(Decision.__table__, sent_back(_CASES.subject_id, _CASES.revision))  # type: ignore[attr-defined]
        .outerjoin(earlier, is_earlier)
        .outerjoin(Remarks.__table__, columns_of(Remarks).decision_id == _DECISIONS.id)  # type: ignore[attr-defined]
    )


def _is_declared(subject: Any) -> ColumnElement[bool]:
    """Give the condition on declarations for the newest of an author for an article."""
    of_author = and_(_NEWER.article_id == subject.article_id, _NEWER.user_id == subject.author_id)
    newest = select_columns(func.max(_NEWER.version)).where(of_author).scalar_subquery()
    return and_(
        _DISCLOSURES.article_id == subject.article_id,
        _DISCLOSURES.user_id == subject.author_id,
        _DISCLOSURES.version == newest,
    )


def _disclosure(revision: Any) -> Any:
    """Give the copy that went out with words, or the newest, which publication takes whoever wrote them."""
    return document_for_json(revision.disclosure) or (frozen(revision) if revision.declared_at else None)


def _comment(row: Any) -> Subject:
    fields = {
        "body": row.body,
        "body_html": row.body_html,
        "language": row.language,
        "direction": row.direction,
        "kind": row.kind,
        "quote": document_for_json(row.quote),
        "disclosure": _disclosure(row),
        "parent_id": id_text(row.parent_id),
        "created_at": instant_text(row.created_at),
        **answer_to(row),
    }
    return Subject(row.subject_status, row.status, row.author_line, fields)


def _analysis(row: Any) -> Subject:
    fields = {
        "title": row.title,
        "summary": row.summary,
        "body": row.body,
        "body_html": row.body_html,
        "language": row.language,
        "direction": row.direction,
        "citations": document_for_json(row.citations),
        "ai_use": document_for_json(row.ai_use),
        "quote": document_for_json(row.quote),
        "anchor": document_for_json(row.anchor),
        "quoted_analysis_id": id_text(row.quoted_id) if row.quoted_id != row.article_id else None,
        "note": row.note,
        "approved_revision": row.approved_revision,
        "disclosure": _disclosure(row),
        "created_at": instant_text(row.created_at),
        **answer_to(row),
    }
    return Subject(row.subject_status, row.status, row.author_line, fields)


def _application(row: Any) -> Subject:
    fields = {
        "title": row.title,
        "affiliation": row.affiliation,
        "fields": document_for_json(row.fields),
        "biography": row.biography,
        "orcid": row.orcid,
        "evidence": document_for_json(row.evidence),
        "created_at": instant_text(row.sent_at),
    }
    return Subject(row.subject_status, row.subject_status, row.author_line, fields)


def _body(revision: type[Table], revision_of: str) -> Plain:
    words = columns_of(revision)
    is_wanted = (words[revision_of] == bindparam("id"), words.number == bindparam("number"))
    return Plain(select_columns(words.body).where(*is_wanted))


_SAID = columns_of(CommentRevision)
_ARGUED, _ANALYSES = columns_of(AnalysisRevision), columns_of(Analysis)
_ARGUMENT = (_ARGUED.title, _ARGUED.summary, _ARGUED.citations, _ARGUED.ai_use, _ARGUED.anchor, _ARGUED.quoted_id)
_BODIES: Mapping[SubjectType, Plain] = {
    SubjectType.COMMENT: _body(CommentRevision, "comment_id"),
    SubjectType.ANALYSIS: _body(AnalysisRevision, "analysis_id"),
}
# How the subjects of each type are read, and how a row of them is shown.
_LOADED: Mapping[SubjectType, tuple[Plain, Callable[[Any], Subject]]] = {
    SubjectType.COMMENT: (
        Plain(_words_of_cases(Comment, CommentRevision, "comment_id", [_SAID.kind, columns_of(Comment).parent_id])),
        _comment,
    ),
    SubjectType.ANALYSIS: (
        Plain(
            _words_of_cases(
                Analysis,
                AnalysisRevision,
                "analysis_id",
                [*_ARGUMENT, _ARGUED.note, _ANALYSES.article_id, _ANALYSES.approved_revision],
            )
        ),
        _analysis,
    ),
    SubjectType.APPLICATION: (
        Plain(
            _of_cases(
                Application,
                ApplicationRevision,
                "application_id",
                [untyped(columns_of(ApplicationRevision)[name]) for name in _APPLIED],
            )
        ),
        _application,
    ),
}
