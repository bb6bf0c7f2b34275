"""A page of a thread costs its page: three statements at most, over ranges of indexes, whatever the discussion."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlmodel import Session

from forum.discussion.drafts import prepare
from forum.discussion.pages import thread_page
from forum.discussion.places import Place
from forum.discussion.posting import post_comment
from forum.discussion.sorting import Sort
from models.comments import DEEPEST, Kind
from models.pages import Key
from tests.forum.discussion.public_view import SORTS
from tests.forum.discussion.trees import identity_of
from tests.service import Person, Service

MOST_STATEMENTS = 3
# The chores look into the database beside a page, on a slow machine during several readings of one.
MOST_READINGS = 20
BATCH = 50
Statement = tuple[str, Any]


@contextmanager
def executed(by: Connection | None = None) -> Iterator[list[Statement]]:
    """Collect the statements that a connection, or any, executes within a block."""
    statements: list[Statement] = []

    def collect(sender: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if by in (None, sender):
            statements.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", collect)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", collect)


def write_chain(service: Service, author: Person, length: int) -> Any:
    """Write a discussion in which each comment answers the one before, and give its article."""
    article = service.article(discussion={"moderation": "post"})
    identity, article_id = identity_of(author), UUID(article["id"])

    def verb(session: Session, above: UUID | None, numbers: range) -> UUID | None:
        for number in numbers:
            draft = prepare(f"رد رقم {number}", kind=Kind.REMARK, quote=None)
            posted = post_comment(session, Place(article_id, above), draft, identity=identity, now=service.clock())
            above = posted.comment.id
        return above

    last = None
    for start in range(0, length, BATCH):
        last = service.write(verb, last, range(start, min(start + BATCH, length)))
    return article


def read_all(service: Service, article: Any, sort: str) -> list[Any]:
    """Read a whole thread in pages of 50, and say how many statements each took.

    Other work of the process may fall between, so a page that took more is read anew, and one quiet reading counts; an
    unknown parameter leads past what is kept of earlier answers.
    """
    pages: list[Any] = []
    path = f"/v1/articles/{article['id']}/comments?sort={sort}"
    while path:
        for reading in range(MOST_READINGS):
            with executed() as statements:
                page = service.nobody.get(f"{path}&reading={reading}")
            if len(statements) <= MOST_STATEMENTS:
                break
        assert 0 < len(statements) <= MOST_STATEMENTS, (sort, len(pages), statements)
        pages.append(page.json())
        path = f"/v1/articles/{article['id']}/comments?sort={sort}&cursor={page.json()['next']}"
        if page.json()["next"] is None:
            break
    return pages


def check_chain(service: Service, author: Person, length: int) -> None:
    """Write a chain, read it in every order and see that it is whole."""
    article = write_chain(service, author, length)
    bodies = [f"رد رقم {number}" for number in range(length)]
    depths = [min(number, DEEPEST) for number in range(length)]
    for sort in SORTS:
        items = [item for page in read_all(service, article, sort) for item in page["items"]]
        assert [item["body"] for item in items] == bodies, sort
        assert [item["depth"] for item in items] == depths, sort
        assert items[DEEPEST - 1]["reply_count"] == length - DEEPEST
    [*_, last] = items
    assert last["in_reply_to"] == items[-2]["id"]
    assert service.nobody.get(f"/v1/articles/{article['id']}").json()["counts"]["comments"] == length
    path = f"/v1/comments/{items[0]['id']}"
    assert author.delete(path).status_code == 204
    assert service.nobody.get(f"/v1/articles/{article['id']}/comments").json()["items"][0]["tombstone"] == "withdrawn"


class TestStatements:
    def test_page_takes_three_statements_at_most_in_every_order(self, service: Service, member: Person) -> None:
        check_chain(service, member, 60)

    @pytest.mark.drill
    @pytest.mark.timeout(2_400)
    def test_ten_thousand_replies_in_one_chain_break_nothing(self, service: Service, member: Person) -> None:
        check_chain(service, member, 10_000)


class TestPlans:
    @pytest.mark.parametrize("is_first", [True, False], ids=["first page", "later page"])
    def test_page_is_a_range_of_an_index(self, service: Service, member: Person, engine: str, is_first: bool) -> None:
        article = write_chain(service, member, 3)
        for sort in Sort:
            plan = service.read(plan_of, UUID(article["id"]), sort=sort, is_first=is_first, engine=engine)
            reads_all = "Seq Scan" if engine == "postgresql" else "SCAN comments"
            assert reads_all not in plan, (sort, plan)
            # What has been cut at a page already may be sorted.
            before_sorts = re.findall(r"(.*)\n.*TEMP B-TREE FOR ORDER BY", plan)
            assert all("SCAN anon" in step for step in before_sorts), (sort, plan)
            assert ("ix_comments_top" if sort is Sort.TOP else "ix_comments_") in plan, (sort, plan)

    def test_roots_of_one_rank_are_gone_on_with_where_the_page_before_ended(
        self, service: Service, member: Person, engine: str
    ) -> None:
        article = write_chain(service, member, 3)
        plan = service.read(plan_of, UUID(article["id"]), sort=Sort.TOP, is_first=False, engine=engine)
        assert re.search(r"rank ?= ?[^A]* AND \(?id ?> ?", plan), plan

    def test_what_comes_behind_a_page_is_not_read_for_it(self, service: Service, member: Person, engine: str) -> None:
        article = write_chain(service, member, 3)
        plan = service.read(plan_of, UUID(article["id"]), sort=Sort.TOP, is_first=False, engine=engine)
        # The rest of a root, the roots of its rank and those below, and then all of them, are each cut at a page.
        cut = r"->  Limit .*\n(?!.* ends)" if engine == "postgresql" else "CO-ROUTINE (?:page|anon)"
        assert len(re.findall(cut, plan)) == 4, plan


def plan_of(session: Session, thread_id: UUID, *, sort: Sort, is_first: bool, engine: str) -> str:
    """Give how the engine goes about a page; a small table is read whole by PostgreSQL unless that is forbidden."""
    after: Key = (0, str(thread_id), "0" * 22) if sort is Sort.TOP else ("0",)
    with executed(session.connection()) as statements:
        thread_page(session, thread_id, sort=sort, after=None if is_first else after, limit=50)
    if engine == "postgresql":
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_bitmapscan = off"))
        session.execute(text("SET LOCAL enable_sort = off"))
    explain = "EXPLAIN " if engine == "postgresql" else "EXPLAIN QUERY PLAN "
    # Statements on the driver itself carry lists.
    pages = [(sent, tuple(given) if isinstance(given, list) else given) for sent, given in statements]
    rows = [session.connection().exec_driver_sql(explain + sent, given).all() for sent, given in pages]
    return "\n".join(str(row) for plan in rows for row in plan)
