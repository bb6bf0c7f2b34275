"""Refusals: one body, two languages, one order, and nothing in them that the client does not know already."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.limits import LIMITS, MINUTE, Limit
from api.texts import FIELD_TEXTS, PROBLEMS
from auth.password_rules import PasswordRefusal
from models import errors
from tests.api.raw import json_request, raw
from tests.service import Person, Service, running_service

ROOT = Path(__file__).parents[2]
RAISED = re.compile(r'\bRefused\(\s*"([a-z_]+)"')
RAISED_OF_FIELDS = re.compile(r'\brefuse\("([a-z_]+)"\)|\bInvalid\(\s*"/[^"]*", "([a-z_]+)"')
ARABIC = re.compile(r"[\u0621-\u064a]")
MEMBERS = {"type", "title", "status", "detail", "instance", "code"}
PROMISED = """
unauthenticated 401, token_expired 401, forbidden 403, not_found 404, validation_failed 422, stale 412,
precondition_required 428, rate_limited 429, overloaded 503, storage_full 507, discussion_closed 409,
duplicate_comment 409, illegal_transition 409, case_already_decided 409, claim_lost 409, already_claimed 409,
own_content 403, disclosure_required 422, parent_not_public 409, not_independent 403, already_appealed 409,
appeal_window_closed 409, email_taken 409, cursor_invalid 422, idempotency_key_invalid 422,
idempotency_key_reused 422, idempotency_in_progress 409
"""


def sources() -> list[str]:
    """Read the code that raises refusals."""
    folders = ("api", "auth", "forum", "models")
    return [path.read_text(encoding="utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py")]


class TestWords:
    @pytest.mark.parametrize("code", PROBLEMS)
    def test_code_has_a_title_and_advice_in_both_languages(self, code: str) -> None:
        problem = PROBLEMS[code]
        assert 400 <= problem.status < 600
        for arabic, english in ((problem.title_ar, problem.title_en), (problem.detail_ar, problem.detail_en)):
            assert ARABIC.search(arabic)
            assert english[0].isupper()
            assert not ARABIC.search(english)

    @pytest.mark.parametrize("code", FIELD_TEXTS)
    def test_field_code_has_a_sentence_in_both_languages(self, code: str) -> None:
        arabic, english = FIELD_TEXTS[code]
        assert ARABIC.search(arabic)
        assert not ARABIC.search(english)
        assert arabic.endswith(".")
        assert english.endswith(".")

    @pytest.mark.parametrize("promise", PROMISED.replace("\n", " ").split(","))
    def test_promised_code_keeps_its_status(self, promise: str) -> None:
        code, status = promise.split()
        assert PROBLEMS[code].status == int(status)

    def test_every_code_that_is_raised_has_words(self) -> None:
        raised = {code for source in sources() for code in RAISED.findall(source)}
        raised |= {kind.code for kind in vars(errors).values() if isinstance(getattr(kind, "code", None), str)}
        assert len(raised) > 20
        assert raised - PROBLEMS.keys() == set()

    def test_every_field_code_that_is_raised_has_words(self) -> None:
        found = {code for source in sources() for pair in RAISED_OF_FIELDS.findall(source) for code in pair if code}
        found |= {refusal.value for refusal in PasswordRefusal}
        assert len(found) > 10
        assert found - FIELD_TEXTS.keys() == set()


class TestBody:
    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/v1/articles/unknown", 404, "not_found"),
            ("GET", "/nowhere", 404, "not_found"),
            ("GET", "/v1/me", 401, "unauthenticated"),
            ("PUT", "/v1/articles", 405, "method_not_allowed"),
            ("GET", "/v1/articles?limit=0", 422, "validation_failed"),
            ("GET", "/v1/articles?cursor=x", 422, "cursor_invalid"),
        ],
    )
    def test_refusal_is_a_problem_with_the_id_of_the_request(
        self, service: Service, method: str, path: str, status: int, code: str
    ) -> None:
        answer = service.nobody.send(method, path)
        problem = answer.json()
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-language"] == "ar"
        assert problem.keys() == MEMBERS | ({"errors"} if code == "validation_failed" else set())
        assert problem["instance"] == answer.headers["x-request-id"]
        assert (problem["status"], problem["code"]) == (status, code)
        assert (problem["title"], problem["detail"]) == (PROBLEMS[code].title_ar, PROBLEMS[code].detail_ar)

    def test_sane_request_id_of_the_client_is_kept(self, service: Service) -> None:
        answer = service.nobody.get("/v1/articles/unknown", x_request_id="client:7.a_b-c")
        assert answer.json()["instance"] == answer.headers["x-request-id"] == "client:7.a_b-c"

    @pytest.mark.parametrize("given", ["", "a" * 65, "<script>", "a b", '"'])
    def test_other_request_id_of_the_client_is_replaced(self, service: Service, given: str) -> None:
        answer = service.nobody.get("/v1/articles/unknown", x_request_id=given)
        assert answer.json()["instance"] == answer.headers["x-request-id"] != given

    def test_every_wrong_field_is_named_by_pointer_code_and_sentence(self, service: Service, member: Person) -> None:
        article = service.article()
        body = {"body": "", "kind": "song", "quote": {"exact": 7, "more": 1}, "status": "approved"}
        answer = member.post(f"/v1/articles/{article['id']}/comments", body, accept_language="en")
        assert answer.json()["errors"] == [
            {"pointer": pointer, "code": code, "detail": FIELD_TEXTS[code][1]}
            for pointer, code in [
                ("/body", "blank"),
                ("/quote/exact", "wrong_type"),
                ("/quote/more", "unknown_field"),
                ("/kind", "not_allowed"),
                ("/status", "unknown_field"),
            ]
        ]

    def test_list_of_too_many_is_called_that(self, service: Service) -> None:
        names = "&".join(f"article=a{number}" for number in range(101))
        [error] = service.nobody.get(f"/v1/counts?{names}").json()["errors"]
        assert (error["pointer"], error["code"]) == ("/query/article", "too_many")

    def test_at_most_twenty_fields_are_named(self, service: Service) -> None:
        answer = service.nobody.post("/v1/users", {f"field_{'x' * number}": number for number in range(1, 30)})
        assert len(answer.json()["errors"]) == 20

    def test_method_that_a_path_does_not_take_is_answered_with_those_it_takes(self, service: Service) -> None:
        answer = service.nobody.put("/v1/articles/unknown")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD, PATCH"

    def test_refusal_of_credentials_says_which_are_wanted(self, service: Service) -> None:
        assert service.nobody.get("/v1/me").headers["www-authenticate"] == 'Bearer realm="forum"'


class TestUnseen:
    @pytest.fixture
    def waiting(self, service: Service, member: Person) -> Any:
        """Let a comment wait that only its author and moderators may know of."""
        return service.comment(member, service.article())

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/v1/comments/{id}"),
            ("GET", "/v1/comments/{id}/replies"),
            ("GET", "/v1/comments/{id}/revisions"),
            ("HEAD", "/v1/comments/{id}"),
            ("PATCH", "/v1/comments/{id}"),
            ("DELETE", "/v1/comments/{id}"),
            ("POST", "/v1/comments/{id}/replies"),
            ("PUT", "/v1/comments/{id}/reactions/agree"),
            ("DELETE", "/v1/comments/{id}/reactions/agree"),
            ("POST", "/v1/articles/{article}/comments"),
        ],
    )
    @pytest.mark.long_table
    def test_what_one_may_not_see_is_answered_as_what_never_was(
        self, service: Service, waiting: Any, method: str, path: str
    ) -> None:
        stranger = service.person("expert")
        people = [stranger, service.nobody] if method in {"GET", "HEAD"} else [stranger]
        for person in people:
            answers = []
            for comment_id in (waiting["id"], str(uuid4())):
                target = path.format(id=comment_id, article=waiting["article_id"])
                body = {"body": "رد"} | ({"parent_id": comment_id} if "articles" in target else {})
                sent = None if method in {"GET", "HEAD"} else body
                answers.append(person.send(method, target, sent, x_request_id="same", if_match="*"))
            unseen, unknown = answers
            assert unseen.status_code == 404
            assert (unseen.status_code, unseen.content) == (unknown.status_code, unknown.content)
            assert unseen.headers == unknown.headers


class TestOrder:
    """Each request earns several refusals, the one expected and others that come later."""

    @pytest.fixture
    def rejected(self, service: Service, member: Person, moderator: Person) -> Any:
        """Reject a comment, which its author can read and no longer edit."""
        comment = service.comment(member, service.article())
        service.decide(moderator, comment, "reject", reason="other")
        return comment

    def code(self, service: Service, who: Person, path: str, body: bytes, *more: tuple[bytes, bytes]) -> Any:
        answer = raw(service, json_request(who, "PATCH", path, body, *more))
        return answer.status, answer.code

    def test_first_refusal_that_applies_is_the_one_given(
        self, service: Service, member: Person, moderator: Person, rejected: Any
    ) -> None:
        unknown, path = f"/v1/comments/{uuid4()}", f"/v1/comments/{rejected['id']}"
        forged = Person(service.client, headers={"Authorization": "Bearer forged"})
        large, bad, good = b"x" * 300_000, b'{"body": 7}', '{"body": "نص آخر"}'.encode()
        plain = (b"content-type", b"text/plain")
        stale = (b"if-match", b'"7.x"')
        assert self.code(service, forged, unknown, large, plain) == (413, "body_too_large")
        assert self.code(service, forged, unknown, bad, plain)[0] == 415
        assert self.code(service, forged, unknown, bad) == (401, "unauthenticated")
        assert self.code(service, service.nobody, unknown, bad) == (401, "unauthenticated")
        assert self.code(service, member, unknown, bad) == (404, "not_found")
        assert self.code(service, moderator, path, bad) == (403, "forbidden")
        assert self.code(service, member, path, bad) == (422, "validation_failed")
        assert self.code(service, member, path, good) == (428, "precondition_required")
        assert self.code(service, member, path, good, stale) == (412, "stale")
        assert self.code(service, member, path, good, (b"if-match", b"*")) == (409, "illegal_transition")

    def test_too_many_requests_are_refused_after_strangers_and_before_what_is_not_there(
        self, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(LIMITS, "write", Limit(1, MINUTE, ""))
        with running_service(database_url, tmp_path, rate_limits=True) as service:
            member, unknown = service.person(), f"/v1/comments/{uuid4()}"
            assert self.code(service, member, unknown, b"{}") == (404, "not_found")
            assert self.code(service, member, unknown, b"{}") == (429, "rate_limited")
            assert self.code(service, service.nobody, unknown, b"{}") == (401, "unauthenticated")

    def test_answer_is_repeated_after_refusals_of_the_request_and_before_those_of_the_state(
        self, service: Service, member: Person
    ) -> None:
        editor = service.person("editor")
        article = service.article(editor)
        path, settings = f"/v1/articles/{article['id']}/comments", f"/v1/articles/{article['id']}"
        first = member.post(path, {"body": "رأي"}, idempotency_key="one")
        editor.patch(settings, {"discussion": {"state": "closed"}})
        assert member.post(path, {"body": "رأي"}).json()["code"] == "discussion_closed"
        assert member.post(path, {"body": "رأي"}, idempotency_key="one").content == first.content
        assert member.post(path, {"body": ""}, idempotency_key="one").json()["code"] == "validation_failed"
        editor.patch(settings, {"discussion": {"participants": "experts"}})
        assert member.post(path, {"body": "رأي"}, idempotency_key="one").json()["code"] == "forbidden"

    def test_what_is_left_to_the_verb_is_refused_before_the_form_and_the_key(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article(discussion={"participants": "experts"})
        comment = service.comment(service.person("expert"), article)
        case, long_key = service.case_of(moderator, comment), "k" * 256
        posts, unknown_posts = (f"/v1/articles/{name}/comments" for name in (article["id"], uuid4()))
        slug = f"/v1/articles/{article['slug']}/comments"
        decisions, unknown_decisions = (f"/v1/moderation/cases/{name}/decisions" for name in (case["id"], uuid4()))
        for who, path, code in [
            (member, unknown_posts, "not_found"),
            (member, posts, "forbidden"),
            (member, slug, "forbidden"),
            (member, decisions, "forbidden"),
            (moderator, unknown_decisions, "not_found"),
        ]:
            assert who.post(path, {"body": 7}).json()["code"] == code, path
            good = {"body": "رأي"} if path.endswith("comments") else {"verdict": "approve", "revision": 1}
            assert who.post(path, good, idempotency_key=long_key).json()["code"] == code, path
            assert who.post(path, good).json()["code"] == code, path
        assert moderator.post(decisions, {"body": 7}).json()["code"] == "validation_failed"

    def test_decision_is_refused_for_its_case_then_its_form_then_its_revision_then_its_state(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        other = service.person("moderator")
        comment = service.comment(moderator, service.article())
        path = f"/v1/moderation/cases/{service.case_of(other, comment)['id']}/decisions"

        def decide(who: Person, **body: Any) -> Any:
            return who.post(path, body).json().get("code")

        assert decide(member, verdict="reject", revision=2) == "forbidden"
        assert decide(moderator, verdict="reject", revision=2) == "own_content"
        assert decide(other, verdict="reject", revision=2) == "validation_failed"
        assert decide(other, verdict="reject", revision=2, reason="other", claim_token="x") == "stale"
        assert decide(other, verdict="reject", revision=1, reason="other", claim_token="x") == "claim_lost"
        assert decide(other, verdict="reject", revision=1, reason="other") is None
        assert decide(service.person("admin"), verdict="reject", revision=2) == "validation_failed"
        assert decide(service.person("admin"), verdict="approve", revision=2) == "stale"
        assert decide(service.person("admin"), verdict="approve", revision=1) == "case_already_decided"

    def test_what_is_not_there_or_not_allowed_is_refused_before_the_form_of_what_was_sent(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        unknown, malformed = uuid4(), {"unheard": "of"}
        editor = service.person("editor")
        decision = service.decide(moderator, service.comment(member, service.article())).json()
        own = service.decide(editor, service.comment(moderator, service.article())).json()
        another = service.person("moderator")
        for who, method, path, status, code in (
            (moderator, "POST", f"/v1/moderation/decisions/{unknown}/reversal", 404, "not_found"),
            (another, "POST", f"/v1/moderation/decisions/{decision['id']}/reversal", 403, "forbidden"),
            (moderator, "POST", f"/v1/moderation/decisions/{own['id']}/reversal", 403, "own_content"),
            (moderator, "POST", f"/v1/moderation/batches/{unknown}/reversal", 404, "not_found"),
            (moderator, "POST", f"/v1/comments/{unknown}/cases", 404, "not_found"),
            (member, "POST", f"/v1/comments/{unknown}/cases", 403, "forbidden"),
            (moderator, "PATCH", f"/v1/moderation/rules/{unknown}", 404, "not_found"),
            (member, "PATCH", f"/v1/moderation/rules/{unknown}", 403, "forbidden"),
            (editor, "POST", f"/v1/webhooks/{unknown}/secret-rotation", 404, "not_found"),
            (editor, "POST", f"/v1/webhooks/{unknown}/ping", 404, "not_found"),
            (editor, "POST", f"/v1/webhooks/{unknown}/deliveries/{unknown}/resend", 404, "not_found"),
        ):
            answer = who.send(method, path, malformed, idempotency_key="x" * 256)
            assert (answer.status_code, answer.json()["code"]) == (status, code), path
