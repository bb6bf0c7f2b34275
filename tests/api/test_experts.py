"""Becoming an expert and ceasing to be one: applications, invitations, changes, revocation, expiry, the directory."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session, col, select

from forum.delivery.mail import WORDINGS
from forum.experts import invitations
from forum.experts.credentials import REMINDED_BEFORE
from forum.experts.invitations import INVITATION_LASTS, NewInvitation
from forum.moderation.credentials import CREDENTIAL_LASTS, Qualification
from models.cases import Decision
from models.publication import OutboxJob
from tests.api.candidates import APPLICATION, APPLICATIONS, OWN, apply, case_of, decide, tend, verified
from tests.api.world import with_token
from tests.beside import beside, meeting
from tests.service import Person, Service

ACCEPT = "/v1/experts/invitations/accept"
INVITED = {"title": "باحث", "affiliation": "معهد", "fields": ["مناخ"]}


@pytest.fixture
def editor(service: Service) -> Person:
    """Give an editor."""
    return service.person("editor", display_name="تحرير")


def credential_of(service: Service, person: Person) -> Any:
    """Read the credential that the public sees."""
    return service.nobody.get(f"/v1/users/{person.id}").json()["credential"]


def roles_of(person: Person) -> list[str]:
    """Read one's own roles."""
    return list(person.get("/v1/me").json()["roles"])


def letters(service: Service, template: str) -> list[str]:
    """Read the mails of a kind that went out, in Arabic, the first one first."""

    def waits(session: Session) -> bool:
        return session.exec(select(OutboxJob.id).where(col(OutboxJob.kind) == "mail")).first() is not None

    assert service.client.portal is not None
    while service.read(waits):
        service.client.portal.call(service.app.state.chores.deliver)
    subject = WORDINGS[template, "ar"].subject
    paths = sorted(service.settings.mail_folder.glob("*.eml"))
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
    return [str(mail.get_content()) for mail in found if mail["Subject"] == subject]


def invite(service: Service, editor: Person, email: str, **values: Any) -> str:
    """Invite an address and give the newest token that went there."""
    answer = editor.post("/v1/experts/invitations", {"email": email, **INVITED, **values})
    assert answer.status_code == 201, answer.text
    token = tokens(service)[-1]
    assert token not in answer.text
    return token


def tokens(service: Service) -> list[str]:
    """Read the tokens that went out with invitations."""
    return [re.findall(r"^[\w-]{43}$", letter, re.MULTILINE)[0] for letter in letters(service, "expert_invitation")]


class TestApplying:
    def test_of_two_applications_at_once_one_is_refused_without_a_circle(
        self, service: Service, member: Person
    ) -> None:
        def applying(key: str) -> int:
            return int(member.post(APPLICATIONS, APPLICATION, idempotency_key=key).status_code)

        database = service.app.state.services.database
        with meeting(database, r"SELECT users\.id, users\.email, ") as looks, ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(applying, ("a", "b"))) == [201, 409]
        assert len(looks) == 2

    def test_approval_makes_an_expert_and_the_log_says_so(
        self, service: Service, member: Person, moderator: Person, editor: Person
    ) -> None:
        application = apply(member)
        assert (application["status"], application["decision"]) == ("pending", None)
        version = service.nobody.get(f"/v1/users/{member.id}").headers["etag"].partition(".")[0]
        case = case_of(editor, application)
        assert case["allowed_verdicts"] == ["approve", "reject", "request_changes"]
        assert (case["article_id"], case["author"]["id"]) == (None, str(member.id))
        assert {name: case["subject"][name] for name in APPLICATION} == APPLICATION
        path = f"/v1/moderation/cases/{case['id']}"
        ruling = {"verdict": "approve", "revision": 1}
        hidden = [moderator.get(path), moderator.post(f"{path}/claim"), moderator.post(f"{path}/decisions", ruling)]
        assert {answer.status_code for answer in hidden} == {404}
        assert moderator.get("/v1/moderation/cases").json()["items"] == []
        assert moderator.get("/v1/moderation/summary").json()["open"]["application"] == 0
        assert editor.get("/v1/moderation/summary").json()["open"]["application"] == 1
        decision = editor.post(f"{path}/decisions", ruling)
        assert (decision.status_code, decision.json()["from"], decision.json()["to"]) == (201, "pending", "approved")
        assert decision.json()["subject"] == {"type": "application", "id": application["id"]}
        assert roles_of(member) == ["member", "expert"]
        expires_at = service.clock() + CREDENTIAL_LASTS
        assert credential_of(service, member) == {
            **{name: APPLICATION[name] for name in ("title", "affiliation", "fields", "orcid")},
            "verified_at": "2026-03-01T09:00:00.000000Z",
            "expires_at": f"{expires_at:%Y-%m-%dT%H:%M:%S}.000000Z",
        }
        assert service.nobody.get(f"/v1/users/{member.id}").headers["etag"].partition(".")[0] != version
        own = member.get(OWN).json()
        assert (own["status"], own["decision"]["verdict"]) == ("approved", "approve")
        assert editor.get("/v1/moderation/decisions/verify").json()["ok"]

    def test_one_waits_at_a_time_and_what_was_sent_back_is_sent_again(
        self, member: Person, moderator: Person, editor: Person
    ) -> None:
        application = apply(member)
        assert member.post(APPLICATIONS, APPLICATION).json()["code"] == "application_pending"
        assert decide(editor, application, "request_changes").json()["errors"][0]["code"] == "reason_required"
        answer = decide(editor, application, "request_changes", reason="unsupported", note="أين الشهادة؟")
        assert answer.status_code == 201
        own = member.get(OWN).json()
        assert (own["status"], own["decision"]["reason"], own["decision"]["note"]) == (
            "changes_requested",
            "unsupported",
            "أين الشهادة؟",
        )
        again = apply(member, title="أستاذة مساعدة")
        assert (again["id"], again["revision"], again["status"]) == (application["id"], 2, "pending")
        assert case_of(editor, again)["subject"]["title"] == "أستاذة مساعدة"
        remark = {"start": 0, "end": 1, "text": "؟"}
        refused = decide(editor, again, "request_changes", reason="other", remarks=[remark])
        assert refused.json()["errors"][0]["code"] == "out_of_range"
        assert decide(editor, again, "spam", reason="spam").json()["code"] == "illegal_transition"
        assert decide(editor, again, "reject", reason="unsupported").status_code == 201
        assert "expert" not in roles_of(member)
        third = apply(member)
        assert third["id"] != application["id"]
        assert member.get(OWN).json()["id"] == third["id"]

    def test_one_applies_not_for_what_one_is_nor_decides_about_oneself(self, service: Service, editor: Person) -> None:
        assert decide(editor, apply(editor)).json()["code"] == "own_content"
        assert service.person("expert").post(APPLICATIONS, APPLICATION).json()["code"] == "already_expert"

    def test_application_is_withdrawn_while_it_is_open(self, member: Person, editor: Person) -> None:
        application = apply(member)
        case = case_of(editor, application)
        assert member.send("DELETE", OWN).json()["code"] == "precondition_required"
        assert member.delete(OWN).status_code == 204
        assert member.get(OWN).json()["status"] == "withdrawn"
        assert editor.get(f"/v1/moderation/cases/{case['id']}").json()["state"] == "void"
        assert member.delete(OWN).json()["code"] == "illegal_transition"
        assert apply(member)["id"] != application["id"]

    @pytest.mark.parametrize(
        ("values", "pointer"),
        [
            pytest.param({"title": "سطر\nوسطر"}, "/title", id="a title is one line"),
            pytest.param({"title": "x" * 201}, "/title", id="of two hundred characters"),
            pytest.param({"affiliation": " \u0640"}, "/affiliation", id="an affiliation is seen"),
            pytest.param({"fields": []}, "/fields", id="an expert has a field"),
            pytest.param({"fields": ["مياه"] * 11}, "/fields", id="and ten at most"),
            pytest.param({"fields": ["مياة", "مياه"]}, "/fields", id="each once"),
            pytest.param({"orcid": "0000-0002-1825-0098"}, "/orcid", id="an identifier has its check character"),
            pytest.param({"evidence": []}, "/evidence", id="something shows it"),
            pytest.param(
                {"evidence": [{"label": "x", "url": "ftp://example.org"}]}, "/evidence/0/url", id="at an address"
            ),
            pytest.param({"status": "approved"}, "/status", id="nobody approves themselves"),
        ],
    )
    @pytest.mark.long_table
    def test_what_is_no_application_is_refused_by_field(self, world: Any, values: Any, pointer: str) -> None:
        answer = world.people["member"].post(APPLICATIONS, APPLICATION | values)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


class TestTakingBack:
    def test_reversal_of_an_approval_takes_the_credential_and_opens_the_case(
        self, service: Service, member: Person, editor: Person, moderator: Person
    ) -> None:
        application = apply(member)
        decision = decide(editor, application).json()
        path = f"/v1/moderation/decisions/{decision['id']}/reversal"
        assert moderator.post(path, {"reason": "other"}).status_code == 404
        assert editor.post(path, {"reason": "other"}).status_code == 201
        assert roles_of(member) == ["member"]
        assert credential_of(service, member) is None
        assert member.get(OWN).json()["status"] == "pending"
        assert decide(editor, application).status_code == 201
        assert roles_of(member) == ["member", "expert"]

    def test_reversal_of_a_change_brings_the_credential_before_back(self, service: Service, editor: Person) -> None:
        expert = service.person("expert", title="باحثة")
        before = credential_of(service, expert)
        changed = expert.patch(f"/v1/experts/{expert.id}/credential", {"title": "أستاذة"}, if_match="*").json()
        decision = decide(editor, changed).json()
        assert credential_of(service, expert)["title"] == "أستاذة"
        editor.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})
        assert credential_of(service, expert) == before

    def test_decision_is_not_taken_back_once_things_moved_on(
        self, service: Service, member: Person, editor: Person
    ) -> None:
        first = decide(editor, apply(member)).json()
        assert editor.delete(f"/v1/experts/{member.id}/credential?reason=other", if_match="*").status_code == 204
        path = f"/v1/moderation/decisions/{first['id']}/reversal"
        assert editor.post(path, {"reason": "other"}).json()["code"] == "illegal_transition"
        second = decide(editor, apply(member), "reject", reason="other").json()
        apply(member)
        path = f"/v1/moderation/decisions/{second['id']}/reversal"
        assert editor.post(path, {"reason": "other"}).json()["code"] == "illegal_transition"


class TestInvitations:
    def test_owner_of_the_address_becomes_an_expert_once(
        self, service: Service, member: Person, editor: Person
    ) -> None:
        email = member.get("/v1/me").json()["email"]
        token = invite(service, editor, email.upper())
        stranger = service.person()
        refusals = [stranger.post(ACCEPT, {"token": token}), member.post(ACCEPT, {"token": "unknown"})]
        accepted = member.post(ACCEPT, {"token": token})
        assert (accepted.status_code, accepted.json()["credential"]["title"]) == (200, "باحث")
        assert roles_of(member) == ["member", "expert"]
        refusals.append(member.post(ACCEPT, {"token": token}))
        late = invite(service, editor, stranger.get("/v1/me").json()["email"])
        service.clock.advance(INVITATION_LASTS)
        stranger = with_token(service, stranger, at=service.clock())
        refusals.append(stranger.post(ACCEPT, {"token": late}))
        bodies = [answer.json() for answer in refusals]
        assert {(body["code"], body["errors"][0]["code"]) for body in bodies} == {
            ("validation_failed", "token_invalid")
        }
        assert len({str(body | {"instance": ""}) for body in bodies}) == 1
        [logged] = service.read(log_of)
        assert (logged.subject_id, logged.verdict, logged.decided_by) == (member.id, "verify", editor.id)

    def test_newer_invitation_takes_the_place_of_the_one_before(
        self, service: Service, member: Person, editor: Person
    ) -> None:
        email = member.get("/v1/me").json()["email"]
        first = invite(service, editor, email)
        second = invite(service, editor, email, title="أستاذ")
        assert member.post(ACCEPT, {"token": first}).status_code == 422
        assert member.post(ACCEPT, {"token": second}, idempotency_key="a").status_code == 200
        again = member.post(ACCEPT, {"token": second}, idempotency_key="a")
        assert (again.status_code, again.json()["credential"]["title"]) == (200, "أستاذ")

    def test_of_two_invitations_at_once_the_newer_opens(self, service: Service, member: Person, editor: Person) -> None:
        email = member.get("/v1/me").json()["email"]
        assert editor.id is not None
        new = NewInvitation(email, Qualification(**INVITED))
        inviting = partial(invitations.invite, new=new, invited_by=editor.id, now=service.clock())
        answer = beside(service, inviting, lambda: editor.post("/v1/experts/invitations", {"email": email, **INVITED}))
        assert answer.status_code == 201
        answers = [member.post(ACCEPT, {"token": token}).status_code for token in tokens(service)]
        assert answers == [422, 200]

    def test_nobody_invites_themselves(self, editor: Person) -> None:
        email = editor.get("/v1/me").json()["email"].upper()
        answer = editor.post("/v1/experts/invitations", {"email": email, **INVITED})
        assert (answer.status_code, answer.json()["code"]) == (403, "own_content")


class TestCredentials:
    def test_change_waits_while_the_standing_one_stays(self, service: Service, editor: Person) -> None:
        expert = verified(service, editor)
        path = f"/v1/experts/{expert.id}"
        before = service.nobody.get(path)
        service.clock.advance(timedelta(days=30))
        expert, editor = (with_token(service, who, at=service.clock()) for who in (expert, editor))
        assert expert.send("PATCH", f"{path}/credential", {"title": "x"}, if_match='"1.a"').status_code == 412
        answer = expert.send("PATCH", f"{path}/credential", {"title": "عميدة", "orcid": None})
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")
        assert (answer.json()["fields"], answer.json()["orcid"]) == (APPLICATION["fields"], None)
        assert service.nobody.get(path).content == before.content
        again = expert.send("PATCH", f"{path}/credential", {})
        assert again.json()["code"] == "application_pending"
        assert decide(editor, answer.json()).status_code == 201
        after = service.nobody.get(path).json()
        assert (after["credential"]["title"], after["biography"]) == ("عميدة", APPLICATION["biography"])
        assert after["credential"]["expires_at"] > before.json()["credential"]["expires_at"]

    def test_revocation_says_why_and_leaves_what_was_published(
        self, service: Service, editor: Person, moderator: Person
    ) -> None:
        expert = verified(service, editor, display_name="ريم")
        article = service.article()
        assert expert.put(f"/v1/articles/{article['id']}/disclosure", {"none": True}).status_code == 201
        comment = service.approved(expert, moderator, article, "رأي")
        before = service.nobody.get(f"/v1/comments/{comment['id']}").json()
        path = f"/v1/experts/{expert.id}/credential"
        assert editor.send("DELETE", path).json()["errors"][0]["pointer"] == "/query/reason"
        assert editor.send("DELETE", f"{path}?reason=غادرت الجامعة").status_code == 204
        assert roles_of(expert) == ["member"]
        assert service.nobody.get(f"/v1/experts/{expert.id}").status_code == 404
        assert editor.send("DELETE", f"{path}?reason=other").status_code == 404
        assert service.nobody.get(f"/v1/comments/{comment['id']}").json() == before
        log = editor.get("/v1/moderation/decisions").json()["items"][0]
        assert [log[name] for name in ("verdict", "from", "to", "reason", "note")] == [
            "revoke",
            "verified",
            "revoked",
            "other",
            "غادرت الجامعة",
        ]
        [letter] = letters(service, "credential_revoked")
        assert "غادرت الجامعة" in letter

    def test_reason_without_words_of_its_own_is_told_in_words(self, service: Service, editor: Person) -> None:
        expert = verified(service, editor)
        path = f"/v1/experts/{expert.id}/credential?reason=undisclosed_interest"
        assert editor.send("DELETE", path).status_code == 204
        [letter] = letters(service, "credential_revoked")
        assert "مصلحة غير مفصح عنها" in letter

    def test_credential_is_asked_for_anew_before_it_ends_and_ends_when_due(
        self, service: Service, editor: Person
    ) -> None:
        expert = verified(service, editor)
        service.clock.advance(CREDENTIAL_LASTS - REMINDED_BEFORE - timedelta(seconds=1))
        tend(service)
        assert letters(service, "credential_expiring") == []
        service.clock.advance(timedelta(seconds=1))
        tend(service)
        tend(service)
        [letter] = letters(service, "credential_expiring")
        assert "2028-02-29" in letter
        service.clock.advance(REMINDED_BEFORE)
        assert service.nobody.get(f"/v1/experts/{expert.id}").status_code == 404
        tend(service)
        assert len(letters(service, "credential_expired")) == 1
        face = service.nobody.get(f"/v1/users/{expert.id}").json()
        assert (face["badges"], face["credential"]) == ([], None)

        def newest(session: Session) -> Any:
            rows = log_of(session)
            return rows[-1].verdict, rows[-1].automated, rows[-1].status_to

        assert service.read(newest) == ("expire", True, "expired")

    def test_operators_word_does_not_run_out(self, service: Service) -> None:
        expert = service.person("expert")
        service.clock.advance(10 * CREDENTIAL_LASTS)
        tend(service)
        assert service.nobody.get(f"/v1/experts/{expert.id}").status_code == 200


def log_of(session: Session) -> Any:
    """Read the log from the database, since no token lasts as long as a credential."""
    return session.exec(select(Decision).order_by(col(Decision.number))).all()


class TestDirectory:
    @pytest.fixture
    def people(self, service: Service, editor: Person) -> dict[str, Person]:
        """Give three experts and a member."""
        names = {"أمل": ["مياه"], "باسم": ["مياه", "مناخ"], "تالا": ["قانون"]}
        found = {}
        for name, fields in names.items():
            found[name] = service.person(display_name=name)
            decide(editor, apply(found[name], fields=fields, title=f"خبرة {name}"))
        service.person(display_name="عضو")
        found["تالا"].patch("/v1/me", {"locale": "en"})
        return found

    def test_experts_are_listed_by_name_and_found_by_what_they_are(
        self, service: Service, people: dict[str, Person], editor: Person
    ) -> None:
        def names(query: str = "") -> list[str]:
            answer = service.nobody.get(f"/v1/experts?{query}")
            assert answer.status_code == 200, answer.text
            return [row["display_name"] for row in answer.json()["items"]]

        assert names() == list(people)
        first = service.nobody.get("/v1/experts?limit=2").json()
        assert [row["display_name"] for row in first["items"]] == ["أمل", "باسم"]
        assert names(f"limit=2&cursor={first['next']}") == ["تالا"]
        assert names("field=مياة") == ["أمل", "باسم"]
        assert names("field=ميا") == []
        assert names("language=en") == ["تالا"]
        assert names("q=خبره تالا") == names("q=قانون") == ["تالا"]
        assert names("q=باسم&field=مناخ&language=ar") == ["باسم"]
        editor.send("DELETE", f"/v1/experts/{people['أمل'].id}/credential?reason=other")
        assert names() == ["باسم", "تالا"]

    def test_one_expert_has_an_etag_and_exactly_the_credential(
        self, service: Service, people: dict[str, Person]
    ) -> None:
        path = f"/v1/experts/{people['باسم'].id}"
        answer = service.nobody.get(path)
        assert set(answer.json()) == {"id", "display_name", "badges", "credential", "biography", "language"}
        assert set(answer.json()["credential"]) == {
            "title",
            "affiliation",
            "fields",
            "orcid",
            "verified_at",
            "expires_at",
        }
        assert service.nobody.get(path, if_none_match=answer.headers["etag"]).status_code == 304
