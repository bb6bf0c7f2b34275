"""See through what hides a word from a list: digits for letters, letters of look-alike scripts, repetition.

Everything here works on folded words. Undoing is one-sided: a text's word is read in every way that a reader may take
it, while a listed phrase is taken as it stands, so that no listed word reaches further than its author meant.

What was decided, and why:

- A digit stands for a letter only beside letters of the same word. In Arabic words the digits of the chat alphabet
  (3 for ع, 7 for ح) and those that look like a letter (١ for ا, ٥ for ه) are read; Arabic in Latin letters alone is a
  spelling of its own, to be listed as such.
- Three equal letters in a row are a lengthened one or two. Two are a lengthened one in Arabic words that keep four
  letters, since سبب (reason) is not سب (insult).
- Letters of other scripts are read as the Latin ones that they look like only in a word that mixes scripts, and in one
  of four letters or more that all look so in a script whose words seldom do: a Greek or Russian word often does.
- Two letters that make a flag are one unless a letter touches them: سب is an insult, and so might be a country's code.
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
# Letters of scripts whose ordinary words seldom look Latin as a whole, of either case, with the Latin ones that they
# look like (UTS #39, confusables).
_RARE = {
    "Armenian": ("օսոռհցգզաքտյ", "ounnhgqqwfsj"),
    "Cherokee": ("ᎠᎡᎢᎥᎩᎪᎫᎬᎱᎳᎷᎻᎽᏀᏂᏃᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏳᏴ", "drtiyajerwmhyghzbrwsvslcpkdgb"),
    "Coptic": ("ⲅⲏⲓⲕⲙⲛⲟⲣⲥⲧⲩⲭⳑ", "rhikmnopctyxl"),
    "Lisu": ("ꓐꓑꓒꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "bpddtgkjczfmnlsrvhwxyaeiou"),
    "Deseret": ("𐐬𐐽𐑃𐑈", "ocls"),
}
_RARE_LOOK_ALIKES = str.maketrans(*map("".join, zip(*_RARE.values(), strict=True)))
_LOOK_ALIKES |= _RARE_LOOK_ALIKES
_SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz")
# White on black in circles and in squares, and the letters that make flags in pairs.
_LETTER_SIGNS = {first + n: ord("a") + n for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
_DRAWN = _SMALL_CAPITALS | _LETTER_SIGNS
_SIGNS = str.maketrans("@$!|€", "asiie")

_SAME_SHAPES = str.maketrans("l", "i")

_NOT_IN_WORDS = re.compile(r"[\W_]+")
_HAS_LATIN = re.compile(r"[a-z]")
_HAS_ARABIC = re.compile(r"[\u0621-\u064a]")
_ALL_ARABIC = re.compile(r"[\u0621-\u064a\u0671-\u06d3]+")
_HAS_DIGIT = re.compile(r"[0-9]")
_SCRIPTS = {
    "Latin": r"a-z",
    "Greek": r"\u0370-\u03e1\u03f0-\u03ff",
    "Cyrillic": r"\u0400-\u052f",
    "Armenian": r"\u0531-\u0588",
    "Cherokee": r"\u13a0-\u13ff",
    "Coptic": r"\u03e2-\u03ef\u2c80-\u2cff",
    "Lisu": r"\ua4d0-\ua4ff",
    "Deseret": r"\U00010400-\U0001044f",
}
# Ranges, since a class of many single characters beyond the basic plane costs twenty times as much to look for.
_HAS_LOOK_ALIKE = re.compile(r"[\u0250-\u0588\u13a0-\u13ff\u2c80-\u2cff\ua4d0-\ua4ff\U00010428-\U0001044f]")
_OF_ONE_SCRIPT = re.compile("|".join(f"[0-9{letters}]+" for letters in _SCRIPTS.values()))
_LEAST_OF_A_RARE_WORD = 4
_HAS_DRAWN = re.compile(
    r"[\u0262-\u029f\u1d00-\u1d22\ua730\ua731\ua7af\U0001f150-\U0001f169\U0001f170-\U0001f189\U0001f1e6-\U0001f1ff]"
)
_FLAG_OR_DRAWN = re.compile(
    r"(?P<flag>(?<![^\W_])(?<!D)[\U0001f1e6-\U0001f1ff]{2}(?![^\W_])(?!D))|D+".replace("D", _HAS_DRAWN.pattern)
)
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
    letters = _NOT_IN_WORDS.sub("", as_letters(fold(name)).translate(_SIGNS)).translate(_LOOK_ALIKES)
    tables = _ARABIC_DIGITS if _HAS_ARABIC.search(letters) else _LATIN_DIGITS
    shapes = (letters.translate(table).translate(_SAME_SHAPES) for table in tables)
    drawn = (shape.replace("rn", "m").replace("vv", "w") for shape in shapes)
    return frozenset(_ANY_RUN.sub(r"\1", form) for form in drawn) - {""}


def as_letters(folded: str) -> str:
    """Read small capitals and signs that are drawn letters as letters, one for one; a flag by itself is none."""
    if not _HAS_DRAWN.search(folded):
        return folded
    return _FLAG_OR_DRAWN.sub(lambda m: m.group() if m["flag"] else m.group().translate(_DRAWN), folded)


def unmasked(chunk: str) -> str:
    """Read the signs that stand for Latin letters in a folded chunk, such as c@sino."""
    return chunk.translate(_SIGNS)


def _forms(word: str) -> tuple[str, ...]:
    ways = [word]
    if _HAS_LOOK_ALIKE.search(word) and _may_be_latin(word):
        ways.append(word.translate(_LOOK_ALIKES))
    if _HAS_DIGIT.search(word):
        tables = _LATIN_DIGITS if _HAS_LATIN.search(word) else _ARABIC_DIGITS if _HAS_ARABIC.search(word) else ()
        ways += dict.fromkeys(way.translate(table) for way in ways for table in tables)
    ways += [shorter for way in ways if _ANY_RUN.search(way) for shorter in _shortened(way)]
    joined = [way for way in ways if way[0] in _PARTICLES and way not in _WHOLE]
    return tuple(dict.fromkeys([*ways, *(reading for way in joined for reading in readings(way))]))


def _may_be_latin(word: str) -> bool:
    """Tell whether a word mixes scripts, or is long and looks Latin throughout in a script whose words seldom do."""
    if not _OF_ONE_SCRIPT.fullmatch(word):
        return True
    return len(word) >= _LEAST_OF_A_RARE_WORD and word.translate(_RARE_LOOK_ALIKES).isascii()


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
