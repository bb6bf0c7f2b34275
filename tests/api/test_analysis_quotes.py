"""Analyses quote the article below which they stand, or another analysis there, and their quotes are found again."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.analyses import declare, drafted, published, submitted
from tests.api.atom_rules import ATOM, parsed, text_of
from tests.api.test_quotes import BODY, ORPHANED, PASSAGE, QUOTE, SHOWN, change, deliver, standing
from tests.service import Person, Service


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article with a passage to quote."""
    return service.article(body=BODY)


@pytest.fixture
def expert(service: Service) -> Person:
    """Give an expert."""
    return service.person("expert")


@pytest.fixture
def editor(service: Service) -> Person:
    """Give an editor."""
    return service.person("editor")


def quoted(thing: Any) -> tuple[Any, Any, Any]:
    """Give what an analysis says of its quote."""
    return thing["quote"], thing["anchor"], thing["quoted_analysis_id"]


class TestQuotingTheArticle:
    def test_quote_goes_with_the_draft_through_its_case_to_the_public_in_every_form(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis, said = submitted(expert, article, quote=QUOTE), (QUOTE, standing(PASSAGE, SHOWN), None)
        assert quoted(analysis) == said
        assert quoted(service.case_of(editor, analysis)["subject"]) == said
        assert service.decide(editor, analysis).status_code == 201
        path = f"/v1/analyses/{analysis['id']}"
        assert quoted(service.nobody.get(path).json()) == said
        [item] = service.nobody.get(f"/v1/articles/{article['id']}/analyses").json()["items"]
        assert quoted(item) == said
        revision = service.nobody.get(f"{path}/revisions/1").json()
        assert (revision["quote"], revision["quoted_analysis_id"]) == (QUOTE, None)
        [changed] = [
            item["analysis"]
            for item in service.nobody.get(f"/v1/articles/{article['id']}/changes?after=0").json()["items"]
            if item["type"] == "analysis"
        ]
        assert quoted(changed) == said
        described = service.nobody.get(path, accept="application/ld+json").json()["isBasedOn"]
        assert (described["text"], described["isPartOf"]["@id"].split("/v1/")[1]) == (
            PASSAGE,
            f"articles/{article['id']}",
        )
        [entry] = parsed(service.nobody.get("/v1/feed.atom").content).findall(f"{ATOM}entry")
        assert text_of(entry, "content").startswith(f'<div dir="rtl"><blockquote>{PASSAGE}</blockquote><h2')

    def test_analysis_that_quotes_nothing_says_so(self, expert: Person, article: Any) -> None:
        assert quoted(drafted(expert, article)) == (None, None, None)

    def test_anchor_follows_the_article_and_says_when_the_passage_is_gone(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = published(service, expert, editor, article, quote=QUOTE)
        draft = drafted(expert, article, title="مسودة", quote=QUOTE)
        path = f"/v1/articles/{article['id']}"
        for body, place in (
            (f"سطر جديد.\n\n{BODY}", standing(PASSAGE, f"سطر جديد.\n{SHOWN}")),
            ("لم يبق من النص شيء.", ORPHANED),
            (BODY, standing(PASSAGE, SHOWN)),
        ):
            before = service.nobody.get(path).json()["seq"]
            change(service, article, body)
            changes = service.nobody.get(f"{path}/changes?after={before}").json()["items"]
            assert [item["analysis"]["anchor"] for item in changes if item["type"] == "analysis"] == [place]
            assert service.nobody.get(f"/v1/analyses/{analysis['id']}").json()["anchor"] == place
            assert expert.get(f"/v1/analyses/{draft['id']}").json()["anchor"] == place

    def test_edit_keeps_the_quote_or_brings_another_or_drops_it(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        analysis = published(service, expert, editor, article, quote=QUOTE)
        path = f"/v1/analyses/{analysis['id']}"
        kept = expert.patch(path, {"title": "عنوان آخر"}).json()["waiting"]
        assert (kept["quote"], kept["quoted_analysis_id"]) == (QUOTE, None)
        other = {"exact": "الأرقام قديمة", "prefix": "", "suffix": ""}
        assert expert.patch(path, {"quote": {"exact": "الأرقام قديمة"}}).json()["waiting"]["quote"] == other
        assert expert.get(path).json()["quote"] == QUOTE
        service.decide(editor, analysis)
        shown = service.nobody.get(path).json()
        assert (shown["title"], *quoted(shown)) == ("عنوان آخر", other, standing("الأرقام قديمة", SHOWN), None)
        assert expert.patch(path, {"quote": None}).json()["waiting"]["quote"] is None
        service.decide(editor, analysis)
        assert quoted(service.nobody.get(path).json()) == (None, None, None)

    def test_live_rules_read_what_is_quoted(self, expert: Person, editor: Person, article: Any) -> None:
        rule = {"phrase": "كازينو", "action": "hold", "state": "live", "language": "ar"}
        assert editor.post("/v1/moderation/rules", rule).status_code == 201
        analysis = submitted(expert, article, quote={"exact": "أفضل كازينو"})
        assert analysis["hold"]["codes"] == ["editorial", "rule"]


class TestQuotingAnAnalysis:
    def test_anchor_follows_the_revision_of_the_other_that_is_public(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        other = published(service, expert, editor, article, body=BODY)
        values = {"quote": QUOTE, "quoted_analysis_id": other["id"]}
        answering = published(service, service.person("expert"), editor, article, title="رد", **values)
        path = f"/v1/analyses/{answering['id']}"
        assert quoted(answering) == (QUOTE, standing(PASSAGE, SHOWN), other["id"])
        part_of = service.nobody.get(path, accept="application/ld+json").json()["isBasedOn"]["isPartOf"]["@id"]
        assert part_of.endswith(f"/v1/analyses/{other['id']}")
        assert expert.patch(f"/v1/analyses/{other['id']}", {"body": f"سطر جديد.\n\n{BODY}"}).status_code == 200
        deliver(service)
        assert service.nobody.get(path).json()["anchor"] == standing(PASSAGE, SHOWN)
        service.decide(editor, other)
        deliver(service)
        assert service.nobody.get(path).json()["anchor"] == standing(PASSAGE, f"سطر جديد.\n{SHOWN}")

    def test_only_a_public_analysis_below_the_same_article_is_quoted(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        elsewhere = published(service, expert, editor, service.article(title="مقال آخر"), body=BODY)
        draft = drafted(expert, article, body=BODY)
        path = f"/v1/articles/{article['id']}/analyses"
        standing_draft = drafted(expert, article, title="أخرى")
        for unknown in (str(uuid4()), elsewhere["id"], draft["id"], article["id"]):
            values = {"quote": QUOTE, "quoted_analysis_id": unknown}
            body = {name: standing_draft[name] for name in ("title", "summary", "body", "citations", "ai_use")}
            assert expert.post(path, {**body, **values}).json()["code"] == "not_found"
            assert expert.patch(f"/v1/analyses/{standing_draft['id']}", values).json()["code"] == "not_found"
        named = expert.patch(f"/v1/analyses/{standing_draft['id']}", {"quoted_analysis_id": elsewhere["id"]})
        assert (named.status_code, named.json()["errors"][0]["code"]) == (422, "required")

    def test_author_edits_while_the_quoted_publication_is_taken_back_and_the_passage_comes_back_with_it(
        self, service: Service, expert: Person, editor: Person, article: Any
    ) -> None:
        declare(expert, article)
        other = submitted(expert, article, body=BODY)
        approval = service.decide(editor, other).json()
        answering = drafted(expert, article, title="رد", quote=QUOTE, quoted_analysis_id=other["id"])
        path = f"/v1/analyses/{answering['id']}"
        taken_back = editor.post(f"/v1/moderation/decisions/{approval['id']}/reversal", {"reason": "other"})
        assert taken_back.status_code == 201
        deliver(service)
        edited = expert.patch(path, {"title": "رد آخر"}).json()
        assert quoted(edited) == (QUOTE, ORPHANED, other["id"])
        service.decide(editor, other)
        deliver(service)
        assert quoted(expert.get(path).json()) == (QUOTE, standing(PASSAGE, SHOWN), other["id"])
