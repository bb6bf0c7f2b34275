"""Hash passwords and refuse those that are guessed first."""

import unicodedata
from dataclasses import dataclass
from functools import cached_property

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

SHORTEST = 15
LONGEST = 1024


@dataclass(frozen=True)
class PasswordHashing:
    """Hash with Argon2id (RFC 9106); the default cost is OWASP's first choice: 19 MiB, two passes, one lane.

    Each call keeps one core busy for some 20 ms, so callers run it outside transactions and a few at a time.
    """

    memory_kib: int = 19_456
    passes: int = 2
    lanes: int = 1

    def hash(self, password: str) -> str:
        """Hash a password in its compatibility form (NFKC), so that it does not depend on the keyboard."""
        return self._argon2.hash(_normal(password))

    def verify(self, password: str, stored: str | None) -> bool:
        """Compare a password with a stored hash; with none to compare, do the same work and say no."""
        given = _normal(password[: LONGEST + 1])
        matches = self._argon2.verify(given, stored or self._nobodys_hash)
        return matches and stored is not None and len(password) <= LONGEST

    @cached_property
    def _argon2(self) -> PasswordHash:
        argon2 = Argon2Hasher(time_cost=self.passes, memory_cost=self.memory_kib, parallelism=self.lanes)
        return PasswordHash((argon2,))

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._argon2.hash("")


def _normal(password: str) -> bytes:
    # What no client can send in UTF-8 is still hashed, so that it takes as long as any wrong password.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
