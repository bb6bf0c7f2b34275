"""Make and read the signed word in a mail that ends mails of its kind by one click, without signing in (RFC 8058)."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

from auth.tokens import SigningKeys
from models.errors import NotFound
from models.notifications import NotificationKind

PATH = "/v1/notifications/stop"
SIGNATURE_BYTES = 18


def stop_url(keys: SigningKeys, public_url: str, user_id: UUID, kind: NotificationKind) -> str:
    """Give the address that ends mails of a kind to somebody."""
    content = f"{user_id}.{kind}"
    return f"{public_url}{PATH}?token={content}.{_signatures(keys, content)[0]}"


def read_stop_token(keys: SigningKeys, token: str) -> tuple[UUID, NotificationKind]:
    """Give who wants to hear no more, and of what; raise NotFound for a token that we did not make."""
    content, _, signature = token.rpartition(".")
    genuine = _signatures(keys, content)
    if not any(hmac.compare_digest(signature.encode("utf-8", "replace"), one.encode()) for one in genuine):
        raise NotFound
    user_id, _, kind = content.partition(".")
    return UUID(user_id), NotificationKind(kind)


def _signatures(keys: SigningKeys, content: str) -> list[str]:
    signed = b"stop" + content.encode("utf-8", "replace")
    digests = (hmac.digest(key, signed, sha256)[:SIGNATURE_BYTES] for key in keys.secrets)
    return [urlsafe_b64encode(digest).decode() for digest in digests]
