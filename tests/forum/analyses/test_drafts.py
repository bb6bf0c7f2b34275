"""Drafts of analyses: what follows from the words alone."""

import pytest

from forum.analyses.drafts import prepare_analysis


@pytest.mark.parametrize(
    ("title", "summary", "body", "named", "language"),
    [
        pytest.param("ماء", "موجز", "نص عربي", None, "ar", id="all of it is read"),
        pytest.param("كم يبقى من ماء النهر؟", "موجز", "|1|2|\n|-|-|\n|3|4|", None, "ar", id="figures have the title's"),
        pytest.param("7", "قراءة في أرقام الخزان", "`a = 1`", None, "ar", id="code has the summary's"),
        pytest.param(
            "Water", "ماء", "What is left of the water in the river and why", None, "en", id="the bulk decides"
        ),
        pytest.param("ماء", "موجز", "نص عربي", "fa-IR", "fa-IR", id="what is named always wins"),
    ],
)
def test_language_is_guessed_from_all_words_unless_named(
    title: str, summary: str, body: str, named: str | None, language: str
) -> None:
    texts = {"title": title, "summary": summary, "body": body}
    draft = prepare_analysis(**texts, language=named, citations=[], ai_use={"used": False, "detail": None}, quote=None)
    assert draft.language == language
