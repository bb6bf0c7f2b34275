"""Feeds and structured data are well formed whatever their texts hold."""

from typing import Any

from tests.api.analyses import published
from tests.api.atom_rules import ATOM, parsed, text_of
from tests.service import Service

# All that a text may hold and XML may not, and what XML has to escape.
HARD = "نص \ufffe\uffff\U0001fffe & <b>\"'</b> ]]> \u2028\u202e"
WRITTEN = HARD.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
# What an entity may write that a text may not hold.
ENTITIES = " ".join(f"&#{code};" for code in (*range(0x20), *range(0x7F, 0xA0), 0xD800, 0xFFFE, 0xFFFF, 0x1FFFE))


def test_feeds_are_well_formed_whatever_their_texts_hold(service: Service) -> None:
    editor = service.person("editor")
    expert = service.person("expert", display_name=HARD, title=HARD, affiliation=HARD)
    discussion = {"moderation": "post"}
    article = service.article(title=HARD, body=HARD, source_url="https://example.org/?a=1&b='2'", discussion=discussion)
    interests = [{"kind": "other", "party": HARD, "detail": HARD}]
    assert expert.put(f"/v1/articles/{article['id']}/disclosure", {"interests": interests}).status_code == 201
    values: dict[str, Any] = {"title": HARD, "summary": HARD, "body": f"{ENTITIES} {HARD}", "quote": {"exact": HARD}}
    source = {"title": HARD, "url": "https://example.org/?a=1&b='2'"}
    analysis = published(service, expert, editor, article, **values, citations=[source])
    expert.patch(f"/v1/analyses/{analysis['id']}", {"body": HARD + ENTITIES, "note": HARD})
    assert service.decide(editor, analysis).status_code == 201
    service.comment(expert, article, HARD, quote={"exact": HARD})
    expert.post(f"/v1/analyses/{analysis['id']}/retractions", {"reason": HARD})
    for path in (f"/v1/articles/{article['id']}/feed.atom", f"/v1/experts/{expert.id}/feed.atom", "/v1/feed.atom"):
        entries = parsed(service.nobody.get(path).content).findall(f"{ATOM}entry")
        assert len(entries) == 2
        for entry in entries:
            assert entry.findtext(f"{ATOM}author/{ATOM}name") == WRITTEN
        assert text_of(entries[-1], "summary") == WRITTEN


def test_addresses_that_may_stand_in_no_link_are_refused(service: Service) -> None:
    article, editor, expert = service.article(), service.person("editor"), service.person("expert")
    for address in ("https://example.org/<b>", 'https://example.org/"onclick="x', "https://example.org/\u202e"):
        refused = editor.post("/v1/articles", {"title": "مقال", "source_url": address})
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/source_url"]
        draft: dict[str, Any] = {"title": "ت", "summary": "م", "body": "ن", "ai_use": {"used": False}}
        draft["citations"] = [{"title": "س", "url": address}]
        refused = expert.post(f"/v1/articles/{article['id']}/analyses", draft)
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/citations/0/url"]
