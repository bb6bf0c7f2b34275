"""Prove that open cases are counted without being gone through, whatever becomes of them and of the rows that count."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import psycopg
import pytest
from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, func, select

from forum.moderation.tallies import FOLDED_AT_ONCE, MOST_ROWS, fold_tallies, has_many_tallies, tally_cases
from models.base import new_id
from models.cases import Case, CaseKind, CaseState, CaseTally, SubjectType
from models.following import CaseEvent
from tests.service import START, Person, Service

# Some in the hour that runs, some days ago, some in days to come.
DUE = [timedelta(minutes=minutes) for minutes in (-20_000, -3_000, -61, -31, -30, -29, 0, 1, 31, 900, 4_000)]
NOW = START + timedelta(minutes=30)


@pytest.fixture
def author(service: Service) -> Person:
    """Open the account that all cases here are about."""
    return service.person()


def opened(author: Person, kind: CaseKind, due_at: datetime, state: CaseState = CaseState.OPEN) -> Case:
    """Make a case."""
    about = {"subject_type": SubjectType.COMMENT, "subject_id": new_id(), "author_id": author.id, "revision": 1}
    return Case(kind=kind, state=state, opened_at=START, due_at=due_at, **about)


def counted(session: Session) -> dict[CaseKind, tuple[int, int]]:
    """Count the cases themselves: the open ones of each kind, and those that are late."""
    cases = session.exec(select(Case).where(col(Case.state) == CaseState.OPEN)).all()
    every, late = Counter(case.kind for case in cases), Counter(case.kind for case in cases if case.due_at < NOW)
    return {kind: (every[kind], late[kind]) for kind in CaseKind}


def tallied(session: Session) -> dict[CaseKind, tuple[int, int]]:
    """Give what the tallies say."""
    return {kind: (tally.open, tally.overdue) for kind, tally in tally_cases(session, now=NOW).items()}


def rows(session: Session) -> int:
    """Count the rows that count."""
    return session.exec(select(func.count()).select_from(CaseTally)).one()


def fold(session: Session) -> None:
    """Fold as the chore does."""
    fold_tallies(session, now=NOW)


class TestCounts:
    def test_they_are_right_whatever_becomes_of_cases_and_whenever_they_are_folded(
        self, service: Service, author: Person
    ) -> None:
        random = Random(7)

        def live(session: Session) -> None:
            ids = session.exec(select(Case.id)).all()
            for _ in range(30):
                kind, state = random.choice(list(CaseKind)), random.choice(list(CaseState))
                session.add(opened(author, kind, NOW + random.choice(DUE), state))
            session.flush()
            for case_id in random.sample(ids, min(20, len(ids))):
                values = random.choice(
                    [
                        {"state": random.choice(list(CaseState))},
                        {"due_at": NOW + random.choice(DUE)},
                        {"kind": random.choice(list(CaseKind)), "state": CaseState.OPEN},
                        {"queue_rank": -3},
                    ]
                )
                session.execute(update(Case).where(col(Case.id) == case_id).values(**values))
            for case_id in random.sample(ids, min(3, len(ids))):
                session.execute(delete(CaseEvent).where(col(CaseEvent.case_id) == case_id))
                session.execute(delete(Case).where(col(Case.id) == case_id))

        for turn in range(6):
            service.write(live)
            if turn % 2:
                service.write(fold)
            assert service.read(tallied) == service.read(counted)

    def test_a_fault_undoes_what_was_counted_with_what_was_done(self, service: Service, author: Person) -> None:
        def fail(session: Session) -> None:
            session.add(opened(author, CaseKind.REPORT, NOW))
            session.flush()
            raise RuntimeError

        with pytest.raises(RuntimeError):
            service.write(fail)
        assert service.read(rows) == 0


class TestFolding:
    def test_kinds_and_hours_keep_one_row_each_and_what_is_long_overdue_one_of_each_kind(
        self, service: Service, author: Person
    ) -> None:
        def live(session: Session) -> None:
            for due in DUE:
                session.add_all([opened(author, CaseKind.COMMENT, NOW + due) for _ in range(3)])
                session.add(opened(author, CaseKind.REPORT, NOW + due))

        service.write(live)
        assert service.read(rows) == 4 * len(DUE)
        service.write(fold)
        hours = {(NOW + due).replace(minute=0) for due in DUE if due > timedelta(days=-1)}
        assert service.read(rows) == 2 * (len(hours) + 1)
        assert service.read(tallied) == service.read(counted)

    def test_what_comes_to_nothing_leaves_no_row(self, service: Service, author: Person) -> None:
        service.write(lambda session: session.add(opened(author, CaseKind.COMMENT, NOW)))
        service.write(lambda session: session.execute(update(Case).values(state=CaseState.VOID)))
        assert service.read(rows) == 2
        service.write(fold)
        assert service.read(rows) == 0

    def test_the_chore_folds_once_there_are_many(self, service: Service, author: Person) -> None:
        assert service.client.portal is not None

        def live(session: Session) -> None:
            earlier = {"kind": CaseKind.COMMENT, "hour_at": START - timedelta(hours=1), "change": 1}
            session.execute(insert(CaseTally), [earlier] * MOST_ROWS)

        service.write(live)
        assert not service.read(has_many_tallies)
        service.client.portal.call(service.app.state.chores.fold_tallies)
        assert service.read(rows) == MOST_ROWS
        for _ in range(FOLDED_AT_ONCE // MOST_ROWS):
            service.write(live)
        service.write(lambda session: session.add(opened(author, CaseKind.COMMENT, NOW)))
        service.client.portal.call(service.app.state.chores.fold_tallies)
        assert service.read(rows) == 2
        late = MOST_ROWS + FOLDED_AT_ONCE
        assert service.read(tallied)[CaseKind.COMMENT] == (late + 1, late)

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_hours_are_those_of_utc_wherever_who_writes_is_at_home(
        self, service: Service, author: Person, database_url: str
    ) -> None:
        service.write(lambda session: session.add_all([opened(author, CaseKind.COMMENT, NOW + due) for due in DUE]))
        with psycopg.connect(database_url) as other:
            other.execute("SET timezone TO 'Asia/Kolkata'")
            other.execute("UPDATE cases SET due_at = due_at + interval '1 minute'")
        assert service.read(tallied) == service.read(counted)

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_who_folds_waits_for_nobody_and_takes_no_row_that_another_folds(
        self, service: Service, author: Person, database_url: str
    ) -> None:
        service.write(lambda session: session.add(opened(author, CaseKind.COMMENT, NOW)))
        with psycopg.connect(database_url) as other:
            other.execute("SELECT 1 FROM case_tallies FOR UPDATE")
            service.write(lambda session: session.add(opened(author, CaseKind.COMMENT, NOW)))
            service.write(lambda session: session.add(opened(author, CaseKind.COMMENT, NOW)))
            service.write(fold)
            assert service.read(rows) == 2
        assert service.read(tallied) == service.read(counted)
