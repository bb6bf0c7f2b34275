"""Show moderators what waits, the most urgent first, with all that it takes to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, tuple_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows
from forum.moderation.cases import EDITORIAL, IS_OPEN, IS_OPEN_ROW, find_case
from forum.moderation.subjects import Subject, load_subjects
from forum.moderation.tallies import tally_cases
from forum.moderation.transitions import allowed_verdicts
from models.base import columns_of, is_one_of
from models.cases import Case, CaseKind, CaseState, Verdict
from models.errors import NotFound
from models.pages import Key, Page, cut
from models.plain import Plain, row_of
from models.raw import IsAmong, id_text, instant_text, untyped
from models.reports import Appeal, Report

FIRST_LOOKED_AT = 10
_ASKED = ("id", "kind", "is_review", "subject_type", "subject_id", "article_id", "author_id", "revision")
_SHOWN = (*_ASKED, "hold", "state", "queue_rank", "opened_at", "due_at", "claimed_by", "claim_token")
# Written out like IS_OPEN, so that both engines see that the partial index of closed cases serves.
IS_CLOSED: ColumnElement[bool] = col(Case.state) != literal_column("'open'")

_row = row_of([*_SHOWN, "claim_until"])
_CASES, _REPORTED, _APPEALED = columns_of(Case), columns_of(Report), columns_of(Appeal)
# Made once and without types but for the one that is reckoned with: a page has a hundred rows on their way to JSON.
_IN_ORDER = select_columns(*(untyped(_CASES[name]) for name in _SHOWN), _CASES.claim_until).order_by(
    _CASES.queue_rank, _CASES.due_at, _CASES.id
)
_REPORTS = Plain(
    select_columns(*map(untyped, (_REPORTED.case_id, _REPORTED.reason, _REPORTED.detail, _REPORTED.reported_at)))
    .where(IsAmong(_REPORTED.case_id, "case_ids"))
    .order_by(_REPORTED.id)
)
_APPEALS = Plain(
    select_columns(*map(untyped, (_APPEALED.case_id, _APPEALED.statement, _APPEALED.appealed_at))).where(
        IsAmong(_APPEALED.case_id, "case_ids")
    )
)
_BY_AGE = Plain(
    select_columns(_CASES.kind, _CASES.opened_at).where(IS_OPEN_ROW).order_by(_CASES.opened_at).limit(FIRST_LOOKED_AT)
)


@dataclass(frozen=True)
class CaseView:
    """Hold a case, a row without types, with what it asks about, what came in about it, and the verdicts it takes."""

    case: Any
    subject: Subject
    reports: Sequence[Any]
    appeal: Any | None
    allowed_verdicts: Sequence[Verdict]


@dataclass(frozen=True)
class CaseFilter:
    """Name which cases of the queue are wanted; `others` are further conditions on Case."""

    state: CaseState = CaseState.OPEN
    kind: CaseKind | None = None
    article_id: UUID | None = None
    others: Sequence[ColumnElement[bool]] = ()


@dataclass(frozen=True)
class Summary:
    """Count what waits."""

    open: dict[str, int]
    overdue: int
    oldest_opened_at: datetime | None


def view_case(session: Session, case_id: UUID, identity: Identity) -> CaseView:
    """Give one case with what it asks about; raise NotFound."""
    find_case(session, case_id, identity)
    page = views(session, [col(Case.id) == case_id], limit=1)
    if not page:
        raise NotFound
    return page[0]


def list_cases(
    session: Session, wanted: CaseFilter, *, identity: Identity, after: Key | None, limit: int
) -> Page[CaseView]:
    """Give a page of the cases that exist for somebody, by rank, due time and id."""
    is_closed_so = [IS_CLOSED, is_one_of(col(Case.state), [wanted.state])]
    conditions = [*([IS_OPEN] if wanted.state is CaseState.OPEN else is_closed_so), *known_to(identity), *wanted.others]
    if wanted.kind is not None:
        conditions.append(col(Case.kind) == wanted.kind)
    if wanted.article_id is not None:
        conditions.append(col(Case.article_id) == wanted.article_id)
    if after is not None:
        rank, due_at, case_id = after
        key = (int(rank), datetime.fromisoformat(str(due_at)), UUID(str(case_id)))
        conditions.append(tuple_(col(Case.queue_rank), col(Case.due_at), col(Case.id)) > tuple_(*key))
    return cut(views(session, conditions, limit=limit + 1), limit, _key)


def known_to(identity: Identity) -> list[ColumnElement[bool]]:
    """Give the conditions on Case for what somebody may know of: analyses and applications are for editors."""
    return [] if allows(identity, Permission.CASE_READ_EDITORIAL) else [col(Case.kind).not_in(EDITORIAL)]


def kinds_known_to(identity: Identity) -> list[CaseKind]:
    """Give the kinds of case that exist for somebody."""
    is_editor = allows(identity, Permission.CASE_READ_EDITORIAL)
    return [kind for kind in CaseKind if is_editor or kind not in EDITORIAL]


def summarize(session: Session, *, identity: Identity, now: datetime) -> Summary:
    """Count the open cases that exist for somebody."""
    known = kinds_known_to(identity)
    tallies = tally_cases(session, now=now)
    counts = {kind.value: tally.open if kind in known else 0 for kind, tally in tallies.items()}
    overdue = sum(tallies[kind].overdue for kind in known)
    return Summary(counts, overdue, _oldest(session, known) if any(counts.values()) else None)


def _oldest(session: Session, known: Sequence[CaseKind]) -> datetime | None:
    """Give the time at which the oldest open case of some kinds was opened."""
    # Almost always the first is of a kind that is known, and no index leads to the first of several kinds.
    for row in _BY_AGE.rows(session, {}):
        if row.kind in known:
            opened_at: datetime = row.opened_at
            return opened_at
    least = select_columns(func.min(col(Case.opened_at))).where(IS_OPEN, col(Case.kind).in_(known))
    oldest: datetime | None = session.execute(least).scalar_one()
    return oldest


def views(session: Session, conditions: Sequence[ColumnElement[bool]], *, limit: int) -> list[CaseView]:
    """Give the most urgent cases under conditions, each with all that it takes to decide."""
    cases = [*starmap(_row, session.connection().execute(_IN_ORDER.where(*conditions).limit(limit)))]
    subjects = load_subjects(session, cases)
    reports = _about(session, cases, CaseKind.REPORT, _REPORTS)
    appeals = _about(session, cases, CaseKind.APPEAL, _APPEALS)
    return [
        CaseView(
            case,
            subjects[case.id],
            reports.get(case.id, ()),
            appeals[case.id][0] if case.id in appeals else None,
            _verdicts(case, subjects[case.id]),
        )
        for case in cases
    ]


def _key(view: CaseView) -> tuple[int, str, str]:
    return view.case.queue_rank, instant_text(view.case.due_at), id_text(view.case.id)


def _about(session: Session, cases: Sequence[Any], kind: CaseKind, statement: Plain) -> dict[Any, list[Any]]:
    """Give what came in about the cases of a kind, by their ids."""
    found: dict[Any, list[Any]] = {}
    if case_ids := [case.id for case in cases if case.kind == kind]:
        for row in statement.rows(session, {"case_ids": case_ids}):
            found.setdefault(row.case_id, []).append(row)
    return found


def _verdicts(case: Any, subject: Subject) -> Sequence[Verdict]:
    if case.state != CaseState.OPEN:
        return ()
    return allowed_verdicts(case.kind, subject.status if case.is_review else subject.revision_status)
