"""Keep what stands beside the log of decisions: how things stood before, what took a decision back, and remarks."""

from typing import Any
from uuid import UUID

from sqlmodel import Field

from models.base import Table, document


class Prior(Table, table=True):
    """Keep how the subject and the other cases about it stood before a decision, so that it can be taken back."""

    __tablename__ = "priors"

    decision_id: UUID = Field(foreign_key="decisions.id", primary_key=True)
    subject: dict[str, Any] = Field(sa_type=document())
    case_ids: list[str] = Field(sa_type=document())


class Reversal(Table, table=True):
    """Name the decision that took another back; a decision is taken back once at most."""

    __tablename__ = "reversals"

    decision_id: UUID = Field(foreign_key="decisions.id", primary_key=True)
    reversal_id: UUID = Field(foreign_key="decisions.id", unique=True)


class Remarks(Table, table=True):
    """Keep the remarks, each on a span of the text, with which a decision asks for changes."""

    __tablename__ = "remarks"

    decision_id: UUID = Field(foreign_key="decisions.id", primary_key=True)
    remarks: list[dict[str, Any]] = Field(sa_type=document())
