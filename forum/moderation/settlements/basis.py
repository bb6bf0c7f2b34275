"""Describe a verdict on its way to a subject, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.cases import Verdict


@dataclass(frozen=True)
class Settlement:
    """Hold what is to be settled: the subject's revision, what the verdict means for it, and whether it is a review.

    A verdict that means nothing for the text leaves it as it stands. `is_new` holds where the words never waited.
    """

    subject_id: UUID
    revision: int
    meaning: Verdict | None
    is_review: bool
    is_new: bool
    now: datetime


@dataclass(frozen=True)
class Outcome:
    """Hold from where to where the status went."""

    status_from: str
    status_to: str
