"""Decisions: about the revision that was read, once, by somebody else than the author, and with a reason."""

from typing import Any
from uuid import uuid4

import pytest

from forum.moderation.claims import LEASE
from tests.forum.discussion.public_view import public_view, thread
from tests.service import Person, Service

PROMISED = {
    "id",
    "case_id",
    "subject",
    "revision",
    "verdict",
    "from",
    "to",
    "by",
    "automated",
    "reason",
    "note",
    "at",
    "previous_hash",
    "hash",
}
REASONS = (
    "abuse",
    "hate",
    "harassment",
    "illegal",
    "misinformation",
    "off_topic",
    "advertising",
    "duplicate",
    "unsupported",
    "undisclosed_interest",
    "spam",
    "other",
)
AFTER = {"approve": "approved", "reject": "rejected", "spam": "spam", "request_changes": "changes_requested"}
LOG, QUEUE = "/v1/moderation/decisions", "/v1/moderation/cases"


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article where every comment waits."""
    return service.article()


@pytest.fixture
def comment(service: Service, member: Person, article: Any) -> Any:
    """Give a comment that waits."""
    return service.comment(member, article)


@pytest.fixture
def path(service: Service, moderator: Person, comment: Any) -> str:
    """Give the path of the decisions about it."""
    return f"/v1/moderation/cases/{service.case_of(moderator, comment)['id']}/decisions"


def ruling(verdict: str = "approve", **values: Any) -> dict[str, Any]:
    """Write a decision about the first revision, with a reason where one is needed."""
    reason = {} if verdict == "approve" else {"reason": "other"}
    return {"verdict": verdict, "revision": 1, **reason, **values}


class TestDeciding:
    def test_moderators_decide_and_nobody_else(
        self, service: Service, member: Person, moderator: Person, article: Any, path: str
    ) -> None:
        assert service.nobody.post(path, ruling()).status_code == 401
        for who in (member, service.person("expert")):
            assert who.post(path, {}).json()["code"] == "forbidden"
        assert moderator.post(f"/v1/moderation/cases/{uuid4()}/decisions", {}).status_code == 404
        assert moderator.post("/v1/moderation/cases/1/decisions", {}).status_code == 404
        assert thread(service, article) == []
        for number, role in enumerate(("moderator", "editor", "admin")):
            waiting = service.comment(member, article, f"تعليق {number}")
            assert service.decide(service.person(role), waiting).status_code == 201

    @pytest.mark.parametrize("verdict", AFTER)
    @pytest.mark.long_table
    def test_decision_says_what_was_decided_about_which_words_by_whom(
        self, service: Service, member: Person, moderator: Person, comment: Any, path: str, verdict: str
    ) -> None:
        answer = moderator.post(path, ruling(verdict, note="إلى الكاتبة:\nشكرًا"))
        decision = answer.json()
        assert (answer.status_code, set(decision)) == (201, PROMISED)
        hashes = {name: decision.pop(name) for name in ("id", "previous_hash", "hash")}
        assert decision == {
            "case_id": path.split("/")[-2],
            "subject": {"type": "comment", "id": comment["id"]},
            "revision": 1,
            "verdict": verdict,
            "from": "pending",
            "to": AFTER[verdict],
            "by": str(moderator.id),
            "automated": False,
            "reason": None if verdict == "approve" else "other",
            "note": "إلى الكاتبة:\nشكرًا",
            "at": "2026-03-01T09:00:00.000000Z",
        }
        assert moderator.get(LOG).json()["items"] == [decision | hashes]
        assert member.get(f"/v1/comments/{comment['id']}").json()["status"] == AFTER[verdict]
        case = moderator.get(path.removesuffix("/decisions")).json()
        assert (case["state"], case["allowed_verdicts"]) == ("decided", [])

    @pytest.mark.parametrize("reason", REASONS)
    @pytest.mark.long_table
    def test_each_reason_is_taken(self, moderator: Person, path: str, reason: str) -> None:
        assert moderator.post(path, ruling("reject", reason=reason)).json()["reason"] == reason

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            pytest.param({}, "/verdict", id="a verdict is needed"),
            pytest.param({"verdict": "ban"}, "/verdict", id="one that there is"),
            pytest.param({"verdict": "approve", "revision": 0}, "/revision", id="revisions begin with one"),
            pytest.param({"verdict": "approve", "revision": "1"}, "/revision", id="a revision is a number"),
            pytest.param({"verdict": "approve", "revision": True}, "/revision", id="and no truth value"),
            pytest.param({"verdict": "approve", "revision": 2**63}, "/revision", id="within 32 bits"),
            pytest.param({"verdict": "reject", "revision": 1}, "/reason", id="to reject needs a reason"),
            pytest.param({"verdict": "spam", "revision": 1}, "/reason", id="to call it spam does too"),
            pytest.param({"verdict": "request_changes", "revision": 1}, "/reason", id="and to send it back"),
            pytest.param(ruling("reject", reason=None), "/reason", id="null is no reason"),
            pytest.param(ruling("reject", reason="boring"), "/reason", id="a reason is one of twelve"),
            pytest.param(ruling("reject", note="\u0000"), "/note", id="NUL is refused"),
            pytest.param(ruling("reject", note="x" * 2_001), "/note", id="a note has at most 2000 code points"),
            pytest.param(ruling(by="x"), "/by", id="nobody sets who decides"),
            pytest.param(ruling(at="2026-01-01T00:00:00Z"), "/at", id="nobody sets when"),
        ],
    )
    @pytest.mark.long_table
    def test_what_is_no_decision_is_refused_by_field(
        self, member: Person, moderator: Person, comment: Any, path: str, body: Any, pointer: str
    ) -> None:
        answer = moderator.post(path, ({"revision": 1} if "revision" not in body else {}) | body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
        assert member.get(f"/v1/comments/{comment['id']}").json()["status"] == "pending"

    def test_revision_has_to_be_named(self, moderator: Person, path: str) -> None:
        answer = moderator.post(path, {"verdict": "approve"})
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/revision"]

    @pytest.mark.parametrize("verdict", ["uphold", "dismiss", "overturn"])
    def test_verdicts_of_other_kinds_of_cases_are_no_step_from_here(
        self, moderator: Person, path: str, verdict: str
    ) -> None:
        answer = moderator.post(path, ruling(verdict))
        assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


class TestConflicts:
    def test_words_that_changed_since_are_not_decided_unread(
        self, service: Service, member: Person, moderator: Person, article: Any, comment: Any, path: str
    ) -> None:
        member.patch(f"/v1/comments/{comment['id']}", {"body": "نص آخر"})
        for verdict in ("approve", "reject"):
            answer = moderator.post(path, ruling(verdict))
            assert (answer.status_code, answer.json()["code"]) == (412, "stale")
        assert moderator.post(path, ruling(revision=3)).status_code == 412
        assert (thread(service, article), moderator.get(LOG).json()["items"]) == ([], [])
        assert moderator.post(path, ruling(revision=2)).status_code == 201

    def test_case_is_decided_once(
        self, service: Service, moderator: Person, article: Any, comment: Any, path: str
    ) -> None:
        assert moderator.post(path, ruling()).status_code == 201
        before = thread(service, article)
        for who, verdict in (
            (service.person("moderator"), "approve"),
            (service.person("editor"), "reject"),
            (moderator, "reject"),
        ):
            answer = who.post(path, ruling(verdict))
            assert (answer.status_code, answer.json()["code"]) == (409, "case_already_decided")
        assert thread(service, article) == before
        assert len(moderator.get(LOG).json()["items"]) == 1

    @pytest.mark.parametrize("verdict", AFTER)
    def test_same_verdict_said_again_by_the_same_person_gives_the_first_decision(
        self, service: Service, moderator: Person, path: str, verdict: str
    ) -> None:
        first = moderator.post(path, ruling(verdict, note="أول"))
        again = moderator.post(
            path, ruling(verdict, note="ثان", **({} if verdict == "approve" else {"reason": "hate"}))
        )
        assert (again.status_code, again.json()) == (200, first.json())
        assert len(moderator.get(LOG).json()["items"]) == 1

    def test_nobody_decides_about_their_own_words(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        for author in (moderator, service.person("editor"), service.person("admin")):
            comment = service.comment(author, article, f"رأي {author.id}")
            for verdict in ("approve", "reject"):
                answer = service.decide(author, comment, verdict, reason="other")
                assert (answer.status_code, answer.json()["code"]) == (403, "own_content")
            assert service.decide(service.person("moderator"), comment).status_code == 201
            review = service.person("moderator").post(f"/v1/comments/{comment['id']}/cases").json()
            answer = author.post(f"/v1/moderation/cases/{review['id']}/decisions", ruling())
            assert answer.json()["code"] == "own_content"

    def test_token_of_no_claim_is_lost(self, moderator: Person, path: str) -> None:
        answer = moderator.post(path, ruling(claim_token="x" * 32))
        assert (answer.status_code, answer.json()["code"]) == (409, "claim_lost")

    def test_holder_of_a_claim_decides_with_its_token_or_without_one(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        for number, shows_token in enumerate((True, False)):
            case = service.case_of(moderator, service.comment(member, article, f"رأي {number}"))
            token = moderator.post(f"{QUEUE}/{case['id']}/claim").json()["token"]
            body = ruling(claim_token=token) if shows_token else ruling()
            assert moderator.post(f"{QUEUE}/{case['id']}/decisions", body).status_code == 201

    def test_under_anothers_claim_nobody_decides_with_whatever_token(
        self, service: Service, moderator: Person, path: str
    ) -> None:
        claim = path.replace("/decisions", "/claim")
        token = moderator.post(claim).json()["token"]
        other = service.person("moderator")
        for body in (ruling(), ruling(claim_token=token), ruling(claim_token="x" * 32)):
            answer = other.post(path, body)
            assert (answer.status_code, answer.json()["code"]) == (409, "claim_lost")
        assert moderator.post(path, ruling(claim_token="x" * 32)).json()["code"] == "claim_lost"
        assert moderator.send("DELETE", claim).status_code == 204
        assert moderator.post(path, ruling(claim_token=token)).json()["code"] == "claim_lost"
        assert other.post(path, ruling()).status_code == 201

    def test_once_a_claim_lapsed_its_token_is_worth_nothing_and_anybody_decides(
        self, service: Service, moderator: Person, path: str
    ) -> None:
        token = moderator.post(path.replace("/decisions", "/claim")).json()["token"]
        service.clock.advance(LEASE)
        answer = moderator.post(path, ruling(claim_token=token))
        assert (answer.status_code, answer.json()["code"]) == (409, "claim_lost")
        assert service.person("moderator").post(path, ruling()).status_code == 201

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            pytest.param(
                ruling("reject", reason=None, revision=7, claim_token="x"), 422, id="no reason, stale, no claim"
            ),
            pytest.param(ruling("reject", revision=7, claim_token="x"), 412, id="stale and no claim"),
            pytest.param(ruling("uphold", revision=7), 412, id="stale and no step from here"),
        ],
    )
    def test_first_refusal_that_applies_is_given(self, moderator: Person, path: str, body: Any, status: int) -> None:
        assert moderator.post(path, body).status_code == status

    def test_key_repeats_the_answer_of_a_decision(self, moderator: Person, path: str) -> None:
        first = moderator.post(path, ruling(), idempotency_key="decision-1")
        again = moderator.post(path, ruling(), idempotency_key="decision-1")
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        other = moderator.post(path, ruling("spam"), idempotency_key="decision-1")
        assert other.json()["code"] == "idempotency_key_reused"


class TestReviewing:
    def test_public_words_are_removed_and_brought_back(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.approved(member, moderator, article, "منشور")
        bystander = service.person()
        before = service.nobody.get(f"/v1/comments/{comment['id']}").json()
        for verdict in ("reject", "spam"):
            moderator.post(f"/v1/comments/{comment['id']}/cases")
            decision = service.decide(moderator, comment, verdict, reason="abuse").json()
            assert decision["to"] == AFTER[verdict]
            assert thread(service, article) == []
            assert bystander.get(f"/v1/comments/{comment['id']}").status_code == 404
            assert member.get(f"/v1/comments/{comment['id']}").json()["tombstone"] == "removed"
        moderator.post(f"/v1/comments/{comment['id']}/cases")
        decision = service.decide(moderator, comment).json()
        assert (decision["from"], decision["to"]) == ("spam", "approved")
        assert thread(service, article) == [before]

    def test_confirmation_is_logged_and_changes_nothing(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment, bystander = service.approved(member, moderator, article, "منشور"), service.person()
        before = public_view(service, bystander, article, [comment])
        moderator.post(f"/v1/comments/{comment['id']}/cases")
        decision = service.decide(moderator, comment).json()
        assert (decision["from"], decision["to"]) == ("approved", "approved")
        assert public_view(service, bystander, article, [comment]) == before

    def test_words_once_refused_can_be_published_and_first_show_then(
        self, service: Service, member: Person, moderator: Person, article: Any, comment: Any
    ) -> None:
        service.decide(moderator, comment, "reject", reason="other")
        assert member.get(f"/v1/comments/{comment['id']}").json()["published_at"] is None
        moderator.post(f"/v1/comments/{comment['id']}/cases")
        assert service.decide(moderator, comment).status_code == 201
        [shown] = thread(service, article)
        assert (shown["id"], shown["published_at"]) == (comment["id"], "2026-03-01T09:00:00.000000Z")

    def test_public_words_cannot_be_sent_back(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.approved(member, moderator, article, "منشور")
        moderator.post(f"/v1/comments/{comment['id']}/cases")
        answer = service.decide(moderator, comment, "request_changes", reason="other")
        assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")
        assert len(thread(service, article)) == 1
        assert service.case_of(moderator, comment)["state"] == "open"
