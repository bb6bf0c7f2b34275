"""Cut keyset pages: one row more than asked for tells whether there is a next page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Hold the rows of one page and the key of its last row where more follow."""

    rows: Sequence[T]
    next_key: Key | None


def cut(rows: Sequence[T], limit: int, key: Callable[[T], tuple[Any, ...]]) -> Page[T]:
    """Make a page of at most `limit` rows out of up to `limit + 1`."""
    if len(rows) <= limit:
        return Page(rows, None)
    kept = rows[:limit]
    return Page(kept, key(kept[-1]))
