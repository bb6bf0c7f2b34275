"""Revisions of analyses: who reads which, and what changed from one to another, exactly and in time."""

from typing import Any

import pytest

from tests.api.analyses import TEXT, drafted, published
from tests.service import Person, Service


@pytest.fixture
def expert(service: Service) -> Person:
    """Give an expert."""
    return service.person("expert")


@pytest.fixture
def editor(service: Service) -> Person:
    """Give an editor."""
    return service.person("editor")


def numbers(who: Person, analysis: Any) -> list[int]:
    """Give the numbers of the revisions that somebody is shown."""
    items = who.get(f"/v1/analyses/{analysis['id']}/revisions").json()["items"]
    return [item["number"] for item in items]


def texts(pieces: list[dict[str, str]]) -> tuple[str, str]:
    """Put both texts together again."""
    old = "".join(piece["text"] for piece in pieces if piece["kind"] != "insert")
    return old, "".join(piece["text"] for piece in pieces if piece["kind"] != "delete")


class TestRevisions:
    def test_public_reads_published_ones_editors_submitted_ones_and_the_author_all(
        self, service: Service, expert: Person, editor: Person
    ) -> None:
        analysis = published(service, expert, editor, service.article())
        path = f"/v1/analyses/{analysis['id']}"
        expert.patch(path, {"title": "يُعاد", "note": "الأول"})
        service.decide(editor, analysis, "request_changes", reason="other")
        expert.patch(path, {"title": "يُنشر", "note": "الثاني"})
        service.decide(editor, analysis)
        for who, seen in ((service.nobody, [1, 3]), (editor, [1, 2, 3]), (expert, [1, 2, 3])):
            assert numbers(who, analysis) == seen
            found = [who.get(f"{path}/revisions/{number}").status_code for number in (1, 2, 3, 4)]
            assert found == [200 if number in seen else 404 for number in (1, 2, 3, 4)]
        first = service.nobody.get(f"{path}/revisions/1").json()
        assert (first["body"], first["note"], first["published_at"]) == (TEXT["body"], None, analysis["published_at"])
        [_, correction] = service.nobody.get(f"{path}/revisions").json()["items"]
        assert (correction["title"], correction["note"]) == ("يُنشر", "الثاني")
        for name in ("x", "0", "-1", "1.0", "9" * 30):
            assert service.nobody.get(f"{path}/revisions/{name}").status_code == 404

    def test_words_that_were_not_submitted_are_their_authors_alone(
        self, service: Service, expert: Person, editor: Person
    ) -> None:
        analysis = drafted(expert, service.article())
        expert.patch(f"/v1/analyses/{analysis['id']}", {"title": "مسودة ثانية"})
        assert numbers(expert, analysis) == [1, 2]
        assert editor.get(f"/v1/analyses/{analysis['id']}/revisions").status_code == 404


class TestDifference:
    def test_pieces_make_up_both_texts_and_hidden_revisions_are_not_compared(
        self, service: Service, expert: Person, editor: Person
    ) -> None:
        analysis = published(service, expert, editor, service.article())
        path, body = f"/v1/analyses/{analysis['id']}", TEXT["body"].replace("مترين", "ثلاثة")
        expert.patch(path, {"body": body, "title": "كم نقص من ماء النهر؟"})
        difference = f"{path}/revisions/2/diff?against=1"
        assert service.nobody.get(difference).status_code == 404
        found = editor.get(difference).json()
        assert (found["revision"], found["against"]) == (2, 1)
        assert texts(found["body"]) == (TEXT["body"], body)
        assert texts(found["title"]) == (TEXT["title"], "كم نقص من ماء النهر؟")
        assert texts(editor.get(f"{path}/revisions/1/diff?against=2").json()["body"]) == (body, TEXT["body"])
        assert [piece["kind"] for piece in found["summary"]] == ["equal"]
        for query in ("", "?against=x", "?against=0"):
            assert editor.get(f"{path}/revisions/2/diff{query}").status_code == 422
        assert editor.get(f"{path}/revisions/2/diff?against=9").status_code == 404

    def test_two_revisions_of_fifty_thousand_code_points_are_compared_exactly(
        self, service: Service, expert: Person
    ) -> None:
        words = [f"كلمة{number % 977}" for number in range(6_500)]
        changed = [f"{word}ها" if number % 13 == 0 else word for number, word in enumerate(words) if number % 29]
        old, new = (" ".join(some)[:50_000] for some in (words, changed))
        analysis = drafted(expert, service.article(), body=old)
        path = f"/v1/analyses/{analysis['id']}"
        expert.patch(path, {"body": new})
        answer = expert.get(f"{path}/revisions/2/diff?against=1")
        assert texts(answer.json()["body"]) == (old, new)
