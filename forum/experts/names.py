"""Keep names and titles from being taken for those of experts, of those who run the discussions, or of the institute.

Two members may share a name. What is checked is what somebody is about to be called; two who take names at the same
moment are not each other's concern, since neither was known before.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, literal_column
from sqlmodel import Session, col, select

from forum.text.names import are_alike, names_disguised, names_plainly
from models.errors import Invalid
from models.users import User

# Written out rather than bound, so that both engines see that the partial index serves.
_IS_TRUSTED: ColumnElement[bool] = literal_column("users.roles <> ','")


def demand_own_name(session: Session, display_name: str, *, user_id: UUID | None, institute: str | None) -> None:
    """Raise Invalid for a display name that imitates; one's own name in another spelling does not."""
    own = session.get(User, user_id) if user_id else None
    if own is not None and are_alike(own.display_name, display_name):
        return
    if is_imitation(session, display_name, user_id=user_id, institute=institute):
        raise Invalid("/display_name", "imitation")


def demand_own_title(
    session: Session, title: str | None, affiliation: str | None, *, user_id: UUID, institute: str | None
) -> None:
    """Raise Invalid for a title or affiliation that imitates.

    An affiliation may name the institute as it is written, since editors verify that, and not in disguise.
    """
    if title is not None and is_imitation(session, title, user_id=user_id, institute=institute):
        raise Invalid("/title", "imitation")
    is_plain = bool(affiliation and institute) and names_plainly(affiliation or "", institute or "")
    hidden = None if is_plain else institute
    if affiliation is not None and is_imitation(session, affiliation, user_id=user_id, institute=hidden):
        raise Invalid("/affiliation", "imitation")


def is_imitation(session: Session, text: str, *, user_id: UUID | None, institute: str | None) -> bool:
    """Tell whether a text may be taken for the institute, or for somebody else who is more than a member."""
    if institute is not None and names_disguised(text, institute):
        return True
    trusted = select(col(User.display_name)).where(_IS_TRUSTED, col(User.erased_at).is_(None))
    others = trusted.where(col(User.id) != user_id) if user_id else trusted
    return any(are_alike(text, name) for name in session.exec(others).all())
