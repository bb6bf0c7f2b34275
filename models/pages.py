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


def cut_whole(
    rows: Sequence[T], limit: int, *, number: Callable[[T], int], rest: Callable[[int], Sequence[T]]
) -> tuple[Sequence[T], bool]:
    """Make a page out of up to `limit + 1` rows that never divides those of one number; tell whether more may follow.

    Where the rows of its first number alone are more than the limit, `rest` reads all of them.
    """
    if len(rows) <= limit:
        return rows, False
    cut_at = number(rows[limit])
    return [row for row in rows if number(row) < cut_at] or rest(cut_at), True
