"""Measure what the difference of two long revisions costs: `python -m bench.differences`."""

import statistics
import time
from random import Random

from rich.console import Console

from forum.text.differences import difference

LENGTH = 50_000
ROUNDS = 9
BOUND_MILLISECONDS = 300


def edited(words: list[str]) -> list[str]:
    """Change every thirteenth word and leave every twenty-ninth out."""
    return [f"{word}ها" if place % 13 == 0 else word for place, word in enumerate(words) if place % 29]


def main() -> None:
    """Print the median time for two Arabic texts, one an edit of the other and one unrelated."""
    chance = Random(3)
    words = [f"كلمة{chance.randrange(977)}" for _ in range(8_000)]
    others = [f"قول{chance.randrange(977)}" for _ in range(8_000)]
    for name, against in (("edited", edited(words)), ("unrelated", others)):
        old, new = " ".join(words)[:LENGTH], " ".join(against)[:LENGTH]
        taken = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            difference(old, new)
            taken.append(1_000 * (time.perf_counter() - began))
        Console().print(f"{name}: {statistics.median(taken):.0f} ms (bound {BOUND_MILLISECONDS})")


if __name__ == "__main__":
    main()
