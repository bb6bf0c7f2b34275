"""Shape sanctions: what moderators impose, and what they and the sanctioned see of it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from api.schemas.types import Answer, Closed, GivenInstant, Instant, SafeText
from forum.moderation.sanctions import NewSanction, is_in_force
from models.cases import NOTE_LENGTH, Reason
from models.sanctions import Sanction, SanctionKind


class SanctionCreate(Closed):
    """Sanction a user."""

    kind: SanctionKind
    reason: Reason
    until: GivenInstant | None = Field(default=None, description="When it ends by itself; never when left out.")
    note: SafeText | None = Field(default=None, max_length=NOTE_LENGTH, description="Shown to the user.")

    def new(self) -> NewSanction:
        """Give the sanction as the verb takes it."""
        return NewSanction(self.kind, self.reason, self.until, self.note)


class SanctionPublic(Answer):
    """Show a sanction; who imposed and who lifted it is for moderators."""

    id: UUID
    user_id: UUID
    kind: SanctionKind
    reason: Reason
    note: str | None
    until: Instant | None
    in_force: bool
    at: Instant
    by: UUID | None
    lifted_at: Instant | None
    lifted_by: UUID | None

    @classmethod
    def of(cls, sanction: Sanction, *, is_for_moderators: bool, now: datetime) -> Self:
        """Shape a sanction."""
        return cls(
            id=sanction.id,
            user_id=sanction.user_id,
            kind=sanction.kind,
            reason=sanction.reason,
            note=sanction.note,
            until=sanction.until,
            in_force=is_in_force(sanction, now=now),
            at=sanction.imposed_at,
            by=sanction.imposed_by if is_for_moderators else None,
            lifted_at=sanction.lifted_at,
            lifted_by=sanction.lifted_by if is_for_moderators else None,
        )


class SanctionList(Answer):
    """Hold a page of sanctions."""

    items: list[SanctionPublic]
    next: str | None
