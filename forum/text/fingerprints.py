"""Tell whether two texts say the same in the same words."""

import hashlib

from forum.text.characters import PUNCTUATION
from forum.text.folding import fold

# Symbols are not among them, since an emoji may be all that a text holds.
_SPACED = dict.fromkeys(map(ord, PUNCTUATION), " ")


def fingerprint(text: str) -> str:
    """Digest a text so that spelling variants, punctuation and spacing make no difference.

    SHA-256 in 64 hexadecimal digits over the folded words joined by one space. A text of punctuation alone
    keeps it, so that "?" and "!" are not repeats of each other.
    """
    folded = fold(text)
    plain = " ".join(folded.translate(_SPACED).split()) or folded
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
