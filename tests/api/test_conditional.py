"""ETags, and requests that hold only for one of them."""

import re
from typing import Any

import pytest

from tests.api.analyses import TEXT
from tests.api.raw import RawRequest, credentials, json_request, raw
from tests.api.world import World
from tests.service import Person, Service

TAG = re.compile(r'"(\d+)\.[0-9a-f]{16}(-(gzip|br))?"')
READS = (
    "/v1/articles",
    "/v1/articles/{article}",
    "/v1/articles/lookup?url=https://example.org/page",
    "/v1/counts?article={article}",
    "/v1/articles/{article}/comments",
    "/v1/articles/{article}/comments?sort=newest",
    "/v1/articles/{article}/comments?sort=top",
    "/v1/articles/{article}/feed.atom",
    "/v1/feed.atom",
    "/v1/comments/{comment}",
    "/v1/comments/{comment}/replies",
    "/v1/comments/{comment}/revisions",
    "/v1/users/{user}",
)
OTHER = '"1.0000000000000000"'
# Who writes, the method, the path, where the ETag is read, and a body.
Write = tuple[Person, str, str, str, Any]
WRITES = ("PATCH article", "PATCH comment", "DELETE comment", "PATCH me", "PUT roles", "PUT again")


@pytest.fixture
def service(world: World) -> Service:
    """Give one service to all, since each makes what it changes."""
    return world.service


@pytest.fixture
def editor(service: Service) -> Person:
    """Give an editor."""
    return service.person("editor", display_name="تحرير")


@pytest.fixture
def article(service: Service, editor: Person) -> Any:
    """Put an article up whose comments are public at once."""
    return service.article(editor, source_url="https://example.org/page", discussion={"moderation": "post"})


@pytest.fixture
def comment(service: Service, member: Person, article: Any) -> Any:
    """Post a comment."""
    return service.comment(member, article)


@pytest.fixture(scope="module")
def refused(world: World) -> dict[str, Write]:
    """Keep the writes that are always refused, by name."""
    return {}


def write_of(service: Service, name: str) -> Write:
    """Make what one write is about, and somebody who may write it."""
    if name == "PATCH me":
        return service.person(), "PATCH", "/v1/me", "/v1/me", {"locale": "en"}
    if name == "PUT roles":
        user = f"/v1/users/{service.person().id}"
        return service.person("admin"), "PUT", f"{user}/roles", user, {"roles": ["expert"]}
    editor = service.person("editor")
    article = service.article(editor, discussion={"moderation": "post"})
    path = f"/v1/articles/{article['id']}"
    if name == "PATCH article":
        return editor, "PATCH", path, path, {"title": "عنوان آخر"}
    if name == "PUT again":
        expert, path = service.person("expert"), f"{path}/disclosure"
        assert expert.put(path, {"none": True}).status_code == 201
        return expert, "PUT", path, path, {"interests": [{"kind": "office", "party": "بلدية"}]}
    member = service.person()
    path = f"/v1/comments/{service.comment(member, article)['id']}"
    method = name.partition(" ")[0]
    return member, method, path, path, {"body": "نص آخر"} if method == "PATCH" else None


def version(tag: str) -> int:
    """Give the version part of an ETag."""
    match = TAG.fullmatch(tag)
    assert match, tag
    return int(match.group(1))


class TestReads:
    @pytest.fixture(params=READS)
    def path(self, request: pytest.FixtureRequest, article: Any, comment: Any, member: Person) -> str:
        """Name one thing or one page of a public list."""
        template: str = request.param
        return template.format(article=article["id"], comment=comment["id"], user=member.id)

    @pytest.mark.long_table
    def test_client_that_has_the_bytes_is_not_sent_them_again(self, service: Service, path: str) -> None:
        first = service.nobody.get(path)
        tag = first.headers["etag"]
        assert TAG.fullmatch(tag)
        for wanted in (tag, f"W/{tag}", f'{OTHER}, W/"x", {tag}', "*"):
            again = service.nobody.get(path, if_none_match=wanted)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"] == first.headers["cache-control"]
            assert again.headers["vary"] == first.headers["vary"]
            assert "content-type" not in again.headers
        for wanted in (OTHER, tag.strip('"'), f'"x{tag[1:]}', '""'):
            assert service.nobody.get(path, if_none_match=wanted).status_code == 200

    @pytest.mark.parametrize("who", ["nobody", "member"])
    def test_tags_in_two_lines_are_one_list(self, service: Service, member: Person, who: str) -> None:
        path = f"/v1/users/{member.id}"
        reader = service.nobody if who == "nobody" else member
        tag = reader.get(path).headers["etag"]
        for lines, status in (([OTHER, tag], 304), ([tag, OTHER], 304), ([OTHER, OTHER], 200), (["*", tag], 304)):
            given = [(b"if-none-match", line.encode()) for line in lines]
            answer = raw(service, RawRequest("GET", path.encode(), [*credentials(reader), *given]))
            assert answer.status == status, lines

    def test_other_bytes_have_another_tag(self, service: Service, article: Any, comment: Any, editor: Person) -> None:
        path = f"/v1/articles/{article['id']}"
        before = service.nobody.get(path).headers["etag"]
        service.comment(editor, article, "رأي آخر")
        again = service.nobody.get(path, if_none_match=before)
        assert again.status_code == 200
        assert again.headers["etag"] != before


@pytest.mark.long_table
class TestWritesThatNeedTheTag:
    @pytest.fixture(params=WRITES)
    def write(self, request: pytest.FixtureRequest, service: Service) -> Write:
        """Set one write up."""
        return write_of(service, request.param)

    @pytest.fixture(params=WRITES)
    def refused_write(self, request: pytest.FixtureRequest, service: Service, refused: dict[str, Write]) -> Write:
        """Give the same write to all tests that it is refused to, since it leaves everything as it was."""
        if request.param not in refused:
            refused[request.param] = write_of(service, request.param)
        return refused[request.param]

    def test_without_the_tag_nothing_is_written(self, refused_write: Write) -> None:
        who, method, path, thing, body = refused_write
        before = who.get(thing)
        answer = who.send(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
        assert who.get(thing).content == before.content

    @pytest.mark.parametrize(
        "make",
        [
            pytest.param(lambda _: '"0.0"', id="another version"),
            pytest.param(lambda tag: f'"{version(tag) + 1}.0"', id="a version to come"),
            pytest.param(lambda tag: f"W/{tag}", id="a weak tag"),
            pytest.param(lambda tag: str(version(tag)), id="a version without quotes"),
            pytest.param(lambda tag: f'"{version(tag)}"', id="a version without a representation"),
            pytest.param(lambda tag: f'"v{tag[1:]}', id="a tag of another form"),
            pytest.param(lambda _: '""', id="an empty tag"),
            pytest.param(lambda _: "", id="an empty header"),
        ],
    )
    def test_tag_of_another_version_is_stale(self, refused_write: Write, make: Any) -> None:
        who, method, path, thing, body = refused_write
        before = who.get(thing)
        answer = who.send(method, path, body, if_match=make(before.headers["etag"]))
        assert (answer.status_code, answer.json()["code"]) == (412, "stale")
        assert who.get(thing).content == before.content

    @pytest.mark.parametrize(
        "make",
        [
            pytest.param(lambda tag: tag, id="the tag itself"),
            pytest.param(lambda tag: f'"{version(tag)}.other"', id="another representation of the version"),
            pytest.param(lambda tag: f'"7.a", {tag}', id="one of several tags"),
            pytest.param(lambda _: "*", id="whatever stands there"),
        ],
    )
    def test_tag_of_the_version_that_stands_is_taken_once(self, write: Write, make: Any) -> None:
        who, method, path, thing, body = write
        tag = who.get(thing).headers["etag"]
        answer = who.send(method, path, body, if_match=make(tag))
        assert answer.status_code in {200, 204}, answer.text
        if method != "DELETE":
            assert version(answer.headers["etag"]) == version(tag) + 1
            assert who.send(method, path, body, if_match=tag).status_code == 412

    def test_tags_in_two_lines_are_one_list(self, service: Service) -> None:
        member = service.person()
        tag = member.get("/v1/me").headers["etag"]
        for lines, status in ((['"7.a"', '"8.a"'], 412), (['"7.a"', tag], 200), ([f"W/{tag}", '"7.a"'], 412)):
            given = [(b"if-match", line.encode()) for line in lines]
            answer = raw(service, json_request(member, "PATCH", "/v1/me", b'{"locale": "en"}', *given))
            assert answer.status == status, lines

    def test_write_is_answered_in_full_whatever_the_client_has(self, write: Write) -> None:
        who, method, path, _, body = write
        assert who.send(method, path, body, if_match="*", if_none_match="*").status_code in {200, 204}


class TestWritesThatNeedNone:
    def test_first_declaration_is_put_without_a_tag_and_never_over_another(
        self, service: Service, article: Any
    ) -> None:
        expert, path = service.person("expert"), f"/v1/articles/{article['id']}/disclosure"
        assert expert.put(path, {"none": True}, if_match="*").status_code == 412
        created = expert.put(path, {"none": True})
        assert (created.status_code, version(created.headers["etag"])) == (201, 1)

    def test_reactions_claims_and_sessions_need_no_tag(
        self, service: Service, moderator: Person, member: Person, comment: Any
    ) -> None:
        reaction = f"/v1/comments/{comment['id']}/reactions/agree"
        assert member.send("PUT", reaction).status_code == 200
        assert member.send("DELETE", reaction).status_code == 200
        case = moderator.post(f"/v1/comments/{comment['id']}/cases").json()
        assert moderator.send("DELETE", f"/v1/moderation/cases/{case['id']}/claim").status_code == 204
        session = member.get("/v1/auth/sessions").json()["items"][0]["id"]
        assert member.send("DELETE", f"/v1/auth/sessions/{session}").status_code == 204


class TestVersions:
    def test_comments_reactions_and_counts_leave_the_articles_version_alone(
        self, service: Service, editor: Person, member: Person, moderator: Person
    ) -> None:
        article = service.article(editor)
        path = f"/v1/articles/{article['id']}"
        before = editor.get(path)
        comment = service.approved(member, moderator, article, "رأي")
        moderator.put(f"/v1/comments/{comment['id']}/reactions/agree")
        after = editor.get(path)
        assert after.json()["seq"] > before.json()["seq"]
        assert after.json()["counts"] != before.json()["counts"]
        assert after.headers["etag"] != before.headers["etag"]
        assert version(after.headers["etag"]) == version(before.headers["etag"])
        assert editor.patch(path, {"title": "عنوان آخر"}, if_match=before.headers["etag"]).status_code == 200

    def test_replies_reactions_and_decisions_leave_the_comments_version_alone(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        comment = service.comment(member, article)
        path = f"/v1/comments/{comment['id']}"
        before = member.get(path)
        service.decide(moderator, comment)
        service.approved(moderator, service.person("moderator"), article, "رد", parent_id=comment["id"])
        moderator.put(f"{path}/reactions/insightful")
        after = member.get(path)
        assert after.json()["reply_count"] == 1
        assert after.headers["etag"] != before.headers["etag"]
        assert version(after.headers["etag"]) == version(before.headers["etag"]) == 1
        assert member.patch(path, {"body": "نص آخر"}, if_match=before.headers["etag"]).status_code == 200

    def test_encoding_leaves_the_version_alone(self, service: Service, editor: Person) -> None:
        article = service.article(editor, body="فقرة طويلة. " * 200)
        path = f"/v1/articles/{article['id']}"
        for coding in ("gzip", "br", "identity"):
            tag = service.nobody.get(path, accept_encoding=coding).headers["etag"]
            assert version(tag) == 1
            assert service.nobody.get(path, accept_encoding=coding, if_none_match=tag).status_code == 304
        tag = service.nobody.get(path, accept_encoding="gzip").headers["etag"]
        assert editor.patch(path, {"title": "عنوان آخر"}, if_match=tag).status_code == 200


class TestCreated:
    def test_what_was_just_made_is_changed_without_a_read(self, service: Service) -> None:
        editor = service.person("editor", "expert")
        article = editor.post("/v1/articles", {"title": "مياه"})
        below = f"/v1/articles/{article.json()['id']}"
        hook = {"url": "https://example.org/hook", "events": ["comment.created"]}
        made = [
            (article, {"title": "مياه الأنهار"}),
            (editor.post(f"{below}/comments", {"body": "قول"}), {"body": "قول آخر"}),
            (editor.post(f"{below}/analyses", TEXT), {"title": "عنوان آخر"}),
            (editor.post("/v1/moderation/rules", {"phrase": "كلب", "action": "hold"}), {"state": "off"}),
            (editor.post("/v1/webhooks", hook), {"active": False}),
        ]
        for created, change in made:
            assert created.status_code == 201, created.text
            path, tag = created.headers["location"], created.headers["etag"]
            changed = editor.send("PATCH", path, change, if_match=tag)
            assert changed.status_code == 200, changed.text
            assert editor.send("PATCH", path, change, if_match=tag).status_code == 412, path
