"""Act on all cases that a filter names: a batch gathers them, decides each alone, and can be taken back as one.

Every step is a short transaction that leaves the batch in order, so that work goes on after a restart where it stopped:
cases are gathered by slices, then each is decided in a transaction of its own with its result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, func, insert, update
from sqlmodel import Session, col, select

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows
from forum.moderation.absence import absent_identity
from forum.moderation.cases import EDITORIAL, IS_OPEN
from forum.moderation.decisions import Ruling, decide
from forum.moderation.queue import CaseView, known_to, views
from forum.moderation.reversals import OWN_WINDOW, Retraction, reverse
from forum.moderation.transitions import MEANINGS, needs_reason
from models.base import new_id
from models.batches import Batch, BatchResult, BatchState, ResultState
from models.cases import Case, CaseKind, Reason, Verdict
from models.errors import Forbidden, ForumError, Invalid, NotFound, Overloaded, Refused, StorageFull, Unavailable
from models.pages import Key, Page, cut
from models.users import User

GATHERED_AT_ONCE = 200
WORKED_AT_ONCE = 4
SAMPLE = 10
UNFINISHED = (BatchState.GATHERING, BatchState.DECIDING, BatchState.REVERSING)
# The engine's state rather than the case's: the step is tried again.
PASSING = (Overloaded, Unavailable, StorageFull)


@dataclass(frozen=True)
class Naming:
    """Name cases: by author, article, kind and the screening rule that held them, all of what is given."""

    author_id: UUID | None = None
    article_id: UUID | None = None
    kind: CaseKind | None = None
    rule_id: UUID | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the form in which it is stored and shown."""
        return {
            "author": str(self.author_id) if self.author_id else None,
            "article": str(self.article_id) if self.article_id else None,
            "kind": self.kind,
            "rule": str(self.rule_id) if self.rule_id else None,
        }


@dataclass(frozen=True)
class Order:
    """Hold what is to be done with the named cases."""

    naming: Naming
    verdict: Verdict
    reason: Reason | None = None
    note: str | None = None


@dataclass(frozen=True)
class Work:
    """Hold what a batch needs next: `case_ids` are those to decide or take back, none while it gathers or ends."""

    batch_id: UUID
    state: BatchState
    case_ids: Sequence[UUID]


def preview(session: Session, order: Order, *, identity: Identity) -> tuple[int, list[CaseView]]:
    """Count the cases that a batch would decide and show the most urgent of them; raise Invalid."""
    _demand_sound(order)
    conditions = [*_named(order.naming.as_json(), order.verdict), *known_to(identity)]
    count = session.execute(select(func.count()).select_from(Case).where(*conditions)).scalar_one()
    return count, views(session, conditions, limit=SAMPLE)


def create_batch(session: Session, order: Order, *, identity: Identity, now: datetime) -> Batch:
    """Begin a batch; the work is done in the background. Raises Invalid."""
    _demand_sound(order)
    batch = Batch(
        id=new_id(),
        created_by=identity.user_id,
        filter=order.naming.as_json(),
        verdict=order.verdict,
        reason=order.reason,
        note=order.note,
        created_at=now,
    )
    session.add(batch)
    session.flush()
    return batch


def find_batch(session: Session, batch_id: UUID) -> Batch:
    """Give a batch; raise NotFound."""
    batch = session.get(Batch, batch_id)
    if batch is None:
        raise NotFound
    return batch


def count_results(session: Session, batch_id: UUID) -> dict[ResultState, int]:
    """Count the cases of a batch by what became of them."""
    rows = session.execute(
        select(col(BatchResult.state), func.count())
        .where(col(BatchResult.batch_id) == batch_id)
        .group_by(col(BatchResult.state))
    ).all()
    return dict.fromkeys(ResultState, 0) | {row[0]: row[1] for row in rows}


def list_results(session: Session, batch_id: UUID, *, after: Key | None, limit: int) -> Page[BatchResult]:
    """Give a page of the cases of a batch with their results."""
    statement = select(BatchResult).where(col(BatchResult.batch_id) == batch_id)
    if after is not None:
        statement = statement.where(col(BatchResult.case_id) > UUID(str(after[0])))
    rows = session.exec(statement.order_by(col(BatchResult.case_id)).limit(limit + 1)).all()
    return cut(rows, limit, lambda row: (str(row.case_id),))


def take_back(session: Session, batch_id: UUID, retraction: Retraction, *, identity: Identity, now: datetime) -> Batch:
    """Stop a batch and take back what it decided: one's own within a quarter of an hour, or any as an editor.

    Raises NotFound, Forbidden, and illegal_transition where that was asked for before.
    """
    batch = session.get(Batch, batch_id, with_for_update=True)
    if batch is None:
        raise NotFound
    is_in_time = now - (batch.finished_at or now) <= OWN_WINDOW
    is_own = batch.created_by == identity.user_id and is_in_time
    if not is_own and not allows(identity, Permission.DECISION_REVERSE_ANY):
        raise Forbidden
    if batch.state in {BatchState.REVERSING, BatchState.REVERSED}:
        raise Refused("illegal_transition")
    batch.state = BatchState.REVERSING
    batch.reversed_by, batch.reversal_reason, batch.reversal_note = (
        identity.user_id,
        retraction.reason,
        retraction.note,
    )
    session.flush()
    return batch


def next_work(session: Session) -> Work | None:
    """Give what the oldest unfinished batch needs next, or nothing."""
    batch = session.exec(select(Batch).where(col(Batch.state).in_(UNFINISHED)).order_by(col(Batch.id)).limit(1)).first()
    if batch is None:
        return None
    wanted = {BatchState.DECIDING: ResultState.WAITING, BatchState.REVERSING: ResultState.DECIDED}.get(batch.state)
    case_ids = session.exec(
        select(col(BatchResult.case_id))
        .where(col(BatchResult.batch_id) == batch.id, col(BatchResult.state) == wanted)
        .limit(WORKED_AT_ONCE)
    ).all()
    return Work(batch.id, batch.state, list(case_ids))


def gather(session: Session, batch_id: UUID) -> None:
    """Add the next slice of named cases; the last slice lets deciding begin."""
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    if batch.state is not BatchState.GATHERING:
        return
    identity = _identity(session, batch.created_by)
    conditions = [*_named(batch.filter, batch.verdict), *known_to(identity), col(Case.opened_at) <= batch.created_at]
    if batch.gathered_to is not None:
        conditions.append(col(Case.id) > batch.gathered_to)
    rows = session.execute(
        select(col(Case.id), col(Case.revision)).where(*conditions).order_by(col(Case.id)).limit(GATHERED_AT_ONCE)
    ).all()
    if rows:
        values = [
            {"batch_id": batch_id, "case_id": row[0], "revision": row[1], "state": ResultState.WAITING} for row in rows
        ]
        session.execute(insert(BatchResult), values)
        batch.gathered_to = rows[-1][0]
    if len(rows) < GATHERED_AT_ONCE:
        batch.state = BatchState.DECIDING
    session.flush()


def decide_one(session: Session, batch_id: UUID, case_id: UUID, *, now: datetime) -> None:
    """Decide one case of a batch as who began it, if they still may, and keep the result."""
    batch = session.get_one(Batch, batch_id, with_for_update={"read": True})
    result = session.get_one(BatchResult, (batch_id, case_id), with_for_update=True)
    if batch.state is not BatchState.DECIDING or result.state is not ResultState.WAITING:
        return
    reason = Reason(batch.reason) if batch.reason else None
    ruling = Ruling(batch.verdict, result.revision, reason, batch.note)
    try:
        identity = absent_identity(session, batch.created_by, now=now)
        with session.begin_nested():
            decision, _ = decide(session, case_id, ruling, identity=identity, now=now)
        _keep(session, result, ResultState.DECIDED, decision_id=decision.id)
    except PASSING:
        raise
    except ForumError as error:
        _keep(session, result, ResultState.REFUSED, code=error.code)


def reverse_one(session: Session, batch_id: UUID, case_id: UUID, *, now: datetime) -> None:
    """Take back one decision of a batch and keep the result."""
    batch = session.get_one(Batch, batch_id, with_for_update={"read": True})
    result = session.get_one(BatchResult, (batch_id, case_id), with_for_update=True)
    if result.state is not ResultState.DECIDED or result.decision_id is None or batch.reversed_by is None:
        return
    retraction = Retraction(Reason(batch.reversal_reason or Reason.OTHER), batch.reversal_note)
    try:
        identity = absent_identity(session, batch.reversed_by, now=now)
        with session.begin_nested():
            reverse(session, result.decision_id, retraction, identity=identity, is_in_time=True, now=now)
        _keep(session, result, ResultState.REVERSED, decision_id=result.decision_id)
    except PASSING:
        raise
    except ForumError as error:
        _keep(session, result, ResultState.KEPT, decision_id=result.decision_id, code=error.code)


def fail_one(session: Session, batch_id: UUID, case_id: UUID) -> None:
    """Keep that one case could be neither decided nor taken back for a fault of ours, so that the others go on."""
    result = session.get_one(BatchResult, (batch_id, case_id), with_for_update=True)
    if result.state in {ResultState.WAITING, ResultState.DECIDED}:
        _keep(session, result, ResultState.FAILED, decision_id=result.decision_id, code="internal_error")


def finish(session: Session, batch_id: UUID, *, state: BatchState, now: datetime) -> None:
    """End a batch, or its reversal, whose cases all have their results; what never was decided is skipped.

    Nothing is done where the batch has left the state in which its cases were looked for.
    """
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    if batch.state is not state:
        return
    if batch.state is BatchState.REVERSING:
        session.execute(
            update(BatchResult)
            .where(col(BatchResult.batch_id) == batch_id, col(BatchResult.state) == ResultState.WAITING)
            .values(state=ResultState.SKIPPED)
        )
    ended = {BatchState.DECIDING: BatchState.DONE, BatchState.REVERSING: BatchState.REVERSED}
    batch.state = ended.get(batch.state, batch.state)
    batch.finished_at = now
    session.flush()


def _demand_sound(order: Order) -> None:
    if not any(order.naming.as_json().values()):
        raise Invalid("/filter", "too_few")
    if not _kinds(order.verdict) or (order.naming.kind and order.verdict not in MEANINGS.get(order.naming.kind, {})):
        raise Invalid("/verdict", "not_allowed")
    if needs_reason(order.verdict, order.reason):
        raise Invalid("/reason", "reason_required")


def _kinds(verdict: Verdict) -> list[CaseKind]:
    return [kind for kind, meanings in MEANINGS.items() if verdict in meanings]


def _named(naming: dict[str, Any], verdict: Verdict) -> list[ColumnElement[bool]]:
    """Give the conditions on Case for open cases that are named and take the verdict.

    What only editors decide has to be named by its kind, so that nobody becomes an expert along with their comments.
    """
    kinds = [naming["kind"]] if naming["kind"] else [kind for kind in _kinds(verdict) if kind not in EDITORIAL]
    conditions = [IS_OPEN, col(Case.kind).in_(kinds)]
    if naming["author"]:
        conditions.append(col(Case.author_id) == UUID(naming["author"]))
    if naming["article"]:
        conditions.append(col(Case.article_id) == UUID(naming["article"]))
    if naming["rule"]:
        # A hold that a rule caused names the rule; holds are read whole and never searched but for this.
        conditions.append(cast(col(Case.hold), String).contains(naming["rule"]))
    return conditions


def _identity(session: Session, user_id: UUID) -> Identity:
    """Stand for who began a batch in naming cases; whether they may decide is asked anew for each."""
    user = session.get_one(User, user_id)
    return Identity(user.id, user.id, user.roles, user.display_name, user.locale)


def _keep(
    session: Session,
    result: BatchResult,
    state: ResultState,
    *,
    decision_id: UUID | None = None,
    code: str | None = None,
) -> None:
    result.state, result.decision_id, result.code = state, decision_id, code
    session.flush()
