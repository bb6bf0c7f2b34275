"""Shape tokens, devices and the ways back into an account."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.schemas.types import Answer, Closed, Instant
from api.schemas.users import Email, NewPassword
from auth.passwords import LONGEST

TOKEN_LENGTH = 200
SingleUse = Annotated[str, Field(strict=True, min_length=1, max_length=TOKEN_LENGTH)]


class TokenAnswer(Answer):
    """Give the tokens of a session (RFC 6749, 5.1)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - Not a secret but what RFC 6750 calls it.
    expires_in: Annotated[int, Field(description="Seconds until the access token is over.")]
    refresh_token: str


class TokenError(Answer):
    """Refuse a token in the form of RFC 6749, 5.2."""

    error: Literal["invalid_request", "invalid_grant", "unsupported_grant_type"]
    error_description: str


class SessionPublic(Answer):
    """Show one device on which somebody is signed in."""

    id: UUID
    name: str
    created_at: Instant
    last_used_at: Instant
    current: bool


class SessionList(Answer):
    """Hold a page of the devices on which somebody is signed in."""

    items: list[SessionPublic]
    next: str | None


class OwnerProof(Closed):
    """Show whose account it is, for those who cannot sign in."""

    email: Email
    password: Annotated[str, Field(strict=True, max_length=LONGEST)]


class ResetRequest(Closed):
    """Ask for a mail that lets its reader set a new password."""

    email: Email


class ResetConfirm(Closed):
    """Set a new password with the token out of the mail."""

    token: SingleUse
    password: NewPassword


class VerificationConfirm(Closed):
    """Confirm an address with the token out of the mail."""

    token: SingleUse
