"""See through what hides a word from a list: digits for letters, letters of look-alike scripts, repetition.

Everything here works on folded words. Undoing is one-sided: a text's word is read in every way that a reader may take
it, while a listed phrase is taken as it stands, so that no listed word reaches further than its author meant.

What was decided, and why:

- A digit stands for a letter only beside letters of the same word. In Arabic words the digits of the chat alphabet
  (3 for ع, 7 for ح) and those that look like a letter (١ for ا, ٥ for ه) are read; Arabic in Latin letters alone is a
  spelling of its own, to be listed as such.
- Three equal letters in a row are a lengthened one or two. Two are a lengthened one in Arabic words that keep four
  letters, since سبب (reason) is not سب (insult).
- Cyrillic and Greek letters are read as Latin ones only in a word that also has Latin ones.
- The words of `_WHOLE` begin with a letter that could be a particle and is none: a minister (وزير) is no زير.
"""

import re
from functools import lru_cache

from forum.text.folding import fold
from forum.text.words import readings

LONGEST_REMEMBERED = 40

_LATIN_DIGITS = (str.maketrans("01345789", "oieasttg"), str.maketrans("01345789", "oleastbg"))
_ARABIC_DIGITS = (str.maketrans("1235679", "ااعخطحص"), str.maketrans("1235679", "ااعهطحو"))
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝӏкмтвнαεικνορτυχηβωɑɡ",
    "aeopcyxijsdhqwlkmtbhaeikvoptuxnbwag",
)
_SIGNS = str.maketrans("@$!|€", "asiie")

_SAME_SHAPES = str.maketrans("l", "i")

_NOT_IN_WORDS = re.compile(r"[\W_]+")
_HAS_LATIN = re.compile(r"[a-z]")
_HAS_ARABIC = re.compile(r"[\u0621-\u064a]")
_ALL_ARABIC = re.compile(r"[\u0621-\u064a\u0671-\u06d3]+")
_HAS_DIGIT = re.compile(r"[0-9]")
_HAS_LOOK_ALIKE = re.compile(r"[\u0370-\u052f\u0250-\u02af]")
_LONG_RUN = re.compile(r"(.)\1{2,}")
_ANY_RUN = re.compile(r"(.)\1+")
_LEAST_OF_A_DOUBLED_WORD = 4
_PARTICLES = frozenset("وفالبك")

_WHOLE = frozenset(
    fold(
        "وزير وزيرة وزراء وزارة واحد واحدة وقود وسام وجود وحيد وحيدة وليد وفاء وداع وراء ورشة وردة وسيلة وظيفة وثيقة "
        "ولاية وكالة وكيل وطني وطنية وعود وباء وسيط وسطاء وزير وسادة وصية وضوح ورود وجيه واسع وافد وارد "
        "فلوس فلان فلانة فقير فقراء فارس فريق فكرة فترة فاسد فاسدة فرصة فندق فجأة فيلم فساد فضيحة فلسفة فنان فضول "
        "بقرة بقرات بلدة بلاد بنات بيان بيضة برنامج بترول بخيل بعير بلاء برلمان بطاطا بصير بشير بسمة بداية بحيرة بغداد "
        "بريد بلدية بناء بشار بلاغ بذور بخور باحث باسم بارد بعوض بطالة بركان بسيط بليد بديل بدلة بلبل بطيخ "
        "لبنان لحوم لحية لحظة لغات لسان لقاء ليبيا ليمون لجنة لجان لباس لطيف لطيفة لعبة لعاب ليلة لاعب لاعبة لئيم لذيذ "
        "كبير كبيرة كتاب كثير كلام كرامة كامل كاملة كريم كراهية كفاح كسول كهرباء كوكب كحول كلمة كرسي كنيسة كاتب كافر "
        "كلاب كيان كميات كنوز كسوف كبسة كمال كشاف كشري كذاب كمين كفيل"
    ).split()
)


def forms_of(word: str) -> tuple[str, ...]:
    """Give a folded word in every way that a reader may take it, as it stands first."""
    return _remembered(word) if len(word) <= LONGEST_REMEMBERED else _forms(word)


def skeletons(name: str) -> frozenset[str]:
    """Give the forms in which a name is like another: spacing, signs, digits and letters of other scripts read through.

    The words are joined. Letters that look alike in Latin or are written twice are one, on both sides of a comparison.
    """
    letters = _NOT_IN_WORDS.sub("", fold(name).translate(_SIGNS)).translate(_LOOK_ALIKES)
    tables = _ARABIC_DIGITS if _HAS_ARABIC.search(letters) else _LATIN_DIGITS
    shapes = (letters.translate(table).translate(_SAME_SHAPES) for table in tables)
    drawn = (shape.replace("rn", "m").replace("vv", "w") for shape in shapes)
    return frozenset(_ANY_RUN.sub(r"\1", form) for form in drawn) - {""}


def unmasked(chunk: str) -> str:
    """Read the signs that stand for Latin letters in a folded chunk, such as c@sino."""
    return chunk.translate(_SIGNS)


def _forms(word: str) -> tuple[str, ...]:
    ways = [word]
    if _HAS_LOOK_ALIKE.search(word) and _HAS_LATIN.search(word):
        ways.append(word.translate(_LOOK_ALIKES))
    if _HAS_DIGIT.search(word):
        tables = _LATIN_DIGITS if _HAS_LATIN.search(word) else _ARABIC_DIGITS if _HAS_ARABIC.search(word) else ()
        ways += dict.fromkeys(way.translate(table) for way in ways for table in tables)
    ways += [shorter for way in ways if _ANY_RUN.search(way) for shorter in _shortened(way)]
    joined = [way for way in ways if way[0] in _PARTICLES and way not in _WHOLE]
    return tuple(dict.fromkeys([*ways, *(reading for way in joined for reading in readings(way))]))


_remembered = lru_cache(maxsize=8_192)(_forms)


def _shortened(word: str) -> list[str]:
    """Give a lengthened word with its letters once, or twice."""
    found = []
    if _LONG_RUN.search(word):
        found = [_LONG_RUN.sub(r"\1", word), _LONG_RUN.sub(r"\1\1", word)]
    if _ALL_ARABIC.fullmatch(word):
        single = _ANY_RUN.sub(r"\1", word)
        found += [single] if len(single) >= _LEAST_OF_A_DOUBLED_WORD else []
    return found
