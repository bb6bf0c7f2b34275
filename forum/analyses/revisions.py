"""Read the revisions of an analysis: the published ones, all for its author, all but drafts for editors."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, select

from auth.identity import Identity
from forum.analyses.reading import WITHOUT_TEXTS, find_analysis
from forum.text.differences import Piece, difference
from models.analyses import Analysis, AnalysisRevision, AnalysisStatus
from models.errors import NotFound
from models.pages import Key, Page, cut
from models.users import Role


class RevisionDifference(NamedTuple):
    """Hold what changed between two revisions; the pieces of each text make up both of its versions."""

    title: Sequence[Piece]
    summary: Sequence[Piece]
    body: Sequence[Piece]


def list_revisions(
    session: Session, viewer: Identity | None, analysis_id: UUID, *, after: Key | None, limit: int
) -> Page[AnalysisRevision]:
    """Give a page of the revisions that somebody may read, in order, without bodies; raise NotFound."""
    analysis = find_analysis(session, viewer, analysis_id)
    statement = select(AnalysisRevision).where(
        col(AnalysisRevision.analysis_id) == analysis_id, _readable(viewer, analysis)
    )
    if after is not None:
        statement = statement.where(col(AnalysisRevision.number) > int(after[0]))
    rows = session.exec(statement.options(*WITHOUT_TEXTS).order_by(col(AnalysisRevision.number)).limit(limit + 1))
    return cut(rows.all(), limit, lambda row: (row.number,))


def find_revisions(
    session: Session, viewer: Identity | None, analysis_id: UUID, numbers: Sequence[int]
) -> list[AnalysisRevision]:
    """Give revisions by number in the order named; raise NotFound where one is not there for the viewer."""
    analysis = find_analysis(session, viewer, analysis_id)
    rows = session.exec(
        select(AnalysisRevision).where(
            col(AnalysisRevision.analysis_id) == analysis_id,
            col(AnalysisRevision.number).in_(numbers),
            _readable(viewer, analysis),
        )
    ).all()
    found = {row.number: row for row in rows}
    if not set(numbers) <= found.keys():
        raise NotFound
    return [found[number] for number in numbers]


def compare_revisions(
    session: Session, viewer: Identity | None, analysis_id: UUID, *, number: int, against: int
) -> RevisionDifference:
    """Tell what changed from revision `against` to revision `number`; raise NotFound."""
    new, old = find_revisions(session, viewer, analysis_id, [number, against])
    return RevisionDifference(
        difference(old.title, new.title), difference(old.summary, new.summary), difference(old.body, new.body)
    )


def _readable(viewer: Identity | None, analysis: Analysis) -> ColumnElement[bool]:
    if viewer is not None and viewer.user_id == analysis.author_id:
        return true()
    if viewer is not None and viewer.has_role(Role.EDITOR):
        return col(AnalysisRevision.status) != AnalysisStatus.DRAFT
    return col(AnalysisRevision.status) == AnalysisStatus.PUBLISHED
