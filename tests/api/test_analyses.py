"""Analyses: an expert drafts and submits, an editor decides, the public reads what was approved and what changed."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.api.analyses import DECLARED, TEXT, declare, drafted, published, submitted
from tests.recount import differences
from tests.service import Person, Service


@pytest.fixture
def expert(service: Service) -> Person:
    """Give an expert."""
    return service.person("expert", display_name="ريم")


@pytest.fixture
def editor(service: Service) -> Person:
    """Give an editor."""
    return service.person("editor", display_name="تحرير")


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article."""
    return service.article()


def path_of(analysis: Any, *rest: str) -> str:
    """Give the path of an analysis, or of what belongs to it."""
    return "/".join([f"/v1/analyses/{analysis['id']}", *rest])


def listed(who: Person, article: Any) -> list[str]:
    """Give the ids of the analyses below an article that somebody is shown."""
    items = who.get(f"/v1/articles/{article['id']}/analyses").json()["items"]
    return [item["id"] for item in items]


def number_of(service: Service, article: Any) -> tuple[int, int]:
    """Give the number of an article and how many analyses it counts."""
    shown = service.nobody.get(f"/v1/articles/{article['id']}").json()
    return shown["seq"], shown["counts"]["analyses"]


class TestFromDraftToPublic:
    def test_only_experts_draft(self, service: Service, editor: Person, article: Any) -> None:
        path = f"/v1/articles/{article['id']}/analyses"
        assert service.nobody.post(path, TEXT).status_code == 401
        for person in (service.person(), service.person("moderator"), editor):
            assert person.post(path, TEXT).json()["code"] == "forbidden"
        assert service.person("expert").post(f"/v1/articles/{uuid4()}/analyses", TEXT).status_code == 404

    def test_body_that_shows_nothing_is_refused_like_an_empty_one(self, expert: Person, article: Any) -> None:
        for body in ("", "&#8203;", "[](https://a.example)"):
            answer = expert.post(f"/v1/articles/{article['id']}/analyses", {**TEXT, "body": body})
            assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
            assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/body", "blank")]
        analysis = drafted(expert, article)
        answer = expert.patch(path_of(analysis), {"body": "# "}, if_match=expert.get(path_of(analysis)).headers["etag"])
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/body", "blank")]

    def test_draft_is_its_authors_alone_and_changes_nothing_public(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        seq = number_of(service, article)
        analysis = drafted(expert, article)
        assert (analysis["status"], analysis["revision"], analysis["published_at"]) == ("draft", 1, None)
        assert (analysis["language"], analysis["direction"]) == ("ar", "rtl")
        assert analysis["body"] == TEXT["body"]
        assert '<section class="footnotes">' in analysis["body_html"]
        unknown = service.nobody.get(f"/v1/analyses/{uuid4()}", x_request_id="same").content
        for person in (service.nobody, service.person("expert"), service.person("moderator"), editor):
            assert person.get(path_of(analysis), x_request_id="same").content == unknown
            assert listed(person, article) == []
        assert listed(expert, article) == [analysis["id"]]
        assert number_of(service, article) == seq

    def test_submission_needs_a_declaration_and_opens_a_case_for_editors_only(
        self, service: Service, expert: Person, editor: Person, moderator: Person, article: Any
    ) -> None:
        analysis = drafted(expert, article)
        refused = expert.post(path_of(analysis, "submissions"))
        assert (refused.status_code, refused.json()["code"]) == (422, "disclosure_required")
        assert expert.get(path_of(analysis)).json()["status"] == "draft"
        declare(expert, article)
        waiting = expert.post(path_of(analysis, "submissions"), idempotency_key="s")
        assert (waiting.status_code, waiting.json()["status"]) == (201, "pending")
        assert waiting.json()["hold"]["codes"] == ["editorial"]
        assert expert.post(path_of(analysis, "submissions"), idempotency_key="s").content == waiting.content
        assert expert.post(path_of(analysis, "submissions")).json()["code"] == "illegal_transition"
        case = service.case_of(editor, analysis)
        assert (case["kind"], case["subject"]["type"], case["subject"]["title"]) == (
            "analysis",
            "analysis",
            TEXT["title"],
        )
        assert case["allowed_verdicts"] == ["approve", "reject", "spam", "request_changes"]
        assert moderator.get("/v1/moderation/cases").json()["items"] == []
        assert moderator.get("/v1/moderation/summary").json()["open"]["analysis"] == 0
        assert editor.get("/v1/moderation/summary").json()["open"]["analysis"] == 1
        case_path, ruling = f"/v1/moderation/cases/{case['id']}", {"verdict": "approve", "revision": 1}
        assert moderator.get(case_path).status_code == 404
        assert moderator.post(f"{case_path}/decisions", ruling).status_code == 404
        assert moderator.post(f"{case_path}/claim").status_code == 404

    def test_approved_analysis_is_public_with_all_that_it_stands_on(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        seq, _ = number_of(service, article)
        analysis = published(service, expert, editor, article)
        assert (analysis["status"], analysis["revision"]) == ("published", 1)
        assert not {"waiting", "hold", "decision"} & analysis.keys()
        assert analysis["author"]["display_name"] == "ريم"
        assert analysis["author"]["credential"]["title"] == "باحثة"
        assert analysis["disclosure"] == {**DECLARED, "declared_at": "2026-03-01T09:00:00.000000Z"}
        assert analysis["citations"] == [{**TEXT["citations"][0], "author": None, "publisher": None, "locator": None}]
        assert (analysis["ai_use"], analysis["corrections"], analysis["retraction"]) == (TEXT["ai_use"], [], None)
        assert number_of(service, article) == (seq + 1, 1)
        [item] = service.nobody.get(f"/v1/articles/{article['slug']}/analyses").json()["items"]
        assert {**item, "body": analysis["body"], "body_html": analysis["body_html"]} == analysis
        read = service.nobody.get(path_of(analysis))
        assert read.headers["cache-control"] == "public, max-age=0, must-revalidate"
        assert service.nobody.get(path_of(analysis), if_none_match=read.headers["etag"]).status_code == 304
        assert service.person().get(path_of(analysis)).content == read.content
        log = editor.get("/v1/moderation/decisions").json()["items"]
        assert [(row["subject"]["type"], row["from"], row["to"]) for row in log] == [
            ("analysis", "pending", "published")
        ]
        assert editor.get("/v1/moderation/decisions/verify").json()["ok"]

    def test_approval_needs_what_publication_needs(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = submitted(expert, article)
        admin, account = service.person("admin"), f"/v1/users/{expert.id}"
        admin.put(f"{account}/roles", {"roles": []}, if_match=admin.get(account).headers["etag"])
        refused = service.decide(editor, analysis)
        assert (refused.status_code, refused.json()["code"]) == (422, "credential_required")
        order = {"filter": {"author": str(expert.id), "kind": "analysis"}, "verdict": "approve"}
        batch = editor.post("/v1/moderation/batches", order).json()
        assert service.client.portal is not None
        service.client.portal.call(service.app.state.chores.work_batches)
        [result] = editor.get(f"/v1/moderation/batches/{batch['id']}").json()["items"]
        assert "credential_required" in str(result)
        assert service.nobody.get(path_of(analysis)).status_code == 404

    def test_rejected_analysis_says_why_to_its_author_and_takes_no_edit(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        for verdict in ("reject", "spam"):
            analysis = submitted(expert, article)
            assert service.decide(editor, analysis, verdict, reason="unsupported", note="بلا مصدر").status_code == 201
            own = expert.get(path_of(analysis)).json()
            assert (own["status"], own["decision"]["reason"], own["decision"]["note"]) == (
                "rejected",
                "unsupported",
                "بلا مصدر",
            )
            assert expert.patch(path_of(analysis), {"title": "آخر"}).json()["code"] == "illegal_transition"
            assert expert.post(path_of(analysis, "submissions")).json()["code"] == "illegal_transition"
            assert service.nobody.get(path_of(analysis)).status_code == 404

    def test_rules_and_misleading_links_are_marked_for_the_editor(
        self, service: Service, expert: Person, editor: Person, moderator: Person, article: Any
    ) -> None:
        rule = {"phrase": "خزان", "action": "reject", "state": "live", "reason": "other"}
        assert moderator.post("/v1/moderation/rules", rule).status_code == 201
        body = "ماء الخزان ينقص: [https://a.example](https://b.example)"
        analysis = submitted(expert, article, body=body, summary="ملخص")
        holds = {hold["code"]: hold["spans"] for hold in service.case_of(editor, analysis)["hold"]}
        assert holds == {"editorial": [], "rule": [[4, 10]], "misleading_link": [[18, 35]]}
        assert (analysis["status"], service.decide(editor, analysis).status_code) == ("pending", 201)


class TestSentBack:
    def test_author_answers_remarks_and_submits_again(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = submitted(expert, article, body="انخفض المنسوب مترين")
        remarks = [{"start": 14, "end": 19, "text": "من أين؟"}]
        assert (
            service.decide(editor, analysis, "request_changes", reason="unsupported", remarks=remarks).status_code
            == 201
        )
        own = expert.get(path_of(analysis)).json()
        assert (own["status"], own["decision"]["remarks"]) == ("changes_requested", remarks)
        edited = expert.patch(path_of(analysis), {"body": "انخفض المنسوب ثلاثة أمتار"}).json()
        assert (edited["status"], edited["revision"]) == ("changes_requested", 2)
        assert editor.get(path_of(analysis)).json()["revision"] == 1
        assert expert.post(path_of(analysis, "submissions")).json()["status"] == "pending"
        subject = service.case_of(editor, analysis)["subject"]
        assert (subject["revision"], subject["remarks"]) == (2, remarks)
        assert [piece["kind"] for piece in subject["difference"]] == ["equal", "delete", "insert"]
        service.decide(editor, analysis)
        assert service.nobody.get(path_of(analysis)).json()["body"] == "انخفض المنسوب ثلاثة أمتار"


class TestEdits:
    def test_edit_of_what_waits_keeps_the_case_and_the_claim(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = submitted(expert, article)
        case = service.case_of(editor, analysis)
        claim = editor.post(f"/v1/moderation/cases/{case['id']}/claim").json()
        assert expert.patch(path_of(analysis), {"summary": "ملخص آخر"}).json()["revision"] == 2
        now = service.case_of(editor, analysis)
        assert (now["id"], now["subject"]["revision"], now["claim"]) == (case["id"], 2, claim)
        ruling = {"verdict": "approve", "revision": 1, "claim_token": claim["token"]}
        stale = editor.post(f"/v1/moderation/cases/{case['id']}/decisions", ruling)
        assert (stale.status_code, stale.json()["code"]) == (412, "stale")
        ruling["revision"] = 2
        assert editor.post(f"/v1/moderation/cases/{case['id']}/decisions", ruling).status_code == 201

    def test_edit_that_changes_nothing_writes_nothing(
        self, service: Service, editor: Person, expert: Person, article: Any
    ) -> None:
        draft, waiting = drafted(expert, article), submitted(expert, article)
        public = published(service, expert, editor, article)
        for analysis in (draft, waiting, public):
            path = f"/v1/analyses/{analysis['id']}"
            before = expert.get(path)
            for body in (TEXT, {"title": TEXT["title"]}):
                after = expert.patch(path, body)
                assert (after.status_code, after.json()) == (200, before.json())
                assert after.headers["etag"] == before.headers["etag"]
            assert expert.patch(path, {"title": "عنوان آخر"}).json() != before.json()

    def test_log_shows_what_editors_decide_to_editors_alone(
        self, service: Service, editor: Person, expert: Person, moderator: Person, article: Any
    ) -> None:
        published(service, expert, editor, article)
        log = "/v1/moderation/decisions"
        assert [row["subject"]["type"] for row in editor.get(log).json()["items"]] == ["analysis"]
        assert moderator.get(log).json()["items"] == []

    def test_nothing_waits_once_what_is_public_was_retracted(
        self, service: Service, editor: Person, expert: Person, article: Any
    ) -> None:
        path = f"/v1/analyses/{published(service, expert, editor, article)['id']}"
        assert expert.patch(path, {"title": "عنوان آخر"}).json()["waiting"] is not None
        assert expert.post(f"{path}/retractions", {"reason": "خطأ في الأرقام"}).status_code == 201
        assert expert.get(path).json()["waiting"] is None

    def test_edit_of_what_is_public_waits_behind_it_and_is_marked_as_a_correction(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = published(service, expert, editor, article)
        before, seq = service.nobody.get(path_of(analysis)), number_of(service, article)
        edit = {"body": "انخفض المنسوب ثلاثة أمتار.", "note": "صُحِّح الرقم"}
        own = expert.patch(path_of(analysis), edit).json()
        assert (own["body"], own["waiting"]["body"], own["waiting"]["status"]) == (
            TEXT["body"],
            edit["body"],
            "pending",
        )
        assert own["waiting"]["hold"]["codes"] == ["editorial"]
        assert service.nobody.get(path_of(analysis)).content == before.content
        assert number_of(service, article) == seq
        service.clock.advance(timedelta(minutes=5))
        assert service.decide(editor, analysis).status_code == 201
        after = service.nobody.get(path_of(analysis)).json()
        assert (after["body"], after["revision"], after["edited_at"]) == (
            edit["body"],
            2,
            "2026-03-01T09:05:00.000000Z",
        )
        assert after["corrections"] == [{"revision": 2, "at": after["edited_at"], "note": "صُحِّح الرقم"}]
        assert (after["published_at"], number_of(service, article)) == (analysis["published_at"], (seq[0] + 1, 1))

    def test_refused_edit_leaves_what_is_public(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = published(service, expert, editor, article)
        for verdict in ("reject", "request_changes"):
            expert.patch(path_of(analysis), {"title": f"عنوان {verdict}"})
            assert service.decide(editor, analysis, verdict, reason="other").status_code == 201
            assert service.nobody.get(path_of(analysis)).json() == analysis
            assert expert.get(path_of(analysis)).json()["status"] == "published"

    def test_edit_names_the_version_that_was_read(self, expert: Person, article: Any) -> None:
        analysis = drafted(expert, article)
        path, tag = path_of(analysis), expert.get(path_of(analysis)).headers["etag"]
        assert expert.send("PATCH", path, {"title": "آخر"}).json()["code"] == "precondition_required"
        edited = expert.patch(path, {"title": "آخر"}, if_match=tag)
        assert (edited.json()["title"], edited.json()["summary"]) == ("آخر", TEXT["summary"])
        assert expert.patch(path, {"title": "ثالث"}, if_match=tag).json()["code"] == "stale"
        assert expert.patch(path, {}).json()["code"] == "validation_failed"
        assert expert.patch(path, {"title": "ثالث"}, if_match=edited.headers["etag"]).status_code == 200

    def test_changed_profile_changes_no_published_author_line(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = published(service, expert, editor, article)
        expert.patch("/v1/me", {"display_name": "ريم الجديدة"})
        assert service.nobody.get(path_of(analysis)).json() == analysis

    def test_only_a_draft_is_deleted(self, service: Service, expert: Person, article: Any) -> None:
        draft, waiting = drafted(expert, article), submitted(expert, article)
        assert expert.delete(path_of(waiting)).json()["code"] == "illegal_transition"
        assert service.person("expert").delete(path_of(draft)).status_code == 404
        assert expert.delete(path_of(draft)).status_code == 204
        assert expert.get(path_of(draft)).status_code == 404


class TestRetraction:
    @pytest.mark.parametrize("by", ["author", "editor"])
    def test_retracted_analysis_stays_readable_and_says_why(
        self, service: Service, expert: Person, editor: Person, article: Any, by: str
    ) -> None:
        analysis = published(service, expert, editor, article)
        expert.patch(path_of(analysis), {"title": "ينتظر"})
        case, seq = service.case_of(editor, analysis), number_of(service, article)
        who = expert if by == "author" else editor
        body = {"reason": "الأرقام خاطئة"}
        for person, status in ((service.nobody, 401), (service.person("moderator"), 403), (service.person(), 403)):
            assert person.post(path_of(analysis, "retractions"), body).status_code == status
        assert who.post(path_of(analysis, "retractions"), body).status_code == 201
        shown = service.nobody.get(path_of(analysis)).json()
        retraction = {"reason": "الأرقام خاطئة", "at": "2026-03-01T09:00:00.000000Z"}
        assert shown == analysis | {"status": "retracted", "retraction": retraction}
        assert listed(service.nobody, article) == [analysis["id"]]
        assert number_of(service, article) == (seq[0] + 1, 1)
        assert editor.get(f"/v1/moderation/cases/{case['id']}").json()["state"] == "void"
        assert expert.post(path_of(analysis, "retractions"), body).json()["code"] == "illegal_transition"
        assert expert.patch(path_of(analysis), {"title": "آخر"}).json()["code"] == "illegal_transition"
        verdicts = [row["verdict"] for row in editor.get("/v1/moderation/decisions").json()["items"]]
        assert verdicts == (["approve"] if by == "author" else ["retraction", "approve"])
        [*_, first] = editor.get("/v1/moderation/decisions").json()["items"]
        for row in (first, editor.get("/v1/moderation/decisions").json()["items"][0]):
            taken_back = editor.post(f"/v1/moderation/decisions/{row['id']}/reversal", {"reason": "other"})
            assert taken_back.json()["code"] == "illegal_transition"

    def test_what_is_not_public_is_not_retracted(self, expert: Person, article: Any) -> None:
        for analysis in (drafted(expert, article), submitted(expert, article)):
            answer = expert.post(path_of(analysis, "retractions"), {"reason": "لا"})
            assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


class TestReversal:
    def reverse(self, editor: Person) -> Any:
        newest = editor.get("/v1/moderation/decisions").json()["items"][0]
        return editor.post(f"/v1/moderation/decisions/{newest['id']}/reversal", {"reason": "other"})

    def test_publication_taken_back_waits_again(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = published(service, expert, editor, article)
        seq, _ = number_of(service, article)
        assert self.reverse(editor).status_code == 201
        assert service.nobody.get(path_of(analysis)).status_code == 404
        assert number_of(service, article) == (seq + 1, 0)
        assert service.read(differences) == []
        assert expert.get(path_of(analysis)).json()["status"] == "pending"
        assert service.decide(editor, analysis).status_code == 201
        assert service.nobody.get(path_of(analysis)).json()["status"] == "published"

    def test_approved_edit_taken_back_shows_the_words_before(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = published(service, expert, editor, article)
        expert.patch(path_of(analysis), {"title": "آخر"})
        service.decide(editor, analysis)
        assert self.reverse(editor).status_code == 201
        assert service.nobody.get(path_of(analysis)).json() == analysis
        assert service.case_of(editor, analysis)["subject"]["revision"] == 2

    def test_rejection_taken_back_waits_again_unless_the_author_moved_on(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = submitted(expert, article)
        service.decide(editor, analysis, "reject", reason="other")
        assert self.reverse(editor).status_code == 201
        assert expert.get(path_of(analysis)).json()["status"] == "pending"
        service.decide(editor, analysis, "request_changes", reason="other")
        expert.patch(path_of(analysis), {"title": "آخر"})
        assert self.reverse(editor).json()["code"] == "illegal_transition"


class TestForm:
    @pytest.mark.parametrize(
        ("values", "pointer"),
        [
            pytest.param({"title": "م" * 301}, "/title", id="a title has 300 code points"),
            pytest.param({"summary": "م" * 2_001}, "/summary", id="a summary has 2000"),
            pytest.param({"body": "م" * 100_001}, "/body", id="a body has 100 000"),
            pytest.param({"body": " \u0640"}, "/body", id="a body is seen"),
            pytest.param({"citations": None}, "/citations", id="citations are named, if none"),
            pytest.param(
                {"citations": [{"title": "س", "url": "ftp://a.example"}]}, "/citations/0/url", id="on the web"
            ),
            pytest.param(
                {"citations": [{"title": "س", "url": "doi:11.1/x"}]}, "/citations/0/url", id="a DOI has a form"
            ),
            pytest.param(
                {"citations": [{"title": "س", "url": "https://doi.org/article/7"}]},
                "/citations/0/url",
                id="its address too",
            ),
            pytest.param(
                {"citations": [{"title": "س", "url": "https://a.example", "date": "2024-02-30"}]},
                "/citations/0/date",
                id="a date is in the calendar",
            ),
            pytest.param(
                {"citations": [{"title": "س", "url": "https://a.example"}] * 101}, "/citations", id="at most a hundred"
            ),
            pytest.param({"ai_use": {"used": "no"}}, "/ai_use/used", id="used is a truth value"),
            pytest.param({"ai_use": {}}, "/ai_use/used", id="and always said"),
            pytest.param({"status": "published"}, "/status", id="nobody publishes by asking"),
            pytest.param({"note": "ن"}, "/note", id="a first revision corrects nothing"),
        ],
    )
    @pytest.mark.long_table
    def test_what_is_no_analysis_is_refused_by_field(
        self, expert: Person, article: Any, values: Any, pointer: str
    ) -> None:
        answer = expert.post(f"/v1/articles/{article['id']}/analyses", {**TEXT, **values})
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]

    def test_sources_of_each_form_are_taken(self, expert: Person, article: Any) -> None:
        citations = [
            {"title": "س", "url": url, "date": date}
            for url, date in (
                ("doi:10.1000/182", "1999"),
                ("https://doi.org/10.1000/xyz(ب)", "2024-02-29"),
                ("http://a.example:8080/x?y#z", "0001-01"),
            )
        ]
        kept = drafted(expert, article, citations=citations, language="ar-EG", body="م" * 100_000)
        assert [(source["url"], source["date"]) for source in kept["citations"]] == [
            (source["url"], source["date"]) for source in citations
        ]
        assert kept["language"] == "ar-EG"
