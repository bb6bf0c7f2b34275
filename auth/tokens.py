"""Make and read access tokens; the only file that knows the JOSE library.

Access tokens are JWTs in the profile of RFC 9068, signed with HMAC-SHA-256 (RFC 7515). The library accepts more than
it should (missing claims, padded signatures, `crit`), so it only computes signatures here: shape, header and
claims are checked by hand, and whatever goes wrong is one error.
"""

import base64
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, Self
from uuid import UUID

from jose import jwk, jws
from jose.backends.base import Key
from jose.exceptions import JOSEError

from models.errors import TokenExpired, Unauthenticated

ACCESS_LIFETIME = timedelta(minutes=10)
AUDIENCE = "forum"

_ALGORITHM = "HS256"
_TYPE = "at+jwt"
_LONGEST_TOKEN = 4096
_SHORTEST_SECRET = 32
_CLOCK_SKEW = timedelta(seconds=10)
# A client sends its token with each request of ten minutes, so most are met again; one takes about a kilobyte.
_REMEMBERED = 2_048
_LAST_SECOND = 253_402_300_799  # The end of the year 9999, past which no instant can be written.
_SHAPE = re.compile(r"([\w-]+)\.([\w-]+)\.([\w-]{43})", re.ASCII)
_KEY_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, eq=False)
class SigningKeys:
    """Hold the secrets by key id, newest first: the first one signs, all of them verify."""

    by_id: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `kid:secret,kid:secret`; a ValueError names what is wrong and never the secret."""
        keys: dict[str, bytes] = {}
        for number, entry in enumerate(text.split(","), start=1):
            kid, _, secret = entry.partition(":")
            if not _KEY_ID.fullmatch(kid):
                raise ValueError(f"key {number}: the key id must be 1 to 64 letters, digits, '.', '_' or '-'")
            if kid in keys:
                raise ValueError(f"key {number}: the key id {kid!r} is there twice")
            keys[kid] = _secret_bytes(secret, number)
        return cls(keys)

    @property
    def newest(self) -> tuple[str, bytes]:
        """Give the key id and the secret that sign."""
        return next(iter(self.by_id.items()))

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """Give the secrets alone, newest first, for keyed hashes of other kinds."""
        return tuple(self.by_id.values())


@dataclass(frozen=True)
class AccessClaims:
    """Name who a genuine token speaks for; what they may do is read from the database."""

    user_id: UUID
    session_id: UUID


class _Genuine(NamedTuple):
    """Hold what a token of ours says, whenever that may be."""

    claims: AccessClaims
    issued: int
    expires: int


def mint_access_token(
    keys: SigningKeys, *, user_id: UUID, session_id: UUID, roles: Iterable[str], issuer: str, now: datetime
) -> str:
    """Sign a token for one session, good for ACCESS_LIFETIME; its roles are for clients to show."""
    kid, secret = keys.newest
    issued = int(now.timestamp())
    claims = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "sid": str(session_id),
        "jti": secrets.token_urlsafe(16),
        "iat": issued,
        "exp": issued + int(ACCESS_LIFETIME.total_seconds()),
        "roles": sorted(roles),
    }
    headers = {"typ": _TYPE, "kid": kid}
    return jws.sign(claims, _key(secret), headers=headers, algorithm=_ALGORITHM)


def read_access_token(keys: SigningKeys, token: str, *, issuer: str, now: datetime) -> AccessClaims:
    """Check a token and say who it speaks for; raises Unauthenticated, or TokenExpired for a genuine old one."""
    try:
        read = _genuine(keys, token, issuer)
    except (JOSEError, ValueError, RecursionError):
        # The cause holds parts of the token, which no log may show.
        raise Unauthenticated from None
    if read.issued > (now + _CLOCK_SKEW).timestamp():
        raise Unauthenticated
    if read.expires <= now.timestamp():
        raise TokenExpired
    return read.claims


# What a signature proves does not change; what is refused is not remembered.
@lru_cache(maxsize=_REMEMBERED)
def _genuine(keys: SigningKeys, token: str, issuer: str) -> _Genuine:
    claims = _genuine_claims(keys, token)
    _check_claims(claims, issuer=issuer)
    return _Genuine(AccessClaims(UUID(claims["sub"]), UUID(claims["sid"])), claims["iat"], claims["exp"])


def _secret_bytes(secret: str, number: int) -> bytes:
    encoded = secret.encode()
    if secret != secret.strip():
        raise ValueError(f"key {number}: there is white space around the secret")
    if len(encoded) < _SHORTEST_SECRET:
        raise ValueError(f"key {number}: the secret must be at least {_SHORTEST_SECRET} bytes long")
    try:
        _key(encoded)
    except JOSEError:
        raise ValueError(f"key {number}: the secret looks like a public key or a certificate") from None
    return encoded


def _key(secret: bytes) -> Key:
    # Handed over as a key, the secret is never taken for a JSON key set, as a plain string would be.
    return jwk.construct(secret, _ALGORITHM)


def _genuine_claims(keys: SigningKeys, token: str) -> dict[str, Any]:
    shape = _SHAPE.fullmatch(token) if len(token) <= _LONGEST_TOKEN else None
    if shape is None:
        raise ValueError("not the shape of a signed token")
    header, payload, _ = (_canonical_base64url(part) for part in shape.groups())
    named = _json_object(header)
    if named.keys() != {"alg", "typ", "kid"} or named["alg"] != _ALGORITHM or named["typ"] != _TYPE:
        raise ValueError("not the header of an access token")
    if not isinstance(named["kid"], str) or named["kid"] not in keys.by_id:
        raise ValueError("unknown key id")
    jws.verify(token, _key(keys.by_id[named["kid"]]), algorithms=[_ALGORITHM])
    return _json_object(payload)


def _canonical_base64url(part: str) -> bytes:
    decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if _base64url(decoded) != part:
        raise ValueError("not canonical base64url")
    return decoded


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _json_object(octets: bytes) -> dict[str, Any]:
    read = json.loads(octets.decode("utf-8"), object_pairs_hook=_unique_members)
    if not isinstance(read, dict):
        raise ValueError("not a JSON object")
    return read


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _is_instant(value: object) -> bool:
    return type(value) is int and 0 <= value <= _LAST_SECOND  # A bool is an int to isinstance.


def _is_uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _is_list_of_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


_CLAIMS: dict[str, Callable[[object], bool]] = {
    "iss": lambda value: isinstance(value, str),
    "aud": lambda value: value == AUDIENCE,
    "sub": _is_uuid,
    "sid": _is_uuid,
    "jti": lambda value: isinstance(value, str) and value != "",
    "iat": _is_instant,
    "exp": _is_instant,
    "roles": _is_list_of_words,
}


def _check_claims(claims: dict[str, Any], *, issuer: str) -> None:
    if claims.keys() != _CLAIMS.keys():
        raise ValueError("not the claims of an access token")
    for name, is_sane in _CLAIMS.items():
        if not is_sane(claims[name]):
            raise ValueError(f"the claim {name} is not what it should be")
    if claims["iss"] != issuer:
        raise ValueError("issued by somebody else")
    if not 0 < claims["exp"] - claims["iat"] <= ACCESS_LIFETIME.total_seconds():
        raise ValueError("good for longer than any token of ours")
