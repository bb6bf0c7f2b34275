"""Show that the world of the measurements is one that the service could have made."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, func, select

from bench.trees import NAMES, Shape
from bench.words import Writer
from bench.world import make_world
from forum.discussion.drafts import prepare
from migrations.run import transaction, upgrade
from models.cases import Case, CaseState
from models.comments import Comment, Kind
from tests.conftest import blank_database
from tests.migrations.schema import schema_of
from tests.recount import differences
from tests.service import START, Person, Service, running_service

pytestmark = pytest.mark.long_table
COMMENTS = 300
SHAPE = Shape.of(COMMENTS)


@contextmanager
def running_in_small_world(url: str, folder: Path) -> Iterator[Service]:
    """Make a small world and run the service in it."""
    make_world(url, COMMENTS, now=START, is_quiet=True)
    with running_service(url, folder) as service:
        service.clock.advance(timedelta(hours=1))
        yield service


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run the service in one small world for all that only read it."""
    folder = tmp_path_factory.mktemp("world")
    with blank_database(request.param, request, folder) as url, running_in_small_world(url, folder) as service:
        yield service


@pytest.fixture
def own_service(blank_database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Run the service in a small world of the test's own."""
    with running_in_small_world(blank_database_url, tmp_path) as service:
        yield service


class TestWhatIsCounted:
    def test_everything_kept_counted_is_what_a_recount_gives(self, service: Service) -> None:
        assert service.read(differences) == []

    def test_the_world_has_the_size_that_was_asked_for(self, service: Service) -> None:
        def verb(session: Session) -> tuple[int, int]:
            waiting = select(func.count()).select_from(Case).where(col(Case.state) == CaseState.OPEN)
            return session.exec(select(func.count()).select_from(Comment)).one(), session.exec(waiting).one()

        assert service.read(verb) == (COMMENTS, SHAPE.open_cases)

    def test_the_next_reactions_move_no_count_that_was_right(self, service: Service) -> None:
        items = service.nobody.get("/v1/articles/large/comments?sort=top").json()["items"]
        ranks = [
            2 * item["reactions"]["insightful"] + item["reactions"]["agree"] for item in items if not item["depth"]
        ]
        assert ranks == sorted(ranks, reverse=True)


class TestTheSchema:
    def test_filling_leaves_it_as_the_migrations_made_it(self, blank_database_url: str) -> None:
        upgrade(blank_database_url)
        before = everything(blank_database_url)
        make_world(blank_database_url, COMMENTS, now=START, is_quiet=True)
        assert everything(blank_database_url) == before


class TestPages:
    @pytest.mark.parametrize("sort", ["conversation", "newest", "top"])
    @pytest.mark.parametrize(("article", "size"), tuple(zip(NAMES, SHAPE.named, strict=True)))
    def test_a_thread_has_all_its_comments(self, service: Service, article: str, size: int, sort: str) -> None:
        items = list(pages(service.nobody, f"/v1/articles/{article}/comments?sort={sort}&limit=7"))
        assert len({item["id"] for item in items}) == len(items) == size

    def test_each_answer_of_the_chain_names_the_one_before(self, service: Service) -> None:
        first, *items = pages(service.nobody, "/v1/articles/chain/comments")
        above = [item["in_reply_to"] or item["parent_id"] for item in items]
        assert above == [first["id"], *(item["id"] for item in items[:-1])]

    def test_changes_name_all_that_is_public_and_lead_to_the_article_number(self, service: Service) -> None:
        article = service.nobody.get("/v1/articles/large").json()
        answer = service.nobody.get("/v1/articles/large/changes?after=0").json()
        comments = [item for item in answer["items"] if item["type"] == "comment"]
        assert (len(comments), answer["seq"]) == (SHAPE.named[0], article["seq"])


class TestModerators:
    def test_the_queue_has_every_open_case(self, service: Service) -> None:
        moderator = service.person("moderator")
        cases = list(pages(moderator, "/v1/moderation/cases?limit=11"))
        summary = moderator.get("/v1/moderation/summary").json()["open"]
        assert len(cases) == SHAPE.open_cases == summary["comment"] + summary["report"]
        assert sum(len(case["reports"]) if case["kind"] == "report" else 0 for case in cases) == summary["report"]

    @pytest.mark.parametrize(("kind", "verdict"), [("comment", "approve"), ("report", "uphold")])
    def test_a_case_can_be_decided_and_taken_back(self, own_service: Service, kind: str, verdict: str) -> None:
        moderator = own_service.person("moderator")
        case = next(pages(moderator, f"/v1/moderation/cases?kind={kind}"))
        ruling = {"verdict": verdict, "revision": case["subject"]["revision"], "reason": "off_topic"}
        decision = moderator.post(f"/v1/moderation/cases/{case['id']}/decisions", ruling)
        assert decision.status_code == 201, decision.text
        assert own_service.read(differences) == []
        back = moderator.post(f"/v1/moderation/decisions/{decision.json()['id']}/reversal", {"reason": "other"})
        assert back.status_code == 201, back.text
        assert own_service.read(differences) == []

    def test_decisions_of_the_past_are_taken_back_to_how_things_stood(self, own_service: Service) -> None:
        editor = own_service.person("editor")
        decisions = list(pages(editor, "/v1/moderation/decisions?limit=100"))
        for decision in [decisions[0], decisions[len(decisions) // 2], *(d for d in decisions if d["revision"] == 2)]:
            answer = editor.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})
            assert answer.status_code == 201, answer.text
        assert own_service.read(differences) == []


class TestWords:
    def test_a_text_is_stored_as_the_service_would_store_it(self) -> None:
        writer = Writer(Random(1))
        for words in [writer.text() for _ in range(50)]:
            draft = prepare(words.body, kind=Kind.REMARK, quote=None)
            stored = draft.body_html, draft.fingerprint, draft.language, draft.direction
            assert stored == (words.body_html, words.fingerprint, "ar", "rtl")


def pages(person: Person, path: str) -> Iterator[Any]:
    """Give every item of a list, page by page."""
    mark = "&" if "?" in path else "?"
    answer = person.get(path).json()
    yield from answer["items"]
    while answer["next"]:
        answer = person.get(f"{path}{mark}cursor={answer['next']}").json()
        yield from answer["items"]


def everything(url: str) -> tuple[dict[str, list[str]], list[str]]:
    """Give the tables as the engine knows them, and its triggers with whether they fire."""
    triggers = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT concat_ws(' ', tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal",
    }
    with transaction(url) as connection:
        lines = connection.execute(text(triggers[connection.dialect.name])).scalars()
        schema = {table: sorted(map(_plain, found)) for table, found in schema_of(connection).items()}
        return schema, sorted(lines)


def _plain(line: str) -> str:
    """Leave out casts and their brackets, which PostgreSQL writes in another order once it has read its own words."""
    return re.sub(r"::[a-z ]+(\[\])?|[()\[\]]", "", line)
