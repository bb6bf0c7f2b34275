"""Write a comment's place in its thread as text that sorts in display order.

A path is one segment of 22 characters for each comment from the root down: its id in a base 64 whose digits sort as
ASCII does. Ids rise with time, so siblings sort by age and every comment sorts behind its parent, before the next
sibling of any ancestor.
"""

from base64 import b64decode, b64encode
from uuid import UUID

SEGMENT = 22
_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SORTED = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_TO_SORTED = bytes.maketrans(_STANDARD, _SORTED)
_TO_STANDARD = bytes.maketrans(_SORTED, _STANDARD)
_FLIPPED = bytes(255 - byte for byte in range(256))


def segment_of(comment_id: UUID) -> str:
    """Give the segment of one comment."""
    return _segment(comment_id.bytes)


def newest_first(path: str) -> str:
    """Give the path that sorts the newest root first and everything below a root as before."""
    return _segment(_id_bytes(path[:SEGMENT]).translate(_FLIPPED)) + path[SEGMENT:]


def ancestors_of(path: str) -> list[UUID]:
    """Give the ids above the comment at this path, the root first."""
    starts = range(0, len(path) - SEGMENT, SEGMENT)
    return [UUID(bytes=_id_bytes(path[start : start + SEGMENT])) for start in starts]


def _segment(raw: bytes) -> str:
    return b64encode(raw).rstrip(b"=").translate(_TO_SORTED).decode("ascii")


def _id_bytes(segment: str) -> bytes:
    return b64decode(segment.encode("ascii").translate(_TO_STANDARD) + b"==")
