"""Shape users: what they send to register and change, what they see of themselves and others see of them."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

import email_validator
from pydantic import AfterValidator, Field

from api.schemas.comments import CredentialPublic
from api.schemas.types import Answer, Changes, Closed, Instant, OneLine, SafeText, refuse
from auth.accounts import ProfileChange, email_key
from auth.passwords import LONGEST, SHORTEST
from forum.text.folding import fold
from models.users import DISPLAY_NAME_LENGTH, Role, User

EMAIL_LENGTH = 320
NAME_KEY_LENGTH = 4 * DISPLAY_NAME_LENGTH

# Names such as `.local` and `.test` are what an intranet and a trial run have.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def _email(value: str) -> str:
    try:
        email_validator.validate_email(value, check_deliverability=False)
    except email_validator.EmailNotValidError:
        raise refuse("not_email") from None
    if len(email_key(value)) > EMAIL_LENGTH:
        raise refuse("too_long")
    return value


Email = Annotated[SafeText, Field(max_length=EMAIL_LENGTH), AfterValidator(_email)]
DisplayName = Annotated[OneLine, Field(min_length=1, max_length=DISPLAY_NAME_LENGTH)]
NewPassword = Annotated[SafeText, Field(min_length=SHORTEST, max_length=LONGEST)]
Locale = Literal["ar", "en"]


def name_key(display_name: str) -> str:
    """Fold a name for comparison; a few ligatures unfold to so much that the rest is cut off."""
    return fold(display_name)[:NAME_KEY_LENGTH]


def shown_roles(user: User) -> list[Role]:
    """List what was granted, and `member`, in the order of trust."""
    return [role for role in Role if role in user.roles or role is Role.MEMBER]


class UserCreate(Closed):
    """Register."""

    email: Email
    password: NewPassword
    display_name: DisplayName
    locale: Locale = "ar"


class ProfileUpdate(Changes):
    """Change one's own name or language; what is left out stays."""

    display_name: DisplayName | None = None
    locale: Locale | None = None

    def change(self) -> ProfileChange:
        """Give the change as the verb takes it."""
        key = name_key(self.display_name) if self.display_name else None
        return ProfileChange(self.display_name, key, self.locale)


class PasswordChange(Closed):
    """Change one's own password, which proves that it is known."""

    current_password: Annotated[str, Field(strict=True, max_length=LONGEST)]
    new_password: NewPassword


class RolesAssign(Closed):
    """Give a user exactly these roles; `member` is implied."""

    roles: Annotated[list[Role], Field(max_length=len(Role))]


class UserPublic(Answer):
    """Show the public face of a user."""

    id: UUID
    display_name: str
    badges: list[str]
    credential: CredentialPublic | None

    @classmethod
    def of(cls, user: User, line: dict[str, Any]) -> Self:
        """Shape a user with today's author line."""
        return cls(id=user.id, **line)


class UserWithRoles(UserPublic):
    """Show a user to whoever gives roles."""

    roles: list[Role]

    @classmethod
    def of(cls, user: User, line: dict[str, Any]) -> Self:
        """Shape a user with today's author line."""
        return cls(id=user.id, roles=shown_roles(user), **line)


class UserOwn(UserPublic):
    """Show a user's account to its owner."""

    email: str
    email_verified: bool
    locale: str
    roles: list[Role]
    created_at: Instant

    @classmethod
    def of(cls, user: User, line: dict[str, Any]) -> Self:
        """Shape an account with today's author line."""
        return cls(
            id=user.id,
            email=user.email,
            email_verified=user.email_verified_at is not None,
            locale=user.locale,
            roles=shown_roles(user),
            created_at=user.created_at,
            **line,
        )
