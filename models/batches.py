"""Keep acts on many cases at once, each case with its own result, and what moderators choose to look after."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Field, Index

from models.base import Table, document, enumeration, new_id
from models.cases import Verdict


class BatchState(StrEnum):
    """Name how far a batch is: cases are gathered, then decided one by one, and perhaps taken back one by one."""

    GATHERING = "gathering"
    DECIDING = "deciding"
    DONE = "done"
    REVERSING = "reversing"
    REVERSED = "reversed"


class ResultState(StrEnum):
    """Name what became of one case of a batch."""

    WAITING = "waiting"
    DECIDED = "decided"
    REFUSED = "refused"
    REVERSED = "reversed"
    KEPT = "kept"
    SKIPPED = "skipped"
    FAILED = "failed"


class Batch(Table, table=True):
    """Keep a verdict for all cases that a filter names; those gathered so far end with `gathered_to`."""

    __tablename__ = "batches"
    __table_args__ = (Index("ix_batches_state", "state"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_by: UUID = Field(foreign_key="users.id")
    filter: dict[str, Any] = Field(sa_type=document())
    verdict: Verdict = Field(sa_type=enumeration(Verdict, "verdict"))
    reason: str | None = Field(default=None, max_length=32)
    note: str | None = None
    state: BatchState = Field(sa_type=enumeration(BatchState, "state"), default=BatchState.GATHERING)
    gathered_to: UUID | None = None
    created_at: datetime
    finished_at: datetime | None = None
    reversed_by: UUID | None = Field(default=None, foreign_key="users.id")
    reversal_reason: str | None = Field(default=None, max_length=32)
    reversal_note: str | None = None


class BatchResult(Table, table=True):
    """Keep one case of a batch with what became of it; `code` names the refusal where there was one."""

    __tablename__ = "batch_results"
    __table_args__ = (Index("ix_batch_results_batch_id_state", "batch_id", "state"),)

    batch_id: UUID = Field(foreign_key="batches.id", primary_key=True)
    case_id: UUID = Field(foreign_key="cases.id", primary_key=True)
    revision: int
    state: ResultState = Field(sa_type=enumeration(ResultState, "state"), default=ResultState.WAITING)
    decision_id: UUID | None = Field(default=None, foreign_key="decisions.id")
    code: str | None = Field(default=None, max_length=64)


class ModerationScope(Table, table=True):
    """Keep which sections and languages a moderator looks after; an empty list means all."""

    __tablename__ = "moderation_scopes"

    user_id: UUID = Field(foreign_key="users.id", primary_key=True)
    sections: list[str] = Field(sa_type=document())
    languages: list[str] = Field(sa_type=document())
    version: int = 1
