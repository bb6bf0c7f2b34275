"""Tell a sentence that is plainly in another language from one that only borrows its letters.

Letters alone prove nothing, since anybody can write an Arabic word with a Persian kaf. A sentence is another language's
only where every letter of it is of that language's alphabet, common words of that language stand in it, and none of
one's own do. The words of each list are such that no other language of the script has them once folded: Urdu and
Arabic share the look of ہے and هي, Persian and Arabic that of این and أين, so neither pair says anything.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from forum.text.characters import TATWEEL
from forum.text.direction import COMMON_WORDS
from forum.text.folding import fold

_SHARED = "ءآأؤئابتثجحخدذرزسشصضطظعغفقلمنهو"
_ARABIC_WORDS = {
    "ar": "في هذا هذه ذلك تلك الذي التي الذين ليس ليست أنا أنت أنتم نحن لا لم لن هل عن عند لماذا مع ثم هناك لقد كانت "
    "يكون ولا وما وهو وهي منذ لأن أيها أيضا عليك اليوم",
    "fa": "است نیست بود شود کند کنم کنید که از را برای با در چه چرا هیچ اگر باید دارد ندارد هستم هستند بودند شما خود "
    "چون خیلی خوب بسیار یک دیگر",
    "ur": "کا کو نے سے پر اور یہ وہ نہیں تھا تھے گیا کیا لیے ایک",
    "ku": "ئەم ئەو لەگەڵ هەیە نییە دەکات بوو ئێمە ئێوە هەموو یەک",
    "ps": "چې په څه لپاره دغه هغه کړي ډېر ښه",
}
_ALPHABETS = {
    "ar": "كيىةإ",
    "fa": "پچژگکیۀ",
    "ur": "پچژگکیٹڈڑںےہھۓۂ",
    "ku": "پچژگکیەێۆڵڕڤھ",
    "ps": "پچژگکیيګڼټډړږښۍېۀځڅ",
}
_CYRILLIC_WORDS = {
    "ru": "и что это как она они мы вы но уже только очень был была",
    "uk": "і що це як він вона вони ми ви але тільки дуже був була",
}


@dataclass(frozen=True)
class Tongue:
    """Hold what a language is known by among those of its script: common words, folded, and letters if they tell."""

    script: str
    words: frozenset[str]
    letters: frozenset[str] | None = None


def _tongue(script: str, words: str, letters: str | None = None) -> Tongue:
    return Tongue(script, frozenset(fold(words).split()), frozenset(_SHARED + letters) if letters else None)


TONGUES: Mapping[str, Tongue] = {
    **{name: _tongue("arabic", words, _ALPHABETS[name]) for name, words in _ARABIC_WORDS.items()},
    **{name: _tongue("latin", words) for name, words in COMMON_WORDS.items()},
    **{name: _tongue("cyrillic", words) for name, words in _CYRILLIC_WORDS.items()},
}
_ALIASES = {"ckb": "ku", "pes": "fa", "prs": "fa", "pus": "ps", "urd": "ur", "ara": "ar"}

_END = re.compile(r"[.!?؟؛;:۔…\n]+")
_WORD = re.compile(r"[^\W\d_]+")
_ARABIC_LETTER = re.compile(
    r"[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee-\u06ff\u0750-\u08ff\ufb50-\ufeff\U0001ee00-\U0001eeff]"
)


def primary(tag: str) -> str:
    """Give the language that a BCP 47 tag names first, in the one spelling that is used here."""
    language = tag.partition("-")[0].lower()
    return _ALIASES.get(language, language)


@dataclass(frozen=True)
class Sentences:
    """Hold a text cut into sentences, each looked at when it is first asked about."""

    text: str

    def is_foreign(self, start: int, end: int, language: str, *, besides: Set[str] = frozenset()) -> bool:
        """Tell whether a place lies in a sentence of another language of the script; `besides` are no evidence.

        A place that reaches from one sentence into the next is a word cut up, and foreign to nobody.
        """
        own = TONGUES.get(language)
        number = bisect_right(self._ends, start)
        if own is None or number != bisect_right(self._ends, end - 1):
            return False
        asked = (number, language, frozenset(besides))
        if asked not in self._answers:
            words, letters = self._looked_at(number)
            words -= besides
            self._answers[asked] = any(
                bool(words & (other.words - own.words))
                and not words & (own.words - other.words)
                and (other.letters is None or letters <= other.letters)
                for other in TONGUES.values()
                if other is not own and other.script == own.script
            )
        return self._answers[asked]

    @cached_property
    def _answers(self) -> dict[tuple[int, str, frozenset[str]], bool]:
        return {}

    @cached_property
    def _ends(self) -> list[int]:
        return [match.end() for match in _END.finditer(self.text)]

    @cached_property
    def _known(self) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
        return {}

    def _looked_at(self, number: int) -> tuple[frozenset[str], frozenset[str]]:
        """Give the folded words of a sentence and its Arabic letters as they are written."""
        if number not in self._known:
            edges = [0, *self._ends, len(self.text)]
            sentence = self.text[edges[number] : edges[number + 1]]
            letters = frozenset(_ARABIC_LETTER.findall(sentence)) - {TATWEEL}
            self._known[number] = frozenset(_WORD.findall(fold(sentence))), letters
        return self._known[number]
