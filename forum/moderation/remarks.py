"""Keep the remarks with which words are sent back, and show what the author made of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal_column, select
from sqlmodel import Session

from forum.text.differences import difference
from models.base import columns_of
from models.cases import Decision, Verdict
from models.errors import Invalid
from models.raw import document_for_json
from models.reversals import Remarks

_DECISIONS = columns_of(Decision)
_NEWER = Decision.__table__.alias("newer_decisions").c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Remark:
    """Hold what a moderator says about a span of the text, in code points."""

    start: int
    end: int
    text: str


def demand_remarks(verdict: Verdict, remarks: Iterable[Remark], body: str) -> None:
    """Raise Invalid for remarks on anything but a request for changes, and for spans outside of the text."""
    for number, remark in enumerate(remarks):
        if verdict is not Verdict.REQUEST_CHANGES:
            raise Invalid("/remarks", "not_allowed")
        if not 0 <= remark.start < remark.end <= len(body):
            raise Invalid(f"/remarks/{number}", "out_of_range")


def keep_remarks(session: Session, decision: Decision, remarks: Sequence[Remark]) -> None:
    """Keep the remarks of a decision beside it."""
    if remarks:
        rows = [{"start": remark.start, "end": remark.end, "text": remark.text} for remark in remarks]
        session.add(Remarks(decision_id=decision.id, remarks=rows))
        session.flush()


def sent_back(subject_id: ColumnElement[UUID], number: ColumnElement[int]) -> ColumnElement[bool]:
    """Give the condition on decisions for the newest about a subject, where it sent an earlier revision back."""
    newest = select(func.max(_NEWER.number)).where(_NEWER.subject_id == subject_id).scalar_subquery()
    return and_(
        number > literal_column("1"),
        _DECISIONS.number == newest,
        _DECISIONS.verdict == literal_column(f"'{Verdict.REQUEST_CHANGES}'"),
        _DECISIONS.revision < number,
    )


def answer_to(row: Any) -> dict[str, Any]:
    """Shape what words were sent back with and what changed in them since.

    The row has `body`, and `remarks` and `earlier_body`, which are null where nothing was asked for.
    """
    if row.earlier_body is None:
        return {"remarks": [], "difference": None}
    pieces = [piece._asdict() for piece in difference(row.earlier_body, row.body)]
    return {"remarks": document_for_json(row.remarks) or [], "difference": pieces}
