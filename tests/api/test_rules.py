"""Rules of screening through the API: who makes them, what they do to words, and what a trial says."""

import subprocess
import sys
from typing import Any

import pytest

from forum.moderation import rule_sets
from forum.moderation.thresholds import thresholds
from tests.service import Person, Service

RULES = "/v1/moderation/rules"
# Another process, which shares nothing with this one but the database.
OTHER_PROCESS = """
import asyncio, sys
from datetime import datetime, UTC
from uuid import uuid4
from auth.identity import Identity
from forum.moderation.rules import create_rule
from models.database import Database
from models.screening import RuleAction

async def main():
    database = Database.open(sys.argv[1])
    editor = Identity(uuid4(), uuid4(), frozenset(), "", "ar")
    values = {"phrase": "حقير", "action": RuleAction.HOLD}
    await database.write(create_rule, values, identity=editor, now=datetime.now(UTC))
    await database.close()

asyncio.run(main())
"""


@pytest.fixture
def article(service: Service) -> Any:
    """Put an article up whose discussion publishes at once."""
    return service.article(discussion={"moderation": "post"})


def rule(moderator: Person, phrase: str = "كلب", action: str = "hold", **values: Any) -> Any:
    """Make a rule."""
    answer = moderator.post(RULES, {"phrase": phrase, "action": action, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


class TestCompiling:
    def test_rules_that_changed_are_compiled_before_the_next_to_write_asks_for_them(
        self, service: Service, moderator: Person
    ) -> None:
        def is_compiled() -> bool:
            return service.read(lambda session: thresholds(session).rules_version) in rule_sets._kept

        made = rule(moderator)
        assert is_compiled()
        path = f"{RULES}/{made['id']}"
        assert moderator.patch(path, {"state": "off"}).status_code == 200
        assert is_compiled()
        assert moderator.delete(path).status_code == 204
        assert is_compiled()


class TestActions:
    def test_hold_names_its_places_in_code_points_of_the_original(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        made = rule(moderator)
        comment = service.comment(member, article, "😀 يا والكَـلْب اخرج")
        assert (comment["status"], comment["hold"]["codes"]) == ("pending", ["rule"])
        [hold] = service.case_of(moderator, comment)["hold"]
        [[start, end]] = hold["spans"]
        assert comment["body"][start:end] == "والكَـلْب"
        assert hold["rule"] == made["id"]
        assert hold["explanation"]

    @pytest.mark.parametrize("part", ["exact", "prefix", "suffix"])
    def test_words_in_a_quote_are_met_too_and_have_no_places(
        self, service: Service, member: Person, moderator: Person, article: Any, part: str
    ) -> None:
        rule(moderator)
        quote = {"exact": "النص", "prefix": "قبل", "suffix": "بعد", part: "يا كلب"}
        comment = service.comment(member, article, "ما رأيكم في هذا الكلام", quote=quote)
        assert (comment["status"], comment["hold"]["codes"]) == ("pending", ["rule"])
        assert service.case_of(moderator, comment)["hold"][0]["spans"] == []

    def test_rejection_is_an_automated_decision_whose_reason_the_author_learns(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        rule(moderator, action="reject", reason="abuse", note="بلا شتائم")
        comment = service.comment(member, article, "يا ك.ل.ب")
        assert comment["status"] == "rejected"
        [own] = member.get("/v1/me/comments").json()["items"]
        assert own["decision"]["automated"] is True
        assert (own["decision"]["reason"], own["decision"]["note"]) == ("abuse", "بلا شتائم")
        [decision] = moderator.get("/v1/moderation/decisions").json()["items"]
        assert (decision["from"], decision["to"], decision["by"]) == ("pending", "rejected", None)
        assert moderator.get("/v1/moderation/decisions/verify").json()["ok"] is True
        assert moderator.get("/v1/moderation/summary").json()["open"]["comment"] == 0
        assert service.nobody.get(f"/v1/comments/{comment['id']}").status_code == 404

    def test_rejected_edit_leaves_the_public_words(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.comment(member, article, "رأي مهذب")
        rule(moderator, action="reject")
        edited = member.patch(f"/v1/comments/{comment['id']}", {"body": "يا كلب"})
        assert edited.status_code == 200, edited.text
        assert edited.json()["status"] == "approved"
        assert service.nobody.get(f"/v1/comments/{comment['id']}").json()["body"] == "رأي مهذب"
        revisions = member.get(f"/v1/comments/{comment['id']}/revisions").json()["items"]
        assert sorted(revision["status"] for revision in revisions) == ["approved", "rejected"]

    def test_flag_publishes_and_puts_the_words_first_in_the_queue(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        service.comment(member, service.article(), "تعليق ينتظر")
        rule(moderator, action="flag")
        comment = service.comment(member, article, "يا كلب")
        assert comment["status"] == "approved"
        first, _ = moderator.get("/v1/moderation/cases").json()["items"]
        assert first["subject"]["id"] == comment["id"]
        assert [hold["code"] for hold in first["hold"]] == ["rule"]

    def test_flag_of_words_that_wait_anyway_makes_their_case_urgent(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        waiting = service.article()
        plain = service.comment(member, waiting, "تعليق ينتظر")
        rule(moderator, action="flag")
        flagged = service.comment(member, waiting, "يا كلب")
        assert flagged["hold"]["codes"] == ["pre_moderation", "rule"]
        cases = [service.case_of(moderator, comment) for comment in (flagged, plain)]
        assert cases[0]["priority"] > cases[1]["priority"]

    def test_flagged_edit_of_words_under_review_opens_no_second_review(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        comment = service.comment(member, article, "رأي مهذب")
        moderator.post(f"/v1/comments/{comment['id']}/cases")
        rule(moderator, action="flag")
        assert member.patch(f"/v1/comments/{comment['id']}", {"body": "يا كلب"}).status_code == 200
        assert len(moderator.get("/v1/moderation/cases").json()["items"]) == 1

    def test_strictest_of_several_rules_decides(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        rule(moderator, "كلب", "flag")
        rule(moderator, "حقير", "reject")
        rule(moderator, "غبي", "hold")
        assert service.comment(member, article, "كلب حقير غبي")["status"] == "rejected"

    def test_shadow_counts_and_does_nothing(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        made = rule(moderator, action="reject", state="shadow")
        assert service.comment(member, article, "يا كلب")["status"] == "approved"
        hits = moderator.get(f"{RULES}/{made['id']}").json()["hits"]
        assert (hits["live"], hits["shadow"]) == (0, 1)
        assert hits["last_at"]

    def test_rule_that_is_off_neither_counts_nor_acts(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        made = rule(moderator, state="off")
        assert service.comment(member, article, "يا كلب")["status"] == "approved"
        assert moderator.get(f"{RULES}/{made['id']}").json()["hits"] == {"live": 0, "shadow": 0, "last_at": None}


LANGUAGES = {
    "a text in another language of the same script is left alone": ("de", "the die was cast and it is not what", False),
    "a text in the same language is met": ("en", "the die was cast and it is not what", True),
    "a tag with a region is the same language": ("en-GB", "the die was cast and it is not what", True),
    "a text whose language nobody can tell is met": ("en", "die жук", True),
    "words of another script around it hide nothing": ("en", "هذا نص عربي طويل جدا وفيه die وحدها", True),
}


BORROWED = {
    "an Arabic text in Persian letters": ("ڪلب حقیر", "ڪلب"),
    "an Arabic text in Kurdish letters": ("یا کڵب، حقێر", "کڵب"),
    "an Arabic line above one in Persian": ("یا کلب\nاین را نمی‌دانم که چرا نیست", "کلب"),
    "an Arabic word behind many Persian ones": ("هیچ " + "کس " * 25 + "نیست. یا کس", "کس"),
    "a Persian text": ("هیچ کس نمی‌داند که چرا این نیست", ""),
    "a Persian sentence behind an Arabic one": ("قرأت المقال في هذا العدد. هیچ کس نمی‌داند که چرا", ""),
}


class TestLanguage:
    @pytest.mark.parametrize(("language", "body", "is_met"), LANGUAGES.values(), ids=LANGUAGES)
    @pytest.mark.long_table
    def test_rule_of_a_language_spares_only_its_like(
        self, service: Service, member: Person, moderator: Person, article: Any, language: str, body: str, is_met: bool
    ) -> None:
        rule(moderator, "die", language=language)
        assert (service.comment(member, article, body)["status"] == "pending") is is_met

    @pytest.mark.parametrize(("body", "place"), BORROWED.values(), ids=BORROWED)
    @pytest.mark.long_table
    def test_borrowed_letters_take_nothing_out_of_an_arabic_rule(
        self, service: Service, member: Person, moderator: Person, article: Any, body: str, place: str
    ) -> None:
        rule(moderator, "كلب", language="ar")
        rule(moderator, "كس", language="ar")
        comment = service.comment(member, article, body)
        assert comment["status"] == ("pending" if place else "approved")
        if place:
            start, end = service.case_of(moderator, comment)["hold"][0]["spans"][0]
            assert body[start:end] == place


class TestChanging:
    def test_changed_rule_acts_on_the_next_comment(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        made = rule(moderator)
        path = f"{RULES}/{made['id']}"
        assert service.comment(member, article, "يا كلب")["status"] == "pending"
        changed = moderator.patch(path, {"pattern": "حشر*", "whole_word": False})
        assert changed.status_code == 200, changed.text
        assert (changed.json()["phrase"], changed.json()["pattern"]) == (None, "حشر*")
        assert changed.json()["version"] == 2
        assert changed.json()["hits"]["live"] == 1
        assert service.comment(member, article, "ذاك كلب")["status"] == "approved"
        assert service.comment(member, article, "يا حشرات")["status"] == "pending"
        assert moderator.delete(path).status_code == 204
        assert moderator.get(path).status_code == 404
        assert service.comment(member, article, "أيها الحشرات")["status"] == "approved"

    def test_stale_change_is_refused(self, moderator: Person) -> None:
        path = f"{RULES}/{rule(moderator)['id']}"
        etag = moderator.get(path).headers["etag"]
        assert moderator.patch(path, {"state": "off"}, if_match=etag).status_code == 200
        assert moderator.patch(path, {"state": "live"}, if_match=etag).status_code == 412
        assert moderator.send("PATCH", path, {"state": "live"}).status_code == 428
        assert moderator.send("DELETE", path).status_code == 428

    def test_null_takes_note_and_language_away_and_nothing_else(self, moderator: Person) -> None:
        path = f"{RULES}/{rule(moderator, note='ن', language='ar')['id']}"
        changed = moderator.patch(path, {"note": None, "language": None, "phrase": None}).json()
        assert (changed["note"], changed["language"], changed["phrase"]) == (None, None, "كلب")
        assert changed["state"] == "live"

    def test_rule_made_by_another_process_acts_at_once(
        self, service: Service, member: Person, database_url: str, article: Any
    ) -> None:
        assert service.comment(member, article, "أنت حقير")["status"] == "approved"
        subprocess.run([sys.executable, "-c", OTHER_PROCESS, database_url], check=True, timeout=60)
        assert service.comment(member, article, "يا حقير")["status"] == "pending"

    def test_repeated_creation_makes_one_rule(self, moderator: Person) -> None:
        body = {"phrase": "كلب", "action": "hold"}
        first, second = (moderator.post(RULES, body, idempotency_key="k") for _ in range(2))
        assert first.json() == second.json()
        assert len(moderator.get(RULES).json()["items"]) == 1

    def test_list_is_paged_and_filtered_by_state(self, moderator: Person) -> None:
        made = [rule(moderator, f"كلمة{number}", state=state) for number, state in enumerate(["live", "off", "live"])]
        page = moderator.get(f"{RULES}?limit=2").json()
        rest = moderator.get(f"{RULES}?limit=2&cursor={page['next']}").json()
        assert [one["id"] for one in page["items"] + rest["items"]] == [one["id"] for one in reversed(made)]
        assert [one["id"] for one in moderator.get(f"{RULES}?state=off").json()["items"]] == [made[1]["id"]]


REFUSED = {
    "neither phrase nor pattern": ({"action": "hold"}, "", "phrase_or_pattern"),
    "both": ({"phrase": "a b", "pattern": "abc*", "action": "hold"}, "", "phrase_or_pattern"),
    "a phrase without words": ({"phrase": "؟؟", "action": "hold"}, "/phrase", "too_short"),
    "a pattern that meets everything": ({"pattern": "*", "action": "hold"}, "/pattern", "too_short"),
    "a pattern that begins with too little": ({"pattern": "ال*", "action": "hold"}, "/pattern", "pattern_too_wide"),
    "an unknown action": ({"phrase": "كلب", "action": "burn"}, "/action", "not_allowed"),
    "an unknown field": ({"phrase": "كلب", "action": "hold", "hits": 3}, "/hits", "unknown_field"),
    "a long phrase": ({"phrase": "a" * 201, "action": "hold"}, "/phrase", "too_long"),
}


class TestRefusals:
    @pytest.mark.parametrize(("body", "pointer", "code"), REFUSED.values(), ids=REFUSED)
    @pytest.mark.long_table
    def test_rule_that_says_nothing_is_refused(
        self, moderator: Person, body: dict[str, Any], pointer: str, code: str
    ) -> None:
        answer = moderator.post(RULES, body)
        assert answer.status_code == 422
        assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {(pointer, code)}

    def test_change_to_both_is_refused(self, moderator: Person) -> None:
        path = f"{RULES}/{rule(moderator)['id']}"
        assert moderator.patch(path, {"phrase": "كلب", "pattern": "كلب*"}).status_code == 422


class TestSimulation:
    def test_trial_compares_hits_with_what_people_decided(
        self, service: Service, member: Person, moderator: Person, article: Any
    ) -> None:
        waiting = service.article()
        decided = {"يا كلب": "reject", "الكلب صديق الإنسان": "approve", "كلام آخر": "reject"}
        for body, verdict in decided.items():
            reason = {} if verdict == "approve" else {"reason": "abuse"}
            service.decide(moderator, service.comment(member, waiting, body), verdict, **reason)
        service.comment(member, article, "كلب لم يقرأه أحد")
        trial = moderator.post(f"{RULES}/simulations", {"phrase": "كلب"})
        assert trial.status_code == 200, trial.text
        said = trial.json()
        assert (said["examined"], said["hits"]) == (4, 3)
        assert (said["would_have_caught"], said["would_have_wrongly_held"], said["undecided"]) == (1, 1, 1)
        assert {one["decided"] for one in said["sample"]} == {"approved", "restricted", "undecided"}
        assert all("كلب" in one["excerpt"] for one in said["sample"])
        assert moderator.get(RULES).json()["items"] == []

    def test_trial_walks_past_its_first_slice(self, service: Service, moderator: Person, article: Any) -> None:
        for number in range(60):
            service.comment(service.person(), article, f"كلب رقم {number}")
        said = moderator.post(f"{RULES}/simulations", {"pattern": "كلب*"}).json()
        assert (said["examined"], said["hits"], len(said["sample"])) == (60, 60, 20)

    def test_trial_of_nothing_is_refused(self, moderator: Person) -> None:
        assert moderator.post(f"{RULES}/simulations", {"phrase": "!"}).status_code == 422


class TestThresholds:
    def test_thresholds_are_read_and_set_under_their_etag(self, service: Service, moderator: Person) -> None:
        path, editor = "/v1/moderation/screening", service.person("editor")
        standing = moderator.get(path)
        assert standing.json() == {
            "first_comments": 0,
            "most_links": 3,
            "most_rejections": 3,
            "campaign_accounts": 2,
            "outside_check": False,
        }
        changed = editor.patch(path, {"most_links": 0}, if_match=standing.headers["etag"])
        assert changed.json()["most_links"] == 0
        assert editor.patch(path, {"most_links": 1}, if_match=standing.headers["etag"]).status_code == 412
        assert editor.patch(path, {"most_links": -1}).status_code == 422
