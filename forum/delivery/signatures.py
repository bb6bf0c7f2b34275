"""Sign what is sent out, as Standard Webhooks say (https://www.standardwebhooks.com)."""

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

PREFIX = "whsec_"


def secret_bytes(secret: str) -> bytes:
    """Read a secret: `whsec_` and base64, or plain text that is taken as it is."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("what follows whsec_ is not base64") from None


def signature_headers(secrets: Iterable[bytes], message_id: str, body: bytes, *, now: datetime) -> dict[str, str]:
    """Give the headers that say who sent a body, when, and under which id it may come again.

    There is a signature for each secret, so that a receiver may know the old one or the new one.
    """
    timestamp = str(int(now.timestamp()))
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    signatures = [base64.b64encode(hmac.digest(secret, signed, sha256)).decode() for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
