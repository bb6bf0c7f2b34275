"""Lists by keyset cursor: every row once, in order, and no cursor but those that the list gave."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlmodel import Session

from api.schemas.articles import ArticleCreate
from forum.articles import create_article
from tests.service import SECRET_KEYS, START, Person, Service, running_service

ROWS = 7
PAGE = 3


class Walk(NamedTuple):
    """Hold who reads which list, and what tells its rows apart."""

    reader: Person
    path: str
    key: Callable[[Any], Any] = lambda row: row["id"]


class Library:
    """Fill each kind of list; a thread has seven rows always."""

    def __init__(self, service: Service, *, rows: int) -> None:
        self.service, self.rows, self.numbers = service, rows, count()
        self.editor, self.member = service.person("editor"), service.person()

    def article(self, **discussion: str) -> Any:
        """Put an article up whose comments are public at once."""
        return self.service.article(self.editor, discussion={"moderation": "post", **discussion})

    def comment(self, article: Any, **values: Any) -> Any:
        """Post a comment of words that were not used before."""
        return self.service.comment(self.member, article, f"رأي {next(self.numbers)}", **values)

    def articles(self) -> Walk:
        """Fill the list of articles, several of which went up at the same moment."""
        for number in range(self.rows):
            at = START + timedelta(hours=number // 3)
            self.service.article(self.editor, title=f"مقال {number}", published_at=at.isoformat())
        return Walk(self.service.nobody, "/v1/articles")

    def thread(self, sort: str) -> Walk:
        """Fill a thread with roots and replies, some of them liked."""
        article = self.article()
        for number in range(3):
            root = self.comment(article)
            if number != 1:
                self.editor.put(f"/v1/comments/{root['id']}/reactions/insightful")
            reply = self.comment(article, parent_id=root["id"])
            if number == 0:
                self.comment(article, parent_id=reply["id"])
        self.service.client.portal.call(self.service.app.state.chores.fold_reactions)  # type: ignore[union-attr]
        return Walk(self.service.nobody, f"/v1/articles/{article['id']}/comments?sort={sort}")

    def replies(self) -> Walk:
        """Fill the replies below a comment."""
        article = self.article()
        root = self.comment(article)
        for _ in range(self.rows):
            self.comment(article, parent_id=root["id"])
        return Walk(self.service.nobody, f"/v1/comments/{root['id']}/replies")

    def revisions(self) -> Walk:
        """Fill the history of a comment."""
        comment = self.comment(self.article())
        for number in range(1, self.rows):
            self.member.patch(f"/v1/comments/{comment['id']}", {"body": f"صيغة {number}"})
        return Walk(self.service.nobody, f"/v1/comments/{comment['id']}/revisions", lambda row: row["number"])

    def own_comments(self) -> Walk:
        """Fill somebody's own comments."""
        article = self.article()
        for _ in range(self.rows):
            self.comment(article)
        return Walk(self.member, "/v1/me/comments")

    def own_reactions(self) -> Walk:
        """Fill somebody's own reactions."""
        article = self.article()
        kinds = ("agree", "disagree", "insightful")
        comments = [self.comment(article)["id"] for number in range(3)]
        for number in range(self.rows):
            self.editor.put(f"/v1/comments/{comments[number // 3]}/reactions/{kinds[number % 3]}")
        path = f"/v1/me/reactions?article={article['id']}"
        return Walk(self.editor, path, lambda row: (row["comment_id"], row["kind"]))

    def experts(self) -> Walk:
        """Fill the directory, with several experts of one name."""
        for number in range(self.rows):
            self.service.person("expert", display_name=f"خبيرة {number // 3}")
        return Walk(self.service.nobody, "/v1/experts")

    def cases(self) -> Walk:
        """Fill the queue, with several cases due at the same moment."""
        article = self.service.article(self.editor)
        for number in range(self.rows):
            if number % 3 == 0:
                self.service.clock.advance(timedelta(seconds=1))
            self.comment(article)
        return Walk(self.editor, "/v1/moderation/cases")

    def decisions(self) -> Walk:
        """Fill the log."""
        self.own_comments()
        return Walk(self.editor, "/v1/moderation/decisions")


LISTS: dict[str, Callable[[Library], Walk]] = {
    "articles": Library.articles,
    "thread": lambda library: library.thread("conversation"),
    "thread, newest first": lambda library: library.thread("newest"),
    "thread, top first": lambda library: library.thread("top"),
    "replies": Library.replies,
    "revisions": Library.revisions,
    "own comments": Library.own_comments,
    "own reactions": Library.own_reactions,
    "experts": Library.experts,
    "cases": Library.cases,
    "decisions": Library.decisions,
}


@pytest.fixture
def library(service: Service) -> Library:
    """Give an empty library."""
    return Library(service, rows=ROWS)


def url(path: str, **parameters: Any) -> str:
    """Add parameters to a path."""
    added = "&".join(f"{name}={value}" for name, value in parameters.items())
    return f"{path}{'&' if '?' in path else '?'}{added}"


def pages(walk: Walk, limit: int) -> Iterator[Any]:
    """Read page after page along the Link header, which says the same as `next`."""
    target: str | None = url(walk.path, limit=limit)
    while target:
        answer = walk.reader.get(target)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page.keys() == {"items", "next"}
        link = answer.headers.get("link")
        assert (link is None) == (page["next"] is None)
        target = link.removeprefix("<").removesuffix('>; rel="next"') if link else None
        assert target is None or (
            target.startswith("/v1/") and target.endswith(f"cursor={page['next'].replace('=', '%3D')}")
        )
        yield page["items"]


@pytest.mark.long_table
class TestWalks:
    @pytest.mark.parametrize("name", LISTS)
    def test_pages_give_every_row_once_and_in_the_order_of_the_whole(self, library: Library, name: str) -> None:
        walk = LISTS[name](library)
        [whole] = pages(walk, 100)
        assert len({walk.key(row) for row in whole}) == ROWS
        found = list(pages(walk, PAGE))
        assert [len(page) for page in found] == [PAGE, PAGE, ROWS - 2 * PAGE]
        assert [row for page in found for row in page] == whole
        # A page that ends with the list is the last.
        [page] = pages(walk, ROWS)
        assert len(page) == ROWS
        assert [len(page) for page in pages(walk, ROWS - 1)] == [ROWS - 1, 1]

    def test_rows_that_come_and_go_meanwhile_shift_no_others(self, library: Library) -> None:
        walk = library.own_comments()
        [whole] = pages(walk, 100)
        reading = pages(walk, PAGE)
        seen = next(reading)
        library.comment(library.article())
        library.member.delete(f"/v1/comments/{whole[0]['id']}")
        seen += [row for page in reading for row in page]
        assert [row["id"] for row in seen] == [row["id"] for row in whole]

    def test_fifty_rows_are_a_page_where_nobody_says(self, service: Service) -> None:
        row = ArticleCreate(title="مقال").row(START)

        def fill(session: Session) -> None:
            for _ in range(51):
                create_article(session, row, slug=None, now=START)

        service.write(fill)
        page = service.nobody.get("/v1/articles").json()
        assert len(page["items"]) == 50
        assert page["next"]


class TestLimits:
    @pytest.mark.parametrize(
        "limit",
        [
            "0",
            "-1",
            "101",
            "1e3",
            "5.0",
            "1_0",
            "%2B5",
            "%205",
            "0x5",
            "",
            "ten",
            "true",
            "NaN",
            "%D9%A5",
            "9" * 30,
            "%00",
        ],
    )
    @pytest.mark.long_table
    def test_limit_outside_one_to_a_hundred_is_refused(self, service: Service, limit: str) -> None:
        answer = service.nobody.get(f"/v1/articles?limit={limit}")
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert error["pointer"] == "/query/limit"
        assert error["code"] in {"malformed", "out_of_range"}

    @pytest.mark.parametrize("limit", [1, 100])
    def test_limit_of_one_and_of_a_hundred_is_taken(self, service: Service, limit: int) -> None:
        assert service.nobody.get(f"/v1/articles?limit={limit}").status_code == 200


@pytest.mark.long_table
class TestForgedCursors:
    @pytest.fixture
    def walk(self, service: Service) -> Walk:
        """Fill the list whose cursor is forged with a page and what stands behind it."""
        return Library(service, rows=PAGE + 1).articles()

    @pytest.fixture
    def cursor(self, walk: Walk) -> str:
        """Give a genuine cursor."""
        given: str = walk.reader.get(url(walk.path, limit=PAGE)).json()["next"]
        return given

    def refused(self, reader: Person, path: str, cursor: str) -> None:
        answer = reader.get(url(path, cursor=cursor))
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), cursor
        assert len(cursor) < 8 or cursor not in answer.text

    def test_one_other_letter_anywhere_is_refused(self, walk: Walk, cursor: str) -> None:
        assert walk.reader.get(url(walk.path, cursor=cursor)).status_code == 200
        for place, letter in enumerate(cursor):
            other = "A" if letter != "A" else "B"
            self.refused(walk.reader, walk.path, cursor[:place] + other + cursor[place + 1 :])

    def test_part_of_a_cursor_is_refused(self, walk: Walk, cursor: str) -> None:
        for length in range(len(cursor)):
            self.refused(walk.reader, walk.path, cursor[:length])

    @pytest.mark.parametrize(
        "forge",
        [
            pytest.param(lambda cursor: cursor + "A", id="a letter more"),
            pytest.param(lambda cursor: cursor + "=", id="padding more"),
            pytest.param(lambda cursor: cursor + "=" * 4 + "AAAA", id="more behind the padding"),
            pytest.param(lambda cursor: cursor + "%20", id="a space behind it"),
            pytest.param(lambda cursor: cursor[:8] + "%0A" + cursor[8:], id="a line break within"),
            pytest.param(lambda cursor: cursor[:8] + "!" + cursor[8:], id="a sign that the alphabet lacks"),
            pytest.param(lambda cursor: cursor + cursor, id="twice"),
            pytest.param(lambda _: "A" * 60_000, id="one without end"),
            pytest.param(lambda cursor: cursor + "A" * 60_000, id="a genuine one with much behind it"),
            pytest.param(lambda _: "%00", id="NUL"),
            pytest.param(lambda _: "%D9%80", id="letters beyond ASCII"),
            pytest.param(lambda _: "%FF", id="bytes that are no UTF-8"),
            pytest.param(lambda _: "W10=", id="an empty key without a signature"),
        ],
    )
    def test_what_is_not_a_cursor_is_refused(self, walk: Walk, cursor: str, forge: Callable[[str], str]) -> None:
        self.refused(walk.reader, walk.path, forge(cursor))

    def test_cursor_of_another_list_is_refused(self, service: Service) -> None:
        library = Library(service, rows=2)
        walks = {name: make(library) for name, make in LISTS.items()}
        cursors = {name: walk.reader.get(url(walk.path, limit=1)).json()["next"] for name, walk in walks.items()}
        for name, walk in walks.items():
            for other in cursors.keys() - {name}:
                self.refused(walk.reader, walk.path, cursors[other])

    def test_cursor_of_another_list_of_the_same_comment_is_refused(self, library: Library) -> None:
        walk = library.revisions()
        comment = walk.path.removesuffix("/revisions")
        article = library.member.get(comment).json()["article_id"]
        for _ in range(2):
            library.comment({"id": article}, parent_id=comment.rpartition("/")[2])
        for path, other in ((walk.path, f"{comment}/replies"), (f"{comment}/replies", walk.path)):
            cursor = walk.reader.get(url(path, limit=1)).json()["next"]
            self.refused(walk.reader, other, cursor)

    def test_cursor_of_the_same_list_of_something_else_is_refused(self, service: Service) -> None:
        library = Library(service, rows=2)
        for name in ("thread", "replies", "revisions", "own reactions"):
            one, other = LISTS[name](library), LISTS[name](library)
            cursor = one.reader.get(url(one.path, limit=1)).json()["next"]
            self.refused(other.reader, other.path, cursor)

    def test_cursor_under_another_filter_is_refused(self, walk: Walk, cursor: str) -> None:
        self.refused(walk.reader, f"{walk.path}?q=مقال", cursor)
        self.refused(walk.reader, f"{walk.path}?language=ar", cursor)
        self.refused(walk.reader, f"{walk.path}?section=x", cursor)

    def test_cursor_of_somebody_elses_own_list_is_refused(self, library: Library) -> None:
        walk = library.own_comments()
        cursor = walk.reader.get(url(walk.path, limit=1)).json()["next"]
        self.refused(library.editor, walk.path, cursor)

    def test_article_by_slug_and_by_id_is_one_list(self, library: Library) -> None:
        walk = library.thread("conversation")
        article = library.service.nobody.get("/v1/articles").json()["items"][0]
        cursor = walk.reader.get(url(walk.path, limit=1)).json()["next"]
        by_slug = walk.path.replace(article["id"], article["slug"])
        assert by_slug != walk.path
        assert walk.reader.get(url(by_slug, cursor=cursor)).status_code == 200

    def test_cursor_outlives_a_change_of_keys_as_long_as_its_key_is_kept(
        self, walk: Walk, cursor: str, database_url: str, tmp_path: Path
    ) -> None:
        expected = walk.reader.get(url(walk.path, cursor=cursor)).json()["items"]
        with running_service(database_url, tmp_path, secret_keys=f"new:{'n' * 48},{SECRET_KEYS}") as later:
            assert later.nobody.get(url(walk.path, cursor=cursor)).json()["items"] == expected
        with running_service(database_url, tmp_path, secret_keys=f"new:{'n' * 48}") as later:
            self.refused(later.nobody, walk.path, cursor)
