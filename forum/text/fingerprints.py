"""Tell whether two texts say the same in the same words."""

import hashlib
import unicodedata

from forum.text.folding import fold


class _Punctuation(dict[int, str]):
    """Turn punctuation (general category P) into a space; symbols stay, since an emoji may be all there is."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        return " " if unicodedata.category(character).startswith("P") else character


_SPACED = _Punctuation()


def fingerprint(text: str) -> str:
    """Digest a text so that spelling variants, punctuation and spacing make no difference.

    SHA-256 in 64 hexadecimal digits over the folded words joined by one space. A text of punctuation alone
    keeps it, so that "?" and "!" are not repeats of each other.
    """
    folded = fold(text)
    plain = " ".join(folded.translate(_SPACED).split()) or folded
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
