"""Say who is asking."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from models.sanctions import SanctionKind
from models.users import Role

_INCLUDES: dict[Role, frozenset[Role]] = {
    Role.MEMBER: frozenset({Role.MEMBER}),
    Role.EXPERT: frozenset({Role.MEMBER, Role.EXPERT}),
    Role.MODERATOR: frozenset({Role.MEMBER, Role.MODERATOR}),
    Role.EDITOR: frozenset({Role.MEMBER, Role.MODERATOR, Role.EDITOR}),
    Role.ADMIN: frozenset({Role.MEMBER, Role.MODERATOR, Role.EDITOR, Role.ADMIN}),
}


@dataclass(frozen=True)
class Identity:
    """Hold what the database said about the user and the session at this request.

    `roles` are those granted; `restriction` is the heaviest sanction in force, warnings aside.
    """

    user_id: UUID
    session_id: UUID
    roles: frozenset[Role]
    display_name: str
    locale: str
    restriction: SanctionKind | None = None

    def has_role(self, role: Role) -> bool:
        """Tell whether the role was granted or comes with one that was."""
        return role in implied_roles(self.roles)


def implied_roles(granted: Iterable[Role]) -> frozenset[Role]:
    """Add what comes with the granted roles; `member` always does."""
    return frozenset({Role.MEMBER}).union(*(_INCLUDES[role] for role in granted))
