"""Keep the remarks with which words are sent back, and show what the author made of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select as select_columns
from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from forum.text.differences import Piece, difference
from models.cases import Decision, Verdict
from models.errors import Invalid
from models.reversals import Remarks

RevisionKey = tuple[UUID, int]
BodyColumns = tuple[Any, Any, Any]


@dataclass(frozen=True)
class Remark:
    """Hold what a moderator says about a span of the text, in code points."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Answered:
    """Hold what words were sent back with, and what changed in them since."""

    remarks: Sequence[dict[str, Any]]
    pieces: Sequence[Piece]


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


def remarks_of(session: Session, decision_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Give the remarks of each decision that has some."""
    if not decision_ids:
        return {}
    rows = session.exec(select(Remarks).where(col(Remarks.decision_id).in_(decision_ids))).all()
    return {row.decision_id: row.remarks for row in rows}


def answered(session: Session, bodies: Mapping[RevisionKey, str], columns: BodyColumns) -> dict[RevisionKey, Answered]:
    """Give, for each revision that answers a request for changes, what was asked and what changed.

    `columns` are subject, number and body in the table of the revisions.
    """
    requests = _requests(session, bodies)
    sent_back = {(subject_id, decision.revision) for (subject_id, _), decision in requests.items()}
    if not sent_back:
        return {}
    subject_id, number, _ = columns
    rows = session.execute(select_columns(*columns).where(tuple_(subject_id, number).in_(sent_back))).all()
    before = {(row[0], row[1]): row[2] for row in rows}
    remarks = remarks_of(session, [decision.id for decision in requests.values()])
    return {
        key: Answered(remarks.get(decision.id, []), difference(before[key[0], decision.revision], bodies[key]))
        for key, decision in requests.items()
    }


def _requests(session: Session, bodies: Mapping[RevisionKey, str]) -> dict[RevisionKey, Decision]:
    """Give the newest decision about each subject where it sent an earlier revision back."""
    later = {subject_id for subject_id, number in bodies if number > 1}
    if not later:
        return {}
    rows = session.exec(
        select(Decision).where(col(Decision.subject_id).in_(later)).order_by(col(Decision.number))
    ).all()
    newest = {decision.subject_id: decision for decision in rows}
    return {
        key: newest[key[0]]
        for key in bodies
        if key[0] in newest and newest[key[0]].verdict == Verdict.REQUEST_CHANGES and newest[key[0]].revision < key[1]
    }
