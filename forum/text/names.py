"""Tell whether one name may be taken for another, by what is left of each once its disguises are read through."""

import re
from functools import lru_cache

from forum.text.disguises import skeletons
from forum.text.folding import fold

SHORTEST_PART = 4

# Forms of address say nothing of who somebody is, and stand before a name.
_ADDRESSES = frozenset(
    fold(
        "د دكتور دكتورة الدكتور الدكتورة أ أستاذ أستاذة الأستاذ الأستاذة م مهندس مهندسة المهندس المهندسة "
        "سيد سيدة السيد السيدة شيخ الشيخ dr doctor prof professor mr mrs ms eng sir"
    ).split()
)
_WORDS = re.compile(r"[^\W_]+")


def are_alike(one: str, other: str) -> bool:
    """Tell whether two names are taken for each other, whatever form of address is put before them."""
    return bool(_of_person(one) & _of_person(other))


def names_disguised(text: str, name: str) -> bool:
    """Tell whether a text has a name in it, plainly or in disguise."""
    return any(len(part) >= SHORTEST_PART and part in whole for part in skeletons(name) for whole in skeletons(text))


def names_plainly(text: str, name: str) -> bool:
    """Tell whether a text has a name in it as it is written, but for what folding takes away."""
    return fold(name) in fold(text)


@lru_cache(maxsize=8_192)
def _of_person(name: str) -> frozenset[str]:
    folded = fold(name)
    begin = 0
    for word in _WORDS.finditer(folded):
        if word.group() not in _ADDRESSES:
            begin = word.start()
            break
    return skeletons(folded[begin:])
