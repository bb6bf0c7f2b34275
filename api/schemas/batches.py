"""Shape acts on many cases at once."""

from typing import Any
from uuid import UUID

from pydantic import Field

from api.schemas.moderation import CasePublic, DecisionCreate, DecisionPublic
from api.schemas.types import Answer, Closed, Instant, SafeText
from forum.moderation.batches import Naming, Order
from forum.moderation.reversals import Retraction
from models.articles import SLUG_LENGTH
from models.batches import Batch, BatchState, ResultState
from models.cases import NOTE_LENGTH, CaseKind, Reason, Verdict
from models.instants import format_instant

MOST_DECISIONS = 100


class ListedDecision(DecisionCreate):
    """Decide one of several cases."""

    case_id: UUID


class DecisionsCreate(Closed):
    """Decide several cases, each on its own."""

    decisions: list[ListedDecision] = Field(min_length=1, max_length=MOST_DECISIONS)


class DecisionResult(Answer):
    """Show what became of one of several decisions: the decision, or the refusal as it would come alone."""

    case_id: UUID
    status: int
    decision: DecisionPublic | None = None
    problem: dict[str, Any] | None = None


class DecisionResults(Answer):
    """Hold the results of several decisions, in the order asked."""

    results: list[DecisionResult]


class NamingGiven(Closed):
    """Name cases; at least one of these."""

    author: UUID | None = None
    article: str | None = Field(default=None, max_length=SLUG_LENGTH, description="Id or slug.")
    kind: CaseKind | None = None
    rule: UUID | None = Field(default=None, description="The screening rule that held them.")


class BatchCreate(Closed):
    """Say what to do with the named cases."""

    filter: NamingGiven
    verdict: Verdict
    reason: Reason | None = Field(default=None, description="Needed to reject, mark as spam or ask for changes.")
    note: SafeText | None = Field(default=None, max_length=NOTE_LENGTH, description="Shown to the authors.")

    def order(self, article_id: UUID | None) -> Order:
        """Give the order as the verb takes it, for the article that the filter names."""
        naming = Naming(self.filter.author, article_id, self.filter.kind, self.filter.rule)
        return Order(naming, self.verdict, self.reason, self.note)


class BatchReversal(Closed):
    """Take a batch back."""

    reason: Reason = Reason.OTHER
    note: SafeText | None = Field(default=None, max_length=NOTE_LENGTH)

    def retraction(self) -> Retraction:
        """Give the retraction as the verb takes it."""
        return Retraction(self.reason, self.note)


class BatchPreview(Answer):
    """Show how many cases a batch would decide, and the most urgent of them."""

    count: int
    sample: list[CasePublic]


class BatchPublic(Answer):
    """Show a batch and how far it is; `counts` are its cases by what became of them."""

    id: UUID
    state: BatchState
    filter: dict[str, str | None]
    verdict: Verdict
    reason: Reason | None
    note: str | None
    by: UUID
    reversed_by: UUID | None
    created_at: Instant
    finished_at: Instant | None
    counts: dict[str, int]


class BatchResultPublic(Answer):
    """Show what became of one case: the decision, or the refusal as it would come alone."""

    case_id: UUID
    state: ResultState
    decision_id: UUID | None
    problem: dict[str, Any] | None


class BatchProgress(BatchPublic):
    """Show a batch with a page of its results."""

    items: list[BatchResultPublic]
    next: str | None


def batch_fields(batch: Batch, counts: dict[ResultState, int]) -> dict[str, Any]:
    """Shape a batch."""
    return {
        "id": str(batch.id),
        "state": batch.state,
        "filter": batch.filter,
        "verdict": batch.verdict,
        "reason": batch.reason,
        "note": batch.note,
        "by": str(batch.created_by),
        "reversed_by": str(batch.reversed_by) if batch.reversed_by else None,
        "created_at": format_instant(batch.created_at),
        "finished_at": format_instant(batch.finished_at) if batch.finished_at else None,
        "counts": {state.value: count for state, count in counts.items()},
    }
