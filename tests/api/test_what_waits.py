"""What waits has one open case, about the words that stand now; nothing else is asked of it, and every case can end."""

from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from auth.identity import Identity
from forum.moderation.cases import open_case, review_comment
from forum.moderation.reversals import Retraction, reverse
from models.cases import Case, CaseState, Reason
from models.comments import Comment
from models.users import Role
from tests.api.listening import opened
from tests.beside import beside
from tests.recount import differences
from tests.service import START, Person, Service, let_older_transactions_end

QUEUE = "/v1/moderation/cases"
AFTER = {"approve": "approved", "reject": "rejected", "spam": "spam", "request_changes": "changes_requested"}


class Waiting(NamedTuple):
    """Name a comment that waits, the case in which it does, and another that was open about it."""

    comment: Any
    case: Any
    other: Any

    @property
    def path(self) -> str:
        """Give the path of the comment."""
        return f"/v1/comments/{self.comment['id']}"


def rule(moderator: Person, phrase: str, action: str) -> None:
    """Make a rule of screening."""
    values = {"phrase": phrase, "action": action} | ({"reason": "abuse"} if action == "reject" else {})
    assert moderator.post("/v1/moderation/rules", values).status_code == 201


def take_back(person: Person, decision: Any) -> Any:
    """Take a decision back."""
    return person.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})


def decide(person: Person, case: Any, verdict: str, revision: int = 1) -> Any:
    """Decide one case and no other."""
    body = {"verdict": verdict, "revision": revision, "reason": "other"}
    return person.post(f"{QUEUE}/{case['id']}/decisions", body)


def code(answer: Any) -> tuple[int, str | None]:
    """Give status and code of a refusal."""
    return answer.status_code, answer.json().get("code")


def open_about(service: Service, comment: Any) -> list[tuple[str, int]]:
    """Give the open cases about a comment, with the revision that each asks about."""
    is_open = (col(Case.subject_id) == UUID(comment["id"]), col(Case.state) == CaseState.OPEN)
    statement = select(Case.id, Case.revision).where(*is_open).order_by(col(Case.id))
    return [
        (str(case_id), revision) for case_id, revision in service.read(lambda session: session.exec(statement).all())
    ]


@pytest.fixture
def refused(service: Service, member: Person, moderator: Person, request: pytest.FixtureRequest) -> tuple[Waiting, Any]:
    """Give a comment that was refused, a look that another moderator asked for, and the decision."""
    comment = service.comment(member, service.article())
    case = service.case_of(moderator, comment)
    verdict = getattr(request, "param", "reject")
    decision = service.decide(moderator, comment, verdict, reason="abuse").json()
    other = service.person("moderator").post(f"/v1/comments/{comment['id']}/cases").json()
    return Waiting(comment, case, other), decision


@pytest.fixture
def waiting(service: Service, moderator: Person, refused: tuple[Waiting, Any]) -> Waiting:
    """Give the same after the refusal was taken back."""
    waiting, decision = refused
    assert take_back(moderator, decision).status_code == 201
    return waiting


@pytest.fixture
def doubled(service: Service, member: Person, moderator: Person) -> Waiting:
    """Give a comment that waits in one case and is asked about by another, as no act leaves it."""
    comment = service.comment(member, service.article())

    def put_up(session: Session) -> Case:
        subject = session.get_one(Comment, UUID(comment["id"]))
        return open_case(session, subject, 1, [], is_review=True, now=START)

    case, other = service.case_of(moderator, comment), service.write(put_up)
    return Waiting(comment, case, {"id": str(other.id)})


class TestReversal:
    @pytest.mark.parametrize("refused", ["reject", "spam"], indirect=True)
    def test_words_that_wait_again_are_asked_about_once(
        self, service: Service, moderator: Person, waiting: Waiting
    ) -> None:
        assert open_about(service, waiting.comment) == [(waiting.case["id"], 1)]
        assert moderator.get(f"{QUEUE}/{waiting.other['id']}").json()["state"] == "void"
        assert service.read(differences) == []

    def test_an_edit_made_then_is_what_is_published(
        self, service: Service, member: Person, moderator: Person, waiting: Waiting
    ) -> None:
        assert member.patch(waiting.path, {"body": "الصيغة الثانية"}).status_code == 200
        for case in (waiting.case, waiting.other):
            assert decide(moderator, case, "approve").status_code in {409, 412}
        assert service.nobody.get(waiting.path).status_code == 404
        assert decide(moderator, waiting.case, "approve", 2).status_code == 201
        assert service.nobody.get(waiting.path).json()["body"] == "الصيغة الثانية"
        assert service.read(differences) == []

    @pytest.mark.parametrize("verdict", AFTER)
    def test_whatever_is_decided_leaves_nothing_open(
        self, service: Service, member: Person, moderator: Person, waiting: Waiting, verdict: str
    ) -> None:
        assert decide(moderator, waiting.case, verdict).status_code == 201
        assert open_about(service, waiting.comment) == []
        assert member.get(waiting.path).json()["status"] == AFTER[verdict]
        assert service.read(differences) == []

    def test_a_look_asked_for_at_the_same_moment_is_void_too(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        comment = service.comment(member, service.article())
        case = service.case_of(moderator, comment)
        decision = service.decide(moderator, comment, "reject", reason="abuse").json()
        look = partial(review_comment, comment_id=UUID(comment["id"]), reason=None, now=START)
        assert beside(service, look, lambda: take_back(moderator, decision)).status_code == 201
        assert open_about(service, comment) == [(case["id"], 1)]
        assert service.read(differences) == []

    def test_no_look_is_asked_for_once_the_words_wait(
        self, service: Service, moderator: Person, refused: tuple[Waiting, Any]
    ) -> None:
        waiting, decision = refused
        assert moderator.id is not None
        identity = Identity(moderator.id, UUID(int=0), frozenset({Role.MODERATOR}), "", "ar")
        retraction = partial(
            reverse, decision_id=UUID(decision["id"]), retraction=Retraction(Reason.OTHER), identity=identity, now=START
        )
        look = beside(service, retraction, lambda: service.person("editor").post(f"{waiting.path}/cases"))
        assert code(look) == (409, "illegal_transition")
        assert open_about(service, waiting.comment) == [(waiting.case["id"], 1)]

    def test_a_newer_edit_that_waits_keeps_its_case_when_an_unread_one_is_taken_back(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        comment = service.comment(member, service.article(discussion={"moderation": "post"}), "رأي طويل بما يكفي")
        path = f"/v1/comments/{comment['id']}"
        member.patch(path, {"body": "رأي ثان طويل بما يكفي"})
        rule(moderator, "غراب", "hold")
        member.patch(path, {"body": "رأي ثالث عن غراب طويل بما يكفي"})
        edit = service.case_of(moderator, comment)
        [unread, _] = moderator.get("/v1/moderation/decisions").json()["items"]
        let_older_transactions_end(moderator)
        with opened(service, "/v1/moderation/stream", by=moderator) as stream:
            answer = take_back(service.person("editor"), unread)
            assert (answer.status_code, answer.json()["case_id"]) == (201, edit["id"])
            moderator.post(f"{QUEUE}/{edit['id']}/claim")
            # It was open all the while, so nothing is told of it but what comes after.
            assert [event.type for event in stream.wait(1)] == ["claimed"]
        assert open_about(service, comment) == [(edit["id"], 3)]
        assert service.nobody.get(path).json()["body"] == "رأي طويل بما يكفي"
        assert service.read(differences) == []

    @pytest.mark.parametrize("verdict", ["approve", "request_changes"])
    def test_an_edit_made_meanwhile_waits_for_what_it_was_held_for(
        self, service: Service, member: Person, moderator: Person, verdict: str
    ) -> None:
        comment = service.comment(member, service.article())
        case = service.case_of(moderator, comment)
        decision = service.decide(moderator, comment, verdict, reason="other").json()
        rule(moderator, "غراب", "hold")
        member.patch(f"/v1/comments/{comment['id']}", {"body": "رأي عن غراب"})
        edit = service.case_of(moderator, comment)
        assert [hold["code"] for hold in edit["hold"]] == ["rule"]
        assert take_back(moderator, decision).status_code == 201
        again = service.case_of(moderator, comment)
        assert (again["id"], again["subject"]["revision"], again["hold"]) == (case["id"], 2, edit["hold"])
        assert service.read(differences) == []


class TestRevisions:
    @pytest.mark.parametrize("verdict", ["approve", "reject", "spam", "request_changes"])
    def test_words_that_do_not_stand_are_not_decided_about(
        self, service: Service, member: Person, moderator: Person, doubled: Waiting, verdict: str
    ) -> None:
        member.patch(doubled.path, {"body": "الصيغة الثانية"})
        assert code(decide(moderator, doubled.other, verdict)) == (412, "stale")
        assert member.get(doubled.path).json()["status"] == "pending"

    def test_of_words_that_were_removed_those_that_were_public_stand(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        comment = service.approved(member, moderator, service.article(), "النص الأول")
        path = f"/v1/comments/{comment['id']}"
        look = moderator.post(f"{path}/cases").json()
        member.patch(path, {"body": "النص الثاني"})
        assert decide(moderator, look, "reject").status_code == 201
        assert member.post(f"{path}/appeals", {"statement": "لم أسئ"}).status_code == 201
        assert service.read(differences) == []
        assert service.decide(service.person("moderator"), comment, "overturn").status_code == 201
        assert service.nobody.get(path).json()["body"] == "النص الأول"

    @pytest.mark.parametrize("verdict", AFTER)
    def test_a_decision_about_words_that_waited_settles_whatever_else_was_asked(
        self, service: Service, moderator: Person, doubled: Waiting, verdict: str
    ) -> None:
        decision = decide(moderator, doubled.case, verdict).json()
        assert open_about(service, doubled.comment) == []
        assert take_back(moderator, decision).status_code == 201
        assert open_about(service, doubled.comment) == [(doubled.case["id"], 1)]
        assert service.read(differences) == []

    def test_an_appeal_outlasts_another_restriction(self, service: Service, member: Person, moderator: Person) -> None:
        comment = service.comment(member, service.article())
        path = f"/v1/comments/{comment['id']}"
        service.decide(moderator, comment, "reject", reason="abuse")
        member.post(f"{path}/appeals", {"statement": "لم أسئ"})
        appeal = service.case_of(moderator, comment)
        other = service.person("moderator")
        look = other.post(f"{path}/cases").json()
        assert decide(other, look, "spam").status_code == 201
        assert open_about(service, comment) == [(appeal["id"], 1)]
        assert service.read(differences) == []


class TestUnread:
    """Words that screening decides about, without anybody having read them."""

    @pytest.fixture
    def held(self, service: Service, member: Person, moderator: Person) -> Waiting:
        """Give a comment that a rule holds where others are public at once."""
        rule(moderator, "غراب", "hold")
        rule(moderator, "ثعلب", "reject")
        comment = service.comment(member, service.article(discussion={"moderation": "post"}), "قول طويل عن غراب أسود")
        return Waiting(comment, service.case_of(moderator, comment), None)

    @pytest.mark.parametrize(
        ("body", "verdict"), [("قول طويل عن حمام أبيض", "approve"), ("قول طويل عن ثعلب أحمر", "reject")]
    )
    def test_the_case_of_an_edit_names_the_words_that_were_decided_about(
        self, service: Service, member: Person, moderator: Person, held: Waiting, body: str, verdict: str
    ) -> None:
        assert member.patch(held.path, {"body": body}).status_code == 200
        decision = moderator.get("/v1/moderation/decisions").json()["items"][0]
        assert (decision["case_id"], decision["revision"], decision["verdict"]) == (held.case["id"], 2, verdict)
        case = moderator.get(f"{QUEUE}/{held.case['id']}").json()
        assert (case["state"], case["subject"]["revision"], case["subject"]["body"]) == ("decided", 2, body)
        assert [hold["code"] for hold in case["hold"]] == ([] if verdict == "approve" else ["rule"])
        assert service.read(differences) == []

    def test_words_that_were_let_through_wait_for_another_look_once_that_is_taken_back(
        self, service: Service, member: Person, moderator: Person, held: Waiting
    ) -> None:
        member.patch(held.path, {"body": "قول طويل عن حمام أبيض"})
        decision = moderator.get("/v1/moderation/decisions").json()["items"][0]
        assert take_back(service.person("editor"), decision).status_code == 201
        assert open_about(service, held.comment) == [(held.case["id"], 2)]
        assert member.get(held.path).json()["hold"]["codes"] == ["review"]

    def test_an_edit_of_them_waits_for_what_it_was_held_for_when_they_are_taken_back(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        rule(moderator, "غراب", "hold")
        comment = service.comment(member, service.article(discussion={"moderation": "post"}), "رأي طويل بما يكفي")
        [published] = moderator.get("/v1/moderation/decisions").json()["items"]
        member.patch(f"/v1/comments/{comment['id']}", {"body": "قول طويل عن غراب أسود"})
        held = service.case_of(moderator, comment)
        assert take_back(service.person("editor"), published).status_code == 201
        assert open_about(service, comment) == [(held["id"], 2)]
        assert service.case_of(moderator, comment)["hold"] == held["hold"]
        assert service.read(differences) == []

    def test_words_that_were_sent_back_are_not_new(
        self, service: Service, member: Person, moderator: Person, held: Waiting
    ) -> None:
        assert decide(moderator, held.case, "request_changes").status_code == 201
        assert member.patch(held.path, {"body": "قول طويل عن حمام أبيض"}).status_code == 200
        decision = moderator.get("/v1/moderation/decisions").json()["items"][0]
        assert (decision["revision"], decision["from"], decision["to"]) == (2, "pending", "approved")

    def test_words_that_never_waited_are_new(self, service: Service, member: Person, moderator: Person) -> None:
        comment = service.comment(member, service.article(discussion={"moderation": "post"}), "رأي طويل بما يكفي")
        member.patch(f"/v1/comments/{comment['id']}", {"body": "رأي ثان طويل بما يكفي"})
        log = moderator.get("/v1/moderation/decisions").json()["items"]
        assert [(row["revision"], row["from"]) for row in log] == [(2, "pending"), (1, "new")]
