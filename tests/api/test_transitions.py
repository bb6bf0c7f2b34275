"""Every transition from every state by every role, through the API."""

from typing import Any

import pytest

from tests.api.candidates import apply, case_of
from tests.service import Person, Service

VERDICTS = ("approve", "reject", "spam", "request_changes")
# The status before, how it is reached, and where each verdict leads (None: refused).
STATES: dict[str, tuple[tuple[str, ...], tuple[str | None, ...]]] = {
    "pending": ((), ("approved", "rejected", "spam", "changes_requested")),
    "approved": (("approve",), ("approved", "rejected", "spam", None)),
    "rejected": (("reject",), ("approved", "rejected", "spam", None)),
    "spam": (("spam",), ("approved", "rejected", "spam", None)),
}
# What else may be done in each status, and the status that it leads to (None: refused). The words of a public comment
# stay public behind an edit; nothing waits in words that were sent back but their author's answer.
ACTS = ("put up", "report", "appeal", "edit", "withdraw", "reverse")
OTHER_ACTS: dict[str, tuple[str | None, ...]] = {
    "pending": (None, None, None, "pending", "withdrawn", None),
    "changes_requested": (None, None, None, "pending", "withdrawn", "pending"),
    "approved": ("approved", "approved", None, "approved", "withdrawn", "pending"),
    "rejected": ("rejected", None, "rejected", None, "withdrawn", "pending"),
    "spam": ("spam", None, "spam", None, "withdrawn", "pending"),
    "withdrawn": (None, None, None, None, None, None),
}
VERDICT_BEFORE = {"changes_requested": "request_changes", "approved": "approve", "rejected": "reject", "spam": "spam"}
STAFF = ("moderator", "editor", "admin")
OTHERS = ("member", "expert", "author")


class Stage:
    """Hold one person of each role and bring comments into a state."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.people = {role: service.person(role) for role in ("expert", *STAFF)}
        self.people |= {"member": service.person(), "author": service.person()}
        self.clerk = service.person("moderator")
        self.article = service.article()
        self.number = 0

    def case(self, steps: tuple[str, ...]) -> tuple[Any, Any]:
        """Bring a new comment into a state and give it with a case that is open about it."""
        self.number += 1
        comment = self.service.comment(self.people["author"], self.article, f"رأي رقم {self.number}")
        for step in steps:
            reason = {} if step == "approve" else {"reason": "other"}
            assert self.service.decide(self.clerk, comment, step, **reason).status_code == 201
            self.clerk.post(f"/v1/comments/{comment['id']}/cases")
        return comment, self.service.case_of(self.clerk, comment)

    def bring(self, state: str) -> tuple[Any, str]:
        """Bring a new comment into a status, and give it with its last decision, if there is one."""
        self.number += 1
        comment = self.service.comment(self.people["author"], self.article, f"رأي رقم {self.number}")
        if state == "withdrawn":
            assert self.people["author"].delete(f"/v1/comments/{comment['id']}").status_code == 204
        if state not in VERDICT_BEFORE:
            return comment, str(comment["id"])
        verdict = VERDICT_BEFORE[state]
        reason = {} if verdict == "approve" else {"reason": "other"}
        decided = self.service.decide(self.clerk, comment, verdict, **reason)
        assert decided.status_code == 201, decided.text
        return comment, str(decided.json()["id"])

    def act(self, who: Person, act: str, comment: Any, decision_id: str) -> Any:
        """Do something else than decide."""
        path = f"/v1/comments/{comment['id']}"
        match act:
            case "put up":
                return who.post(f"{path}/cases")
            case "report":
                return who.post(f"{path}/reports", {"reason": "abuse"})
            case "appeal":
                return who.post(f"{path}/appeals", {"statement": "نقلت الرقم عن مصدر منشور."})
            case "edit":
                return who.send("PATCH", path, {"body": f"صيغة أخرى {self.number}"}, if_match="*")
            case "withdraw":
                return who.send("DELETE", path, if_match="*")
        return who.post(f"/v1/moderation/decisions/{decision_id}/reversal", {"reason": "other"})

    def decide(self, who: str, case: Any, verdict: str) -> Any:
        """Decide as somebody."""
        body = {"verdict": verdict, "revision": 1, "reason": "other"}
        return self.people[who].post(f"/v1/moderation/cases/{case['id']}/decisions", body)

    def status(self, comment: Any) -> str:
        """Read where a comment stands."""
        shown = self.people["author"].get(f"/v1/comments/{comment['id']}").json()
        return "withdrawn" if shown["tombstone"] == "withdrawn" else str(shown["status"])


@pytest.fixture
def stage(service: Service) -> Stage:
    """Set the stage."""
    return Stage(service)


# Who may do each, of those who see the comment in every status; the act of anybody else is refused and changes nothing.
MAY: dict[str, tuple[str, ...]] = {
    "put up": STAFF,
    "report": ("moderator", "editor", "admin"),
    "appeal": ("author",),
    "edit": ("author",),
    "withdraw": ("author",),
    "reverse": ("editor", "admin"),
}


@pytest.mark.parametrize("state", OTHER_ACTS)
@pytest.mark.long_table
class TestOtherActs:
    def test_each_leads_where_the_table_says_and_nowhere_else(self, stage: Stage, state: str) -> None:
        for act, expected in zip(ACTS, OTHER_ACTS[state], strict=True):
            for who in MAY[act]:
                comment, decision_id = stage.bring(state)
                answer = stage.act(stage.people[who], act, comment, decision_id)
                assert (answer.status_code < 300) is (expected is not None), (act, who, answer.text)
                assert answer.status_code in {200, 201, 204, 404, 409}, (act, who, answer.text)
                assert stage.status(comment) == (expected or state), (act, who)

    def test_nobody_else_does_any_of_it(self, stage: Stage, state: str) -> None:
        comment, decision_id = stage.bring(state)
        for act in ACTS:
            others = [who for who in stage.people if who not in MAY[act] and (act, state) != ("report", "approved")]
            for who in others:
                answer = stage.act(stage.people[who], act, comment, decision_id)
                assert answer.status_code in {403, 404, 409}, (act, who, answer.text)
        assert stage.status(comment) == state


@pytest.mark.parametrize("state", STATES)
@pytest.mark.long_table
class TestDecisions:
    def test_staff_lead_a_comment_where_the_table_says(self, stage: Stage, state: str) -> None:
        steps, after = STATES[state]
        for who in STAFF:
            for verdict, expected in zip(VERDICTS, after, strict=True):
                comment, case = stage.case(steps)
                assert (verdict in case["allowed_verdicts"]) == (expected is not None)
                answer = stage.decide(who, case, verdict)
                assert answer.status_code == (409 if expected is None else 201), (who, verdict, answer.text)
                assert stage.status(comment) == (expected or state)

    def test_nobody_else_leads_it_anywhere(self, stage: Stage, state: str) -> None:
        comment, case = stage.case(STATES[state][0])
        for who in OTHERS:
            for verdict in VERDICTS:
                assert stage.decide(who, case, verdict).status_code == 403
        assert stage.status(comment) == state


class TestRevisions:
    def test_words_sent_back_wait_again_as_a_new_revision_and_only_by_their_author(self, stage: Stage) -> None:
        comment, case = stage.case(())
        assert stage.decide("moderator", case, "request_changes").status_code == 201
        path = f"/v1/comments/{comment['id']}"
        assert stage.clerk.post(f"{path}/cases").status_code == 409
        for who, person in stage.people.items():
            answer = person.send("PATCH", path, {"body": "صيغة مصحّحة من الرأي"}, if_match="*")
            assert answer.status_code == {"author": 200, "member": 404, "expert": 404}.get(who, 403)
        assert stage.status(comment) == "pending"


class TestRemarks:
    def test_the_author_reads_the_remarks_and_the_resubmission_shows_the_difference(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        comment = service.comment(member, service.article(), "النسبة 40 بالمئة بلا مصدر")
        remarks = [{"start": 7, "end": 9, "text": "من أين هذا الرقم؟"}]
        answer = service.decide(moderator, comment, "request_changes", reason="unsupported", remarks=remarks)
        assert answer.status_code == 201, answer.text
        assert "remarks" not in answer.json()
        [own] = member.get("/v1/me/comments").json()["items"]
        assert own["decision"]["remarks"] == remarks
        member.patch(f"/v1/comments/{comment['id']}", {"body": "النسبة 35 بالمئة بحسب الوزارة"})
        subject = service.case_of(moderator, comment)["subject"]
        assert subject["id"] == comment["id"]
        assert subject["remarks"] == remarks
        assert subject["difference"] == [
            {"kind": "equal", "text": "النسبة "},
            {"kind": "delete", "text": "40 "},
            {"kind": "insert", "text": "35 "},
            {"kind": "equal", "text": "بالمئة "},
            {"kind": "delete", "text": "بلا مصدر"},
            {"kind": "insert", "text": "بحسب الوزارة"},
        ]

    @pytest.mark.parametrize(
        ("verdict", "span", "pointer"),
        [
            pytest.param("request_changes", (0, 99), "/remarks/0", id="a remark lies within the text"),
            pytest.param("request_changes", (2, 2), "/remarks/0", id="a remark covers something"),
            pytest.param("reject", (0, 2), "/remarks", id="remarks go with a request for changes"),
        ],
    )
    def test_remarks_that_make_no_sense_are_refused(
        self, service: Service, member: Person, moderator: Person, verdict: str, span: Any, pointer: str
    ) -> None:
        comment = service.comment(member, service.article(), "قول قصير")
        remarks = [{"start": span[0], "end": span[1], "text": "؟"}]
        answer = service.decide(moderator, comment, verdict, reason="other", remarks=remarks)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


class TestHandover:
    def test_a_claim_is_given_to_a_colleague_who_then_decides(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        colleague = service.person("moderator")
        comment = service.comment(member, service.article())
        case = service.case_of(moderator, comment)
        path = f"/v1/moderation/cases/{case['id']}/claim"
        token = moderator.post(path).json()["token"]
        given = moderator.post(f"{path}/handover", {"to": str(colleague.id), "claim_token": token})
        assert (given.status_code, given.json()["by"]) == (200, str(colleague.id))
        assert "token" not in given.json()
        assert service.decide(moderator, comment, claim_token=token).json()["code"] == "claim_lost"
        received = service.case_of(colleague, comment)["claim"]["token"]
        assert service.decide(colleague, comment, claim_token=received).status_code == 201

    def test_only_to_who_may_decide_and_only_what_one_holds(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        colleague = service.person("moderator")
        case = service.case_of(moderator, service.comment(member, service.article()))
        path = f"/v1/moderation/cases/{case['id']}/claim"
        unheld = moderator.post(f"{path}/handover", {"to": str(colleague.id), "claim_token": "x"})
        assert (unheld.status_code, unheld.json()["code"]) == (409, "claim_lost")
        token = moderator.post(path).json()["token"]
        for other in (member, service.person()):
            refused = moderator.post(f"{path}/handover", {"to": str(other.id), "claim_token": token})
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/to")

    @pytest.mark.parametrize("part", ["author", "interest", "suspended", "banned", "appealed", "editorial"])
    @pytest.mark.long_table
    def test_nobody_gets_what_they_could_not_claim(self, service: Service, member: Person, part: str) -> None:
        editor, colleague = service.person("editor"), service.person("moderator", "expert")
        article = service.article(editor)
        comment = service.comment(colleague if part == "author" else member, article)
        if part == "interest":
            interests = [{"kind": "office", "party": "الوزارة", "detail": "مستشار"}]
            path = f"/v1/articles/{article['id']}/disclosure"
            assert colleague.put(path, {"interests": interests, "none": False}).status_code == 201
        if part in {"suspended", "banned"}:
            kind = {"suspended": "suspension", "banned": "ban"}[part]
            sanction = {"kind": kind, "reason": "other"}
            assert editor.post(f"/v1/users/{colleague.id}/sanctions", sanction).status_code == 201
        if part == "appealed":
            assert service.decide(colleague, comment, "reject", reason="abuse").status_code == 201
            assert member.post(f"/v1/comments/{comment['id']}/appeals", {"statement": "لم أسئ"}).status_code == 201
        case = case_of(editor, apply(member)) if part == "editorial" else service.case_of(editor, comment)
        path = f"/v1/moderation/cases/{case['id']}/claim"
        token = editor.post(path).json()["token"]
        refused = editor.post(f"{path}/handover", {"to": str(colleague.id), "claim_token": token})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/to")
        other = service.person("editor")
        assert editor.post(f"{path}/handover", {"to": str(other.id), "claim_token": token}).status_code == 200


class TestScope:
    def test_the_queue_narrows_to_what_one_looks_after(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        sport = service.comment(member, service.article(section="رياضة"), "رأي في الرياضة")
        service.comment(member, service.article(section="اقتصاد"), "رأي في الاقتصاد")
        path = "/v1/me/moderation-scope"
        assert moderator.get(path).json() == {"sections": [], "languages": []}
        assert len(moderator.get("/v1/moderation/cases?mine=true").json()["items"]) == 2
        assert moderator.put(path, {"sections": ["رياضة"], "languages": []}).status_code == 201
        mine = moderator.get("/v1/moderation/cases?mine=true").json()["items"]
        assert [case["subject"]["id"] for case in mine] == [sport["id"]]
        assert len(moderator.get("/v1/moderation/cases").json()["items"]) == 2
        assert moderator.put(path, {"sections": [], "languages": ["en"]}).status_code == 428
        tag = moderator.get(path).headers["etag"]
        assert moderator.put(path, {"sections": [], "languages": ["en"]}, if_match=tag).status_code == 200
        assert moderator.get("/v1/moderation/cases?mine=true").json()["items"] == []

    def test_a_language_is_looked_after_however_its_tag_is_written(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        tags = {"ar", "AR", "ar-EG", "arz", "en"}
        said = {tag: service.comment(member, service.article(language=tag), f"رأي {tag}")["id"] for tag in tags}
        moderator.put("/v1/me/moderation-scope", {"sections": [], "languages": ["Ar"]})
        mine = moderator.get("/v1/moderation/cases?mine=true").json()["items"]
        assert {case["subject"]["id"] for case in mine} == {said["ar"], said["AR"], said["ar-EG"]}
