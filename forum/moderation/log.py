"""Read the log of decisions."""

from sqlmodel import Session, col, select

from models.cases import Decision, SubjectType
from models.pages import Key, Page, cut

# What only editors decide, and only editors read.
EDITORIAL_SUBJECTS = (SubjectType.ANALYSIS, SubjectType.APPLICATION)


def list_decisions(session: Session, *, sees_editorial: bool, after: Key | None, limit: int) -> Page[Decision]:
    """Give a page of the log, the newest decision first; the whole of it to those who see what editors decide."""
    statement = select(Decision)
    if not sees_editorial:
        statement = statement.where(col(Decision.subject_type).not_in(EDITORIAL_SUBJECTS))
    if after is not None:
        statement = statement.where(col(Decision.number) < int(after[0]))
    rows = session.exec(statement.order_by(col(Decision.number).desc()).limit(limit + 1)).all()
    return cut(rows, limit, lambda decision: (decision.number,))
