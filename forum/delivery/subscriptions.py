"""Follow discussions, and leave them again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from models.notifications import Subscription
from models.upserts import insert_once


def subscribe(session: Session, article_id: UUID, user_id: UUID, *, now: datetime) -> None:
    """Follow a discussion; who follows it already goes on doing so."""
    row = Subscription(article_id=article_id, user_id=user_id, created_at=now)
    insert_once(session, Subscription, row.model_dump())


def unsubscribe(session: Session, article_id: UUID, user_id: UUID) -> None:
    """Follow a discussion no longer."""
    session.execute(
        delete(Subscription).where(col(Subscription.article_id) == article_id, col(Subscription.user_id) == user_id)
    )


def subscription_of(session: Session, article_id: UUID, user_id: UUID) -> Subscription | None:
    """Give somebody's subscription to a discussion, if they follow it."""
    return session.get(Subscription, (article_id, user_id))
