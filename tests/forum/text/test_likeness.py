"""Prove which texts count as nearly the same."""

import pytest

from forum.text.likeness import BANDS, bands, likeness

TEXT = "هذه الخطة ستدمر الزراعة في الوادي ولن تجلب للناس إلا العطش والفقر فلا تصدقوا ما يقال لكم عنها"
ALIKE = {
    "the same": TEXT,
    "one word replaced": TEXT.replace("الزراعة", "الحقول"),
    "words added": f"أيها الإخوة: {TEXT} أبدا",
    "other spelling and marks": TEXT.replace("إلا", "الا").replace("الزراعة", "الزِراعه") + "!!!",
    "a word left out": TEXT.replace(" للناس", ""),
}


class TestLikeness:
    @pytest.mark.parametrize("other", ALIKE.values(), ids=ALIKE)
    def test_small_edits_keep_texts_alike_and_found(self, other: str) -> None:
        assert likeness(TEXT, other) >= 0.5
        assert set(bands(TEXT)) & set(bands(other))

    def test_other_words_on_the_same_matter_are_not_alike(self) -> None:
        other = "قرأت الخطة كلها وأظن أن فيها ما يستحق النقاش لكن الأرقام ناقصة ولا أحد يذكر مصدرها بوضوح"
        assert likeness(TEXT, other) < 0.1
        assert not set(bands(TEXT)) & set(bands(other))

    def test_short_text_has_no_bands_since_anybody_might_write_it(self) -> None:
        assert bands("شكرا جزيلا على هذا المقال") == ()

    def test_long_text_has_all_its_bands(self) -> None:
        assert len(set(bands(TEXT))) == BANDS

    def test_nothing_is_like_nothing(self) -> None:
        assert likeness("", "") == 0
