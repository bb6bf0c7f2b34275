"""Hash unguessable tokens for storage."""

import hashlib


def token_digest(token: str) -> str:
    """Give SHA-256 in hex; a token of 256 unguessable bits needs neither salt nor key."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
