"""Describe a verdict on its way to a subject, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from models.cases import Verdict
from models.instants import format_instant


class Remembered(NamedTuple):
    """Hold a subject that is locked now, an object or a row, so that nobody reads it anew, and how it stands."""

    subject: Any
    stands: dict[str, Any]


@dataclass(frozen=True)
class Settlement:
    """Hold what is to be settled: a locked subject, its revision, what the verdict means for it, whether for a review.

    A verdict that means nothing for the text leaves it as it stands. `is_new` holds where the words never waited.
    """

    subject: Any
    revision: int
    meaning: Verdict | None
    is_review: bool
    is_new: bool
    now: datetime


@dataclass(frozen=True)
class Outcome:
    """Hold from where to where the status went, and which open cases about the subject that settled too."""

    status_from: str
    status_to: str
    voided: Sequence[UUID] = ()


@dataclass(frozen=True)
class Restoration:
    """Hold what is to be restored: the subject and the revision decided about, from where, and how it stood before."""

    subject_id: UUID
    revision: int
    status: str
    prior: dict[str, Any]
    now: datetime


@dataclass(frozen=True)
class Restored:
    """Hold the revision that a case which waits, or one about public words, asks about after a reversal."""

    waiting: int
    shown: int


def written_instant(instant: datetime | None) -> str | None:
    """Write an instant down among what is remembered of a subject."""
    return format_instant(instant) if instant else None


def read_instant(instant: str | None) -> datetime | None:
    """Read an instant back from what was remembered of a subject."""
    return datetime.fromisoformat(instant) if instant else None
