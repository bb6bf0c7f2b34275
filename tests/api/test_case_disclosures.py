"""Cases show what an expert declares for the article, as it will go out, and editors what was declared before."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.analyses import submitted
from tests.service import Person, Service

FUNDED = {"interests": [{"kind": "funding", "party": "وزارة الري", "detail": "منحة 2024"}], "none": False}
NOTHING = {"interests": [], "none": True}


@pytest.fixture
def expert(service: Service) -> Person:
    """Give an expert."""
    return service.person("expert")


@pytest.fixture
def editor(service: Service) -> Person:
    """Give an editor."""
    return service.person("editor")


def declare(expert: Person, article: Any, declaration: Any) -> Any:
    """Declare, over whatever stands."""
    path = f"/v1/articles/{article['id']}/disclosure"
    standing = expert.get(path).headers.get("etag")
    return expert.put(path, declaration, **({"if_match": standing} if standing else {})).json()


def published_with(declared: Any) -> Any:
    """Give a declaration as it goes out with words."""
    return {name: declared[name] for name in ("interests", "none", "declared_at")}


def test_case_of_an_analysis_shows_the_declaration_with_earlier_ones_and_their_contradictions(
    service: Service, expert: Person, editor: Person
) -> None:
    elsewhere, article = service.article(title="مقال آخر"), service.article()
    before = declare(expert, elsewhere, FUNDED)
    service.clock.advance(timedelta(minutes=1))
    first = declare(expert, article, FUNDED)
    analysis = submitted(expert, article)
    case = service.case_of(editor, analysis)
    assert case["subject"]["disclosure"] == published_with(first)
    shown = editor.get(f"/v1/moderation/cases/{case['id']}").json()
    assert shown["declaration"] == first | {"earlier": [before | {"contradicts": False, "left_out": []}]}
    service.clock.advance(timedelta(minutes=1))
    second = declare(expert, article, NOTHING)
    shown = editor.get(f"/v1/moderation/cases/{case['id']}").json()
    assert shown["subject"]["disclosure"] == published_with(second)
    marked = [(one["version"], one["article_id"], one["contradicts"]) for one in shown["declaration"]["earlier"]]
    assert marked == [(1, article["id"], True), (1, elsewhere["id"], True)]
    assert shown["declaration"]["earlier"][0]["left_out"] == FUNDED["interests"]
    service.decide(editor, analysis)
    public = service.nobody.get(f"/v1/analyses/{analysis['id']}").json()
    assert public["disclosure"] == published_with(second)


def test_what_went_out_with_words_is_what_later_cases_about_them_show(
    service: Service, expert: Person, editor: Person, moderator: Person
) -> None:
    article = service.article()
    first = declare(expert, article, FUNDED)
    comment = service.approved(expert, moderator, article, "رأي")
    second = declare(expert, article, NOTHING)
    case = moderator.post(f"/v1/comments/{comment['id']}/cases").json()
    assert case["subject"]["disclosure"] == published_with(first)
    assert editor.get(f"/v1/moderation/cases/{case['id']}").json()["declaration"]["version"] == second["version"]


def test_case_of_a_comment_shows_moderators_what_will_go_out_and_only_editors_what_was_before(
    service: Service, expert: Person, editor: Person, moderator: Person
) -> None:
    article = service.article()
    declared = declare(expert, article, FUNDED)
    comment, other = service.comment(expert, article), service.comment(service.person(), article)
    case = service.case_of(moderator, comment)
    assert case["subject"]["disclosure"] == published_with(declared)
    assert service.case_of(moderator, other)["subject"]["disclosure"] is None
    path = f"/v1/moderation/cases/{case['id']}"
    assert editor.get(path).json()["declaration"] == declared | {"earlier": []}
    assert "declaration" not in moderator.get(path).json()


def test_case_of_an_expert_who_declared_nothing_or_of_an_application_shows_no_declaration(
    service: Service, expert: Person, editor: Person, moderator: Person
) -> None:
    comment = service.comment(expert, service.article())
    case = service.case_of(moderator, comment)
    assert case["subject"]["disclosure"] is None
    assert "declaration" not in editor.get(f"/v1/moderation/cases/{case['id']}").json()
