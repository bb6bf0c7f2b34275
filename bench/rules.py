"""Measure what a thousand rules cost a comment of 2 000 characters: `python -m bench.rules`.

The floor is folding the same text and cutting it into words, which any comparison with folded words needs. CPU time
of the best of several rounds is given, in milliseconds, since a shared machine says nothing by its clock on the wall.
Texts made to be costly are held to the same bound as ordinary ones.
"""

import random
from collections.abc import Callable
from time import thread_time

from forum.text.disguises import _remembered
from forum.text.lattice import read
from forum.text.phrases import Phrase, PhraseSet
from forum.text.words import tokens

LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
LENGTH = 2_000
TEXTS = 50
ROUNDS = 5
MOST_MILLISECONDS = 5.0
ORDINARY = "words"


def word(chance: random.Random) -> str:
    """Make up a word."""
    return "".join(chance.choices(LETTERS, k=chance.randint(3, 8)))


def thousand_rules(chance: random.Random) -> dict[int, Phrase]:
    """Make up 600 words, 200 phrases of two words, 100 patterns and 100 parts of words."""
    made = [Phrase(word(chance)) for _ in range(600)]
    made += [Phrase(f"{word(chance)} {word(chance)}") for _ in range(200)]
    made += [Phrase(f"{word(chance)}*", is_pattern=True) for _ in range(100)]
    made += [Phrase(word(chance) + word(chance), is_whole_word=False) for _ in range(100)]
    return dict(enumerate(made))


def text(chance: random.Random, made_of: Callable[[random.Random], str]) -> str:
    """Make up a text."""
    found = ""
    while len(found) < LENGTH:
        found += made_of(chance)
    return found[:LENGTH]


def milliseconds(work: Callable[[str], object], texts: list[str]) -> float:
    """Give the CPU time for one text, of the best round; nothing is remembered from round to round."""
    rounds = []
    for _ in range(ROUNDS):
        _remembered.cache_clear()
        began = thread_time()
        for one in texts:
            work(one)
        rounds.append((thread_time() - began) * 1_000 / len(texts))
    return min(rounds)


KINDS: dict[str, Callable[[random.Random], str]] = {
    ORDINARY: lambda chance: word(chance) + " ",
    "letters spaced out": lambda chance: chance.choice(LETTERS) + " ",
    "letters cut by points": lambda chance: chance.choice(LETTERS) + ".",
    "one long word": lambda chance: chance.choice(LETTERS),
    "words with digits": lambda chance: f"{word(chance)[:2]}{chance.randint(1, 9)}{word(chance)[:2]} ",
    "links in words": lambda chance: f"{word(chance)[:2]}[{word(chance)[:2]}](http://{word(chance)[:3]}.b) ",
    "letters in signs": lambda chance: chr(0x1F170 + chance.randrange(26)) + chance.choice((" ", "", chr(0x1F1E6))),
    "scraps cut by points": lambda chance: ".".join(chance.choices([*LETTERS, "كل", "ما"], k=6)) + " ",
}


def main() -> None:
    """Print one line for each kind of text, and fail where the bound is passed."""
    chance = random.Random(7)
    compiled = PhraseSet(thousand_rules(chance))
    print(f"{'text of 2 000 characters':28}{'floor':>8}{'read':>8}{'all':>8}{'ratio':>8}")
    for name, made_of in KINDS.items():
        texts = [text(chance, made_of) for _ in range(TEXTS)]
        floor, reading = milliseconds(tokens, texts), milliseconds(read, texts)
        total = milliseconds(lambda one: compiled.hits(read(one)), texts)
        print(f"{name:28}{floor:8.2f}{reading:8.2f}{total:8.2f}{total / floor:8.1f}")
        if total > MOST_MILLISECONDS:
            raise SystemExit(f"{name} cost too much")


if __name__ == "__main__":
    main()
