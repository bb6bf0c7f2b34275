"""Shape the figures of moderation."""

from uuid import UUID

from api.schemas.types import Answer


class MonthPublic(Answer):
    """Show one month: comments posted, what was decided about them and why, and how fast."""

    month: str
    comments: int
    decisions: int
    reasons: dict[str, int]
    median_hours: float | None
    automated_share: float
    appeals: int
    reversals: int


class Transparency(Answer):
    """Hold the months, the newest first."""

    months: list[MonthPublic]


class ModeratorFigures(Answer):
    """Show one moderator's month: decisions, how fast, and how many did not stand."""

    id: UUID
    display_name: str | None
    decisions: int
    median_hours: float | None
    reversed: int
    overturned: int


class MonthForEditors(MonthPublic):
    """Show one month with appeals won and by moderator."""

    appeals_won: int
    moderators: list[ModeratorFigures]


class QueueAge(Answer):
    """Show how long the open cases have waited."""

    open: int
    median_hours: float | None
    oldest_hours: float | None


class Figures(Answer):
    """Hold the queue and the months, the newest first."""

    queue: QueueAge
    months: list[MonthForEditors]
