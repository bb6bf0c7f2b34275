"""Make refresh tokens that name their session and can be told from forged ones without being stored.

A token is 66 bytes in base64url: the session's id (16), 32 bytes that nobody can guess, and 18 bytes of a keyed hash
over both. The server keeps hashes only; the keyed hash tells it that an unknown token once was a genuine one.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from auth.tokens import SigningKeys

REFRESH_LIFETIME = timedelta(days=60)
REPEAT_WINDOW = timedelta(seconds=60)

_ID_BYTES, _BODY_BYTES, _LENGTH = 16, 48, 66


def first_refresh_token(keys: SigningKeys, session_id: UUID) -> str:
    """Draw the token that begins a session."""
    return _token(session_id, secrets.token_bytes(32), keys.secrets[0])


def successors(keys: SigningKeys, presented: str, session_id: UUID) -> list[str]:
    """Derive the token that follows the presented one, under each key, newest first.

    A client that lost the answer gets the same successor again without its being stored; only the holder of a secret
    can derive it. The older keys matter when they were changed between the answer and the repeat.
    """
    return [_token(session_id, _keyed(key, b"successor", presented.encode()), key) for key in keys.secrets]


def session_named_in(token: str) -> UUID | None:
    """Read which session a token is of, genuine or not; nothing for what has not the form of one."""
    octets = _octets(token)
    return UUID(bytes=octets[:_ID_BYTES]) if octets else None


def is_genuine(keys: SigningKeys, token: str) -> bool:
    """Tell whether this service made the token, however long ago."""
    octets = _octets(token)
    if octets is None:
        return False
    body, tag = octets[:_BODY_BYTES], octets[_BODY_BYTES:]
    return any(hmac.compare_digest(_tag(key, body), tag) for key in keys.secrets)


def _token(session_id: UUID, unguessable: bytes, key: bytes) -> str:
    body = session_id.bytes + unguessable
    return base64.urlsafe_b64encode(body + _tag(key, body)).decode("ascii")


def _octets(token: str) -> bytes | None:
    try:
        octets = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        return None
    # The decoder also takes padding and signs that no token is given with; what is not the token as given is none.
    is_as_given = len(octets) == _LENGTH and base64.urlsafe_b64encode(octets).decode("ascii") == token
    return octets if is_as_given else None


def _tag(key: bytes, body: bytes) -> bytes:
    return _keyed(key, b"genuine", body)[: _LENGTH - _BODY_BYTES]


def _keyed(key: bytes, purpose: bytes, message: bytes) -> bytes:
    return hmac.digest(key, b"refresh token: " + purpose + b"\0" + message, hashlib.sha256)
