"""Tell which sanction weighs heaviest on a user now; what it takes away stands in auth/policy.py."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, bindparam, case, func, or_, select
from sqlmodel import Session

from models.base import columns_of
from models.plain import Plain
from models.sanctions import Sanction, SanctionKind

_SANCTION = columns_of(Sanction)
# A warning takes nothing away, so it is no restriction.
RESTRICTIONS = (SanctionKind.MUTE, SanctionKind.SUSPENSION, SanctionKind.BAN)


def weight_in_force(user_id: object, *, now: object) -> ScalarSelect[int | None]:
    """Give the subquery for how heavily a user is restricted (None, 1, 2 or 3); both may be parameters or columns."""
    weights = {kind: weight for weight, kind in enumerate(RESTRICTIONS, start=1)}
    return (
        select(func.max(case(weights, value=_SANCTION.kind)))
        .where(
            _SANCTION.user_id == user_id,
            _SANCTION.lifted_at.is_(None),
            or_(_SANCTION.until.is_(None), _SANCTION.until > now),
        )
        .scalar_subquery()
    )


_OF_ONE = Plain(select(weight_in_force(bindparam("user_id"), now=bindparam("now")).label("weight")))


def restriction_named(weight: int | None) -> SanctionKind | None:
    """Give the kind that a weight stands for."""
    return RESTRICTIONS[weight - 1] if weight else None


def restriction_of(session: Session, user_id: UUID, *, now: datetime) -> SanctionKind | None:
    """Give what restricts a user now, warnings aside."""
    row = _OF_ONE.first(session, {"user_id": user_id, "now": now})
    return restriction_named(row.weight if row else None)
