"""Tell which sanction weighs heaviest on a user now; what it takes away stands in auth/policy.py."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, bindparam, case, func, or_, select
from sqlmodel import Session, col

from models.sanctions import Sanction, SanctionKind

# A warning takes nothing away, so it is no restriction.
RESTRICTIONS = (SanctionKind.MUTE, SanctionKind.SUSPENSION, SanctionKind.BAN)


def weight_in_force(user_id: object, *, now: object) -> ScalarSelect[int | None]:
    """Give the subquery for how heavily a user is restricted (None, 1, 2 or 3); both may be parameters or columns."""
    weights = {kind: weight for weight, kind in enumerate(RESTRICTIONS, start=1)}
    return (
        select(func.max(case(weights, value=col(Sanction.kind))))
        .where(
            col(Sanction.user_id) == user_id,
            col(Sanction.lifted_at).is_(None),
            or_(col(Sanction.until).is_(None), col(Sanction.until) > now),
        )
        .scalar_subquery()
    )


_OF_ONE = select(weight_in_force(bindparam("user_id"), now=bindparam("now")))


def restriction_named(weight: int | None) -> SanctionKind | None:
    """Give the kind that a weight stands for."""
    return RESTRICTIONS[weight - 1] if weight else None


def restriction_of(session: Session, user_id: UUID, *, now: datetime) -> SanctionKind | None:
    """Give what restricts a user now, warnings aside."""
    return restriction_named(session.execute(_OF_ONE, {"user_id": user_id, "now": now}).scalar_one())
