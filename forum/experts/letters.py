"""Write the mails about being an expert into the outbox, in the reader's language where it is known."""

from datetime import datetime

from sqlmodel import Session

from models.publication import OutboxJob
from models.users import LOCALES, User


def write_letter(session: Session, template: str, user: User, *, now: datetime, **values: str) -> None:
    """Leave a mail to a user; `values` are what the template names besides the user's own."""
    _leave(session, template, user.email, user.locale, {"display_name": user.display_name, **values}, now=now)


def write_to_address(session: Session, template: str, email: str, *, now: datetime, **values: str) -> None:
    """Leave a mail to an address that may have no account yet."""
    _leave(session, template, email, LOCALES[0], values, now=now)


def _leave(session: Session, template: str, email: str, locale: str, values: dict[str, str], *, now: datetime) -> None:
    payload = {"template": template, "to": email, "locale": locale, **values}
    session.add(OutboxJob(kind="mail", payload=payload, created_at=now, due_at=now))
    session.flush()
