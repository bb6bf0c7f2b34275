"""Read the log of decisions."""

from sqlmodel import Session, col, select

from models.cases import Decision
from models.pages import Key, Page, cut


def list_decisions(session: Session, *, after: Key | None, limit: int) -> Page[Decision]:
    """Give a page of the log, the newest decision first."""
    statement = select(Decision)
    if after is not None:
        statement = statement.where(col(Decision.number) < int(after[0]))
    rows = session.exec(statement.order_by(col(Decision.number).desc()).limit(limit + 1)).all()
    return cut(rows, limit, lambda decision: (decision.number,))
