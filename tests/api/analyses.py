"""Write analyses as experts do, for tests."""

from typing import Any

from tests.service import Person, Service

DECLARED = {"interests": [{"kind": "funding", "party": "وزارة الري", "detail": None}], "none": False}
TEXT = {
    "title": "كم يبقى من ماء النهر؟",
    "summary": "قراءة في أرقام الخزان.",
    "body": "# الأرقام\n\nانخفض المنسوب[^1] **مترين**.\n\n|سنة|منسوب|\n|-|-|\n|2024|7|\n\n[^1]: عن سجل الهيئة.",
    "citations": [{"title": "سجل المناسيب", "url": "https://doi.org/10.1000/182", "date": "2024-11"}],
    "ai_use": {"used": True, "detail": "تدقيق إملائي"},
}


def drafted(expert: Person, article: Any, **values: Any) -> Any:
    """Draft an analysis."""
    answer = expert.post(f"/v1/articles/{article['id']}/analyses", {**TEXT, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def declare(expert: Person, article: Any) -> None:
    """Declare interests for an article, once."""
    answer = expert.put(f"/v1/articles/{article['id']}/disclosure", DECLARED)
    assert answer.status_code in {201, 428}, answer.text


def submitted(expert: Person, article: Any, **values: Any) -> Any:
    """Draft and submit an analysis."""
    declare(expert, article)
    analysis = drafted(expert, article, **values)
    answer = expert.post(f"/v1/analyses/{analysis['id']}/submissions")
    assert answer.status_code == 201, answer.text
    return answer.json()


def published(service: Service, expert: Person, editor: Person, article: Any, **values: Any) -> Any:
    """Draft, submit and approve an analysis, and give it as everybody reads it."""
    analysis = submitted(expert, article, **values)
    answer = service.decide(editor, analysis)
    assert answer.status_code == 201, answer.text
    return service.nobody.get(f"/v1/analyses/{analysis['id']}").json()
