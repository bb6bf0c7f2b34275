"""Make the letters that bring notifications and digests when they are sent: what may not be seen then stays here."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from auth.identity import Identity
from forum.delivery.letters import Letter, Link, paragraphs_of_html, paragraphs_of_text
from forum.delivery.outbox import DIGEST
from forum.delivery.preferences import Pace, pace_of
from forum.inbox.reading import find_mailed
from forum.inbox.wording import text_of
from forum.moderation.queue import kinds_known_to
from forum.moderation.tallies import tally_cases
from models.notifications import NotificationKind, OverdueDigest
from models.publication import OutboxJob
from models.upserts import insert_for
from models.users import Role, User, has_been_granted

DIGEST_EVERY = timedelta(days=1)
_MODERATING = (Role.MODERATOR, Role.EDITOR, Role.ADMIN)
_STOP = ("إيقاف الرسائل من هذا النوع:", "No more mails of this kind:")
_OVERDUE = ("حالات تجاوزت موعدها", "Overdue cases")
_OVERDUE_TEXT = (
    "عدد الحالات التي تجاوزت موعدها وتنتظر قرارًا: {count}.",
    "Cases past their time that wait for a decision: {count}.",
)


def notification_letter(
    session: Session, notification_id: UUID, *, stop_url: Callable[[UUID, NotificationKind], str]
) -> Letter | None:
    """Make the letter of a notification; nothing where it was read, is not wanted, or is about what is not seen now.

    `stop_url` gives where one click ends mails of a kind to somebody (RFC 8058).
    """
    told = find_mailed(session, notification_id)
    if told is None or pace_of(told.choices or {}, told.kind) is not Pace.AT_ONCE:
        return None
    text = text_of(told, told.locale)
    link = [Link(told.article_url)] if told.article_url else []
    stop = stop_url(told.user_id, told.kind)
    paragraphs = [text, *link, _STOP[_place(told.locale)], Link(stop)]
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return _letter(told, text.rstrip("."), paragraphs, headers)


def has_overdue(session: Session, *, now: datetime) -> bool:
    """Tell whether a case is overdue, without writing."""
    return any(tally.overdue for tally in tally_cases(session, now=now).values())


def order_digests(session: Session, *, now: datetime) -> None:
    """Order a letter to each moderator who had none within a day."""
    is_moderating = or_(*map(has_been_granted, _MODERATING))
    recent = select(OverdueDigest.user_id).where(col(OverdueDigest.sent_at) > now - DIGEST_EVERY)
    due = select(User.id).where(is_moderating, col(User.erased_at).is_(None), col(User.id).not_in(recent))
    for user_id in session.exec(due.order_by(col(User.id))).all():
        insert = insert_for(session, OverdueDigest).values(user_id=user_id, sent_at=now)
        ordered = session.execute(
            insert.on_conflict_do_update(
                index_elements=["user_id"],
                set_={"sent_at": now},
                where=col(OverdueDigest.sent_at) <= now - DIGEST_EVERY,
            ).returning(col(OverdueDigest.user_id))
        ).first()
        if ordered is not None:
            payload = {"user_id": str(user_id)}
            session.add(OutboxJob(kind=DIGEST, payload=payload, created_at=now, due_at=now))
    session.flush()


def digest_letter(session: Session, user_id: UUID, *, now: datetime) -> Letter | None:
    """Make the letter about overdue cases that exist for a moderator; nothing where none is left."""
    user = _reachable(session, user_id)
    if user is None:
        return None
    identity = Identity(user.id, user.id, user.roles, user.display_name, user.locale)
    tallies = tally_cases(session, now=now)
    count = sum(tallies[kind].overdue for kind in kinds_known_to(identity))
    if not count or not identity.has_role(Role.MODERATOR):
        return None
    place = _place(user.locale)
    return _letter(user, _OVERDUE[place], [_OVERDUE_TEXT[place].format(count=count)], {})


def _reachable(session: Session, user_id: UUID) -> User | None:
    """Give a user who is there and whose address was verified."""
    user = session.get(User, user_id)
    return user if user and user.erased_at is None and user.email_verified_at is not None else None


def _letter(reader: Any, subject: str, paragraphs: list[str], headers: dict[str, str]) -> Letter:
    """Make a letter to somebody, of whom email and locale are known."""
    html = paragraphs_of_html(paragraphs, reader.locale)
    return Letter(reader.email, reader.locale, subject, paragraphs_of_text(paragraphs), html, headers)


def _place(locale: str) -> int:
    return 1 if locale == "en" else 0
