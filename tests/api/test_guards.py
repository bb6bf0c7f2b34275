"""Guards, guarded: every route asks for a permission, every line of the policy matters, no write goes past a change."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from sqlmodel import Session

from auth.permissions import Permission
from auth.policy import POLICY, Predicate, identity_is_member, identity_is_moderator
from models.articles import Article
from models.cases import Case, CaseKind
from tests.api.interlopers import interloper
from tests.api.matrix import ROWS, Row
from tests.api.world import PEOPLE, World, running_world
from tests.databases import copy_sqlite
from tests.service import PASSWORD, Person, Service

Alternatives = tuple[tuple[Predicate, ...], ...]
Write = Callable[[Person, dict[str, str]], Any]

# What everybody may do, signed in or not.
OPEN_TO_ALL = {
    "GET /docs",
    "GET /docs/{digest}/{name}",
    "GET /healthz",
    "GET /metrics",
    "GET /openapi.json",
    "GET /readyz",
    "GET /v1/analyses/{analysis_id}",
    "GET /v1/analyses/{analysis_id}/comments",
    "GET /v1/analyses/{analysis_id}/revisions",
    "GET /v1/analyses/{analysis_id}/revisions/{number}",
    "GET /v1/analyses/{analysis_id}/revisions/{number}/diff",
    "GET /v1/articles",
    "GET /v1/articles/lookup",
    "GET /v1/articles/{article}",
    "GET /v1/articles/{article}/analyses",
    "GET /v1/articles/{article}/changes",
    "GET /v1/articles/{article}/stream",
    "GET /v1/articles/{article}/comments",
    "GET /v1/articles/{article}/feed.atom",
    "GET /v1/comments/{comment_id}",
    "GET /v1/comments/{comment_id}/replies",
    "GET /v1/comments/{comment_id}/revisions",
    "GET /v1/counts",
    "GET /v1/notifications/stop",
    "GET /v1/experts",
    "GET /v1/experts/{expert}",
    "GET /v1/experts/{expert}/feed.atom",
    "GET /v1/experts/{expert}/publications",
    "GET /v1/feed.atom",
    "GET /v1/transparency",
    "GET /v1/users/{user}",
    "POST /v1/auth/email-verification/confirm",
    "POST /v1/auth/erasure",
    "POST /v1/auth/export",
    "POST /v1/auth/password-reset",
    "POST /v1/auth/password-reset/confirm",
    "POST /v1/auth/revoke",
    "POST /v1/auth/token",
    "POST /v1/notifications/stop",
    "POST /v1/users",
}
# These are asked for inside, where it depends on what is named; the rows that show it.
ASKED_INSIDE = {
    Permission.DISCLOSURE_READ_OF_OTHERS: ("GET", "/v1/articles/{disclosed}/disclosure?expert={expert}"),
    Permission.DECISION_REVERSE_ANY: ("POST", "/v1/moderation/decisions/{admins_decision}/reversal"),
}
# Everybody who signs in is a member; and this follows from the condition beside it, since only moderators rank at all.
FOLLOWS = {Permission.SANCTION_IMPOSE: identity_is_moderator}
# What asks for the first asks for the second before, which is therefore given to all to see the first at work.
ASKED_BEFORE = {Permission.MODERATION_DECIDE: Permission.MODERATION_READ_QUEUE}
# These change what is shown and not whether something is, so that tests below show them.
SHOWN_BELOW = {Permission.COMMENT_READ_WAITING, Permission.ANALYSIS_READ_WAITING, Permission.CASE_READ_EDITORIAL}


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run one service with everybody in it, on one engine, since the policy knows none."""
    folder = tmp_path_factory.mktemp("guards")
    with running_world(copy_sqlite(sqlite_template, folder / "forum.db"), folder) as world:
        yield world


def permissions(dependant: Dependant | None) -> set[Permission]:
    """Give the permissions that the dependencies of a route ask for."""
    if dependant is None:
        return set()
    asked = getattr(dependant.call, "permission", None)
    own = {asked} if asked else set()
    return own.union(*map(permissions, dependant.dependencies))


def routes(world: World) -> dict[str, RouteContext]:
    """Give the routes by method and path."""
    found = iter_route_contexts(world.service.app.routes)
    return {f"{method} {route.path_format}": route for route in found for method in (route.methods or set()) - {"HEAD"}}


def rows_of(world: World, permission: Permission) -> list[Row]:
    """Give the rows of the table whose answer hangs on a permission."""
    if permission in ASKED_INSIDE:
        return [row for row in ROWS if (row.method, row.path) == ASKED_INSIDE[permission]]
    found = routes(world)
    asking = [name for name, route in found.items() if permission in permissions(_dependant(route))]
    return [row for row in ROWS if _route_name(found, row) in asking]


def is_answered_otherwise(world: World, row: Row, usual: dict[str, int]) -> bool:
    """Ask as everybody until somebody gets another answer than usual."""
    return any(status != usual[who] for who, status in row.answers(world))


def _dependant(route: RouteContext) -> Dependant | None:
    return getattr(route, "dependant", None)


def _route_name(found: dict[str, RouteContext], row: Row) -> str | None:
    path = row.path.partition("?")[0].replace("{", "").replace("}", "")
    return next(
        (name for name, route in found.items() if name.startswith(f"{row.method} ") and route.path_regex.match(path)),
        None,
    )


def weakened(permission: Permission) -> Iterator[Alternatives]:
    """Take each condition of a permission away that does not follow from the others."""
    alternatives = POLICY[permission]
    for number, alternative in enumerate(alternatives):
        for place, predicate in enumerate(alternative):
            if predicate is not identity_is_member and predicate is not FOLLOWS.get(permission):
                less = alternative[:place] + alternative[place + 1 :]
                yield (*alternatives[:number], less, *alternatives[number + 1 :])


def narrowed(permission: Permission) -> Iterator[Alternatives]:
    """Take each alternative of a permission away."""
    alternatives = POLICY[permission]
    for number in range(len(alternatives)):
        yield (*alternatives[:number], *alternatives[number + 1 :])


class TestRoutes:
    def test_every_route_that_is_not_open_to_all_asks_for_a_permission(self, world: World) -> None:
        unguarded = {name for name, route in routes(world).items() if not permissions(_dependant(route))}
        assert unguarded == OPEN_TO_ALL

    def test_every_permission_of_the_policy_is_asked_for(self, world: World) -> None:
        asked = {permission for route in routes(world).values() for permission in permissions(_dependant(route))}
        assert set(POLICY) == set(Permission)
        assert asked | ASKED_INSIDE.keys() | SHOWN_BELOW == set(Permission)
        assert not asked & (ASKED_INSIDE.keys() | SHOWN_BELOW)


class TestPolicy:
    @pytest.mark.parametrize("permission", [member for member in Permission if member not in SHOWN_BELOW])
    def test_any_condition_taken_away_changes_an_answer_of_the_table(
        self, world: World, monkeypatch: pytest.MonkeyPatch, permission: Permission
    ) -> None:
        rows = rows_of(world, permission)
        assert rows
        if permission in ASKED_BEFORE:
            monkeypatch.setitem(POLICY, ASKED_BEFORE[permission], ((),))
        genuine = [row.statuses(world) if permission in ASKED_BEFORE else row.expected for row in rows]
        for changed in (*weakened(permission), *narrowed(permission)):
            with monkeypatch.context() as patch:
                patch.setitem(POLICY, permission, changed)
                asked = zip(rows, genuine, strict=True)
                assert any(is_answered_otherwise(world, row, usual) for row, usual in asked), changed

    def test_words_that_wait_are_shown_to_their_author_and_moderators_only(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path, permission = f"/v1/comments/{world['edited']}", Permission.COMMENT_READ_WAITING
        insiders = {"moderator", "editor", "admin", "author"}

        def seers() -> set[str]:
            read = {who: world.people[who].get(path).json() for who in PEOPLE}
            revisions = {who: world.people[who].get(f"{path}/revisions").json() for who in PEOPLE}
            seeing = {who for who, answer in read.items() if answer.get("waiting")}
            assert seeing == {who for who, page in revisions.items() if len(page.get("items", ())) == 2}
            return seeing

        assert seers() == insiders
        for changed in (*weakened(permission), *narrowed(permission)):
            with monkeypatch.context() as patch:
                patch.setitem(POLICY, permission, changed)
                assert seers() != insiders

    def test_edits_of_analyses_are_shown_to_their_author_and_editors_only(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path, permission = f"/v1/analyses/{world['analysis']}", Permission.ANALYSIS_READ_WAITING
        assert world.people["expert"].patch(path, {"title": "عنوان آخر"}).json()["waiting"]
        insiders = {"expert", "editor", "admin"}

        def seers() -> set[str]:
            return {who for who in PEOPLE if world.people[who].get(path).json().get("waiting")}

        assert seers() == insiders
        for changed in (*weakened(permission), *narrowed(permission)):
            with monkeypatch.context() as patch:
                patch.setitem(POLICY, permission, changed)
                assert seers() != insiders

    def test_cases_for_editors_do_not_exist_for_moderators(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        case_id, moderator = world["case"], world.people["moderator"]
        path = f"/v1/moderation/cases/{case_id}"

        def give_to_editors(session: Session) -> None:
            session.get_one(Case, UUID(case_id)).kind = CaseKind.ANALYSIS

        def statuses() -> set[int]:
            ruling = {"verdict": "approve", "revision": 1}
            answers = [
                moderator.get(path),
                moderator.post(f"{path}/claim"),
                moderator.post(f"{path}/decisions", ruling),
            ]
            return {answer.status_code for answer in answers}

        world.service.write(give_to_editors)
        assert statuses() == {404}
        assert case_id not in moderator.get("/v1/moderation/cases?limit=100").text
        for changed in weakened(Permission.CASE_READ_EDITORIAL):
            with monkeypatch.context() as patch:
                patch.setitem(POLICY, Permission.CASE_READ_EDITORIAL, changed)
                assert 404 not in statuses()


def _approve(who: Person, ids: dict[str, str]) -> Any:
    return who.post(f"/v1/moderation/cases/{ids['cases']}/decisions", {"verdict": "approve", "revision": 1})


def _claim(who: Person, ids: dict[str, str]) -> Any:
    return who.post(f"/v1/moderation/cases/{ids['cases']}/claim")


def _edit(who: Person, ids: dict[str, str]) -> Any:
    return who.send("PATCH", f"/v1/comments/{ids['comments']}", {"body": "نص آخر"}, if_match="*")


def _withdraw(who: Person, ids: dict[str, str]) -> Any:
    return who.send("DELETE", f"/v1/comments/{ids['comments']}", if_match="*")


def _change_password(who: Person, _: dict[str, str]) -> Any:
    return who.put("/v1/me/password", {"current_password": PASSWORD, "new_password": "جمل يقرأ الصحف في المقهى"})


HELD = "claimed_by = author_id, claim_until = '2099-01-01 00:00:00'"
BY_MODERATOR = (_approve, _claim)
# The write, the table of which somebody else changes the row just before, what they change, and the refusal.
CHANGES_IN_BETWEEN = [
    ("a decision about a case that was closed", _approve, "cases", "state = 'void'", "case_already_decided"),
    ("a decision about words that were replaced", _approve, "cases", "revision = 2", "case_already_decided"),
    ("a decision about a comment of another status", _approve, "comments", "status = 'spam'", "stale"),
    ("a decision about a comment that was edited", _approve, "comments", "current_revision = 2", "stale"),
    ("a decision about a comment taken back", _approve, "comments", "withdrawn_at = created_at", "stale"),
    ("a decision on a log that grew", _approve, "chain_heads", "count = count + 1", "overloaded"),
    ("a claim on a case that was decided", _claim, "cases", "state = 'decided'", "already_claimed"),
    ("a claim on a case that somebody holds", _claim, "cases", HELD, "already_claimed"),
    ("an edit of a comment of another status", _edit, "comments", "status = 'spam'", "stale"),
    ("an edit of a comment that was edited", _edit, "comments", "current_revision = 2", "stale"),
    ("an edit of a comment taken back", _edit, "comments", "withdrawn_at = created_at", "stale"),
    ("a withdrawal of a comment of another status", _withdraw, "comments", "status = 'spam'", "stale"),
    ("a withdrawal of a comment that was edited", _withdraw, "comments", "current_revision = 2", "stale"),
    ("a withdrawal of a comment taken back", _withdraw, "comments", "withdrawn_at = created_at", "stale"),
    ("a password after a newer one", _change_password, "users", "password_hash = 'other'", "validation_failed"),
]


class TestWritesInBetween:
    @pytest.mark.parametrize(
        ("write", "table", "change", "code"),
        [row[1:] for row in CHANGES_IN_BETWEEN],
        ids=[row[0] for row in CHANGES_IN_BETWEEN],
    )
    def test_write_that_would_go_past_a_change_is_refused_whole(
        self, service: Service, member: Person, moderator: Person, write: Write, table: str, change: str, code: str
    ) -> None:
        comment = service.comment(member, service.article())
        case = service.case_of(moderator, comment)
        ids = {"comments": comment["id"], "cases": case["id"], "users": str(member.id)}
        seen = self.seen(moderator, ids)
        # A number in hexadecimals is an id to both engines.
        one = f" WHERE id = '{UUID(ids[table]).hex}'" if table in ids else ""
        order = f"UPDATE {table} SET {change}{one}"
        with interloper(f"UPDATE {table} SET", order) as somebody:
            answer = write(moderator if write in BY_MODERATOR else member, ids)
        assert somebody.has_acted
        assert answer.json()["code"] == code
        assert self.seen(moderator, ids) == seen

    def seen(self, moderator: Person, ids: dict[str, str]) -> list[bytes]:
        comment, case = f"/v1/comments/{ids['comments']}", f"/v1/moderation/cases/{ids['cases']}"
        paths = (comment, f"{comment}/revisions", case, "/v1/moderation/decisions")
        return [moderator.get(path).content for path in paths]

    @pytest.mark.parametrize("change", ["discussion_state = 'closed'", "closes_at = NULL"])
    def test_discussion_that_needs_no_closing_any_more_is_left_alone(self, service: Service, change: str) -> None:
        closes_at = service.clock() + timedelta(minutes=1)
        article = service.article(discussion={"closes_at": closes_at.isoformat()})
        service.clock.advance(timedelta(minutes=1))
        order = f"UPDATE articles SET {change} WHERE id = '{UUID(article['id']).hex}'"
        with interloper("UPDATE articles SET", order) as somebody:
            assert service.client.portal is not None
            service.client.portal.call(service.app.state.chores.close_discussions)
        assert somebody.has_acted
        after = service.read(lambda session: session.get_one(Article, UUID(article["id"])))
        assert (after.version, after.seq) == (1, article["seq"])

    def test_claim_of_a_colleague_is_not_released(self, service: Service, member: Person, moderator: Person) -> None:
        case = service.case_of(moderator, service.comment(member, service.article()))
        path = f"/v1/moderation/cases/{case['id']}"
        claim = moderator.post(f"{path}/claim").json()
        assert service.person("moderator").send("DELETE", f"{path}/claim").status_code == 204
        assert moderator.get(path).json()["claim"] == claim
        assert moderator.send("DELETE", f"{path}/claim").status_code == 204
        assert moderator.get(path).json()["claim"] is None
