"""A page of the queue is a range of an index, whatever is asked for and however many cases wait: nothing is sorted."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, col

from auth.identity import Identity
from forum.moderation.queue import CaseFilter, list_cases, summarize
from models.base import new_id
from models.cases import Case, CaseKind, CaseState, SubjectType
from models.pages import Key
from models.users import Role
from tests.plans import plans
from tests.service import START, Service

MODERATOR = Identity(new_id(), new_id(), frozenset({Role.MODERATOR}), "إشراف", "ar")
LATER: Key = (-3, START.isoformat(), str(new_id()))
FILTERS = {
    "all that is open": CaseFilter(),
    "one kind": CaseFilter(kind=CaseKind.COMMENT),
    "below one article": CaseFilter(article_id=new_id()),
    "what was decided": CaseFilter(state=CaseState.DECIDED),
    "what went away": CaseFilter(state=CaseState.VOID),
    "what nobody holds": CaseFilter(others=[col(Case.claimed_by).is_(None)]),
}


class TestPlans:
    @pytest.mark.parametrize("after", [None, LATER], ids=["first page", "later page"])
    @pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
    def test_no_page_sorts(self, service: Service, wanted: CaseFilter, after: Key | None) -> None:
        def page(session: Session) -> None:
            list_cases(session, wanted, identity=MODERATOR, after=after, limit=50)

        (plan,) = service.read(plans, page)
        assert "sort" not in plan.lower()
        assert "temp b-tree" not in plan.lower()

    def test_the_summary_goes_through_no_cases_but_those_due_in_this_hour(self, service: Service, engine: str) -> None:
        def summary(session: Session) -> None:
            summarize(session, identity=MODERATOR, now=START + timedelta(minutes=50))

        author = service.person()
        about = {"subject_type": SubjectType.COMMENT, "author_id": author.id, "revision": 1, "opened_at": START}
        numbers = range(400)
        cases = [
            Case(kind=list(CaseKind)[n % 5], subject_id=new_id(), due_at=START + timedelta(hours=n), **about)
            for n in numbers
        ]
        service.write(lambda session: session.add_all(cases))
        service.write(lambda session: session.execute(text("ANALYZE")))
        added_up, late, oldest = service.read(plans, summary)
        assert "case_tallies" in added_up
        assert "on cases" not in added_up
        of_index = "COVERING INDEX ix_cases_open_due_at (kind=? AND due_at>? AND due_at<?)"
        of_condition = "Index Cond: ((kind = '"
        assert late.count(of_index if engine == "sqlite" else of_condition) == len(CaseKind)
        assert late.count("ix_cases_open_due_at") == len(CaseKind)
        assert "ix_cases_open_opened_at" in oldest
        assert "sort" not in (late + oldest).lower()
        assert "temp b-tree" not in (late + oldest).lower()
