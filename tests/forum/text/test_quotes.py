"""Passages are found again where they stand, through spelling and small edits, and given up where they are gone."""

import re

import pytest

from forum.demo_texts import ARTICLE
from forum.text.folding import fold_with_origins
from forum.text.quotes import Place, Quote, locate, shown_text
from forum.text.rendering import render_article
from tests.processes import ROOT

AROUND = 32
OURS = """في صباح يوم ماطر عاد الحارس القديم إلى البستان بعد غياب طويل، فوجد البئر كما تركها، ووجد
الأشجار وقد مالت أغصانها على السور من كل جهة.

قال الحارس إن البئر لا تُترك بلا غطاء، وإن الماء الذي يُؤخذ في الليل يُحسب على من أخذه في النهار، ثم جلس على
الحجر نفسه وعدّ الأشجار واحدة واحدة. كان عدد الأشجار أقل مما يذكر، وكان عدد الأحجار أكثر، فسأل أهل البستان عن
ذلك فلم يجد عندهم جوابًا سوى أن السنوات مرّت.

ثم قال الحارس إن البستان لا يُقاس بعدد الأشجار، وإنما بعدد من يجلسون في ظلها عند الظهيرة.
"""
SEED = ROOT.parent / "shared" / "seeds" / "article.ar.txt"


def source() -> str:
    """Give a real article where there is one beside the project, and one of our own otherwise."""
    return SEED.read_text(encoding="utf-8") if SEED.exists() else ARTICLE["body"]


def find(quote: Quote, text: str) -> Place | None:
    """Look for a passage in a text as it is shown."""
    return locate(quote, fold_with_origins(text))


def quoted(text: str, start: int, end: int) -> Quote:
    """Quote a passage with what stands around it."""
    return Quote(text[start:end], text[max(0, start - AROUND) : start], text[end : end + AROUND])


def passages(text: str) -> list[tuple[int, int, list[tuple[int, int]]]]:
    """Give a passage of each paragraph, short or long, with the words elsewhere in the paragraph."""
    found = []
    for number, paragraph in enumerate(re.finditer(r"[^\n]+(\n[^\n]+)*", text)):
        words = [
            (paragraph.start() + m.start(), paragraph.start() + m.end()) for m in re.finditer(r"\S+", paragraph[0])
        ]
        length = min((20, 1, 8, 3)[number % 4], len(words) - 1)
        first = (len(words) - length) * (number % 3) // 2
        here = words[first : first + length]
        if here:
            found.append((here[0][0], here[-1][1], [word for word in words if word not in here]))
    return found


class TestEdits:
    @pytest.mark.parametrize("text", [OURS, source()], ids=["our own text", "an article"])
    def test_passage_is_found_after_every_edit_of_a_word_elsewhere_in_its_paragraph(self, text: str) -> None:
        shown = shown_text(render_article(text))
        for start, end, others in passages(shown):
            quote = quoted(shown, start, end)
            assert find(quote, shown) == (start, end)
            for number, (at, until) in enumerate(others):
                word = ("", "غيرها", f"{shown[at:until]} زائدة")[number % 3]
                moved = len(word) - (until - at) if at < start else 0
                assert find(quote, shown[:at] + word + shown[until:]) == (start + moved, end + moved), quote

    @pytest.mark.parametrize("text", [OURS, source()], ids=["our own text", "an article"])
    def test_passage_that_was_deleted_is_given_up(self, text: str) -> None:
        shown = shown_text(render_article(text))
        for start, end, _ in passages(shown):
            assert find(quoted(shown, start, end), shown[:start] + shown[end:]) is None

    @pytest.mark.parametrize("word", ["", "تُترك يومًا", "مكشوفة"])
    def test_passage_is_found_when_a_word_in_it_changes(self, word: str) -> None:
        passage = "البئر لا تُترك بلا غطاء، وإن الماء"
        start = OURS.index(passage)
        changed = passage.replace("تُترك", word)
        place = find(quoted(OURS, start, start + len(passage)), OURS.replace(passage, changed))
        assert place == (start, start + len(changed))

    def test_passage_that_moved_with_other_words_around_is_found_if_it_is_long(self) -> None:
        long, short = "قال الحارس إن البئر لا تُترك بلا غطاء، وإن الماء الذي", "لا تُترك بلا غطاء"
        for passage, found in ((long, (5, 5 + len(long))), (short, None)):
            start = OURS.index(passage)
            assert find(quoted(OURS, start, start + len(passage)), f"كتب: {passage} وانتهى الأمر عند هذا") == found

    def test_passage_that_changed_a_lot_is_given_up(self) -> None:
        passage = "البئر لا تُترك بلا غطاء"
        start = OURS.index(passage)
        other = OURS.replace(passage, "الباب لا يُفتح بلا مفتاح")
        assert find(quoted(OURS, start, start + len(passage)), other) is None


class TestPlaces:
    @pytest.mark.parametrize(
        "exact",
        ["البئر لا تترك", "البئر لا تُتْرَكُ", "البئـــر  لا\nتُترك", "البئر لا تُترك\u200f"],
        ids=["without marks", "with more marks", "stretched over two lines", "with an unseen character"],
    )
    def test_spelling_does_not_matter_and_the_place_is_that_of_the_original(self, exact: str) -> None:
        start = OURS.index("البئر لا تُترك")
        assert find(Quote(exact, "قال الحارس إن ", " بلا غطاء"), OURS) == (start, start + len("البئر لا تُترك"))

    def test_of_several_occurrences_the_surroundings_tell_which(self) -> None:
        for match in re.finditer("عدد الأشجار|الحارس", OURS):
            assert find(quoted(OURS, *match.span()), OURS) == match.span()

    def test_passage_without_surroundings_is_the_first_that_stands(self) -> None:
        start = OURS.index("الحارس")
        assert find(Quote("الحارس"), OURS) == (start, start + len("الحارس"))
        assert find(Quote("الخادم"), OURS) is None

    def test_places_count_code_points_of_what_is_shown(self) -> None:
        shown = shown_text(render_article("# عنوان\n\nقيل **أ & ب** 🙂 ثم [وصل](https://example.org/?a=1&b=2)\nوانتهى"))
        assert shown == "عنوان\nقيل أ & ب 🙂 ثم وصل\nوانتهى\n"
        place = find(Quote("ثم وصل"), shown)
        assert place is not None
        assert shown[slice(*place)] == "ثم وصل"

    def test_quote_of_nothing_that_folds_to_letters_is_nowhere(self) -> None:
        assert find(Quote("\u0651"), OURS) is None

    @pytest.mark.parametrize("exact", ["ا" * 500 + "ب" + "ا" * 499, "اب ات " * 166, "اب ات اب"])
    def test_monotonous_text_costs_no_more_than_another(self, exact: str) -> None:
        text = fold_with_origins("اب " * 33_000)
        assert locate(Quote(exact, "ج د " * 50, "ه و " * 50), text) is None
