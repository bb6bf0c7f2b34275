"""Plan a world before any of it is written: which comment answers which, how each stands, and all that is counted.

Comments are numbers in the order of their writing, and what is known of them stands in arrays, since a million objects
would be slower to make than the database to fill.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from random import Random
from typing import Self

from models.comments import DEEPEST

NONE = -1
LARGE, CHAIN, MEDIUM, SMALL = range(4)
NAMES = ("large", "chain", "medium", "small")


class Standing(IntEnum):
    """Name what became of a comment."""

    PUBLIC = 0
    WAITING = 1
    REJECTED = 2
    SPAM = 3
    WITHDRAWN = 4
    EDIT_WAITING = 5
    REPORTED = 6
    EDITED = 7


NEVER_PUBLIC = frozenset({Standing.WAITING, Standing.REJECTED, Standing.SPAM})
OPEN = frozenset({Standing.WAITING, Standing.EDIT_WAITING, Standing.REPORTED})


@dataclass(frozen=True)
class Shape:
    """Say how large a world is; the four articles with names come first, and all in them is public."""

    comments: int
    articles: int
    users: int
    open_cases: int
    named: tuple[int, int, int, int]

    @classmethod
    def of(cls, comments: int) -> Self:
        """Give a world of so many comments the proportions of one with a million; 200 is the least."""
        if comments < 200:
            raise ValueError("a world has 200 comments at least")
        medium = 5_000 if comments >= 100_000 else comments // 20
        named = (comments // 10, max(12, comments // 100), medium, min(100, comments // 10))
        return cls(comments, max(8, comments // 200), max(20, comments // 50), comments // 10, named)


class Plan:
    """Hold for each comment its article, author, parent, standing and counts, and for each article its own."""

    def __init__(self, shape: Shape, random: Random) -> None:
        size = shape.comments
        self.shape = shape
        self.article = _articles(shape, random)
        self.standing = _standings(shape, self.article, random)
        self.author = array("l", random.choices(range(shape.users), k=size))
        self.parent, self.answered, self.depth = (array("l", [value]) * size for value in (NONE, NONE, 0))
        self._grow(random)
        self.replies, self.descendants = self._counted()
        self.reactions = self._reactions(random)
        # An article's own appearing is its first number.
        self.seq = array("l", [1]) * shape.articles
        self.public = array("l", [0]) * shape.articles
        self.changed = array("l", [0]) * size
        self._number()

    def is_public(self, comment: int) -> bool:
        """Tell whether everybody reads it."""
        standing = self.standing[comment]
        return standing not in NEVER_PUBLIC and standing != Standing.WITHDRAWN

    def _grow(self, random: Random) -> None:
        """Let each comment begin a thread or answer an earlier one; what is too deep stands beside what it answers."""
        answerable: list[list[int]] = [[] for _ in range(self.shape.articles)]
        for comment, article in enumerate(self.article):
            earlier = answerable[article]
            answers = bool(earlier) and (article == CHAIN or random.random() < 0.6)
            if answers:
                above = earlier[-1] if article == CHAIN else earlier[int(random.random() * len(earlier))]
                is_deepest = self.depth[above] == DEEPEST
                self.answered[comment] = above if is_deepest else NONE
                self.parent[comment] = self.parent[above] if is_deepest else above
                self.depth[comment] = self.depth[above] + (not is_deepest)
            if self.standing[comment] not in NEVER_PUBLIC:
                earlier.append(comment)

    def _counted(self) -> tuple[Sequence[int], Sequence[int]]:
        replies, below = (array("l", [0]) * self.shape.comments for _ in range(2))
        for comment in range(self.shape.comments - 1, -1, -1):
            parent = self.parent[comment]
            if parent != NONE:
                is_public = self.is_public(comment)
                replies[parent] += is_public
                below[parent] += below[comment] + is_public
        return replies, below

    def _reactions(self, random: Random) -> dict[int, list[tuple[int, int]]]:
        """Let readers react to some public comments; give pairs of user and kind by comment."""
        users = self.shape.users
        return {
            comment: [
                (user, random.randrange(3))
                for user in random.sample(range(users), random.choice((1, 1, 1, 2, 2, 3, 5)))
            ]
            for comment in range(self.shape.comments)
            if random.random() < 0.25 and self.is_public(comment)
        }

    def _number(self) -> None:
        """Give out the articles' numbers: as comments appear, then as some are edited or withdrawn."""
        sequel = []
        for comment, article in enumerate(self.article):
            if self.standing[comment] in NEVER_PUBLIC:
                continue
            self._publish(comment, article, 1)
            if self.standing[comment] in {Standing.WITHDRAWN, Standing.EDITED}:
                sequel.append(comment)
        for comment in sequel:
            appears = -1 if self.standing[comment] == Standing.WITHDRAWN else 0
            self._publish(comment, self.article[comment], appears)

    def _publish(self, comment: int, article: int, appears: int) -> None:
        self.seq[article] += 1
        self.public[article] += appears
        self.changed[comment] = self.seq[article]
        if appears and (parent := self.parent[comment]) != NONE:
            self.changed[parent] = self.seq[article]


def _articles(shape: Shape, random: Random) -> Sequence[int]:
    """Mix the comments of all articles as time does; of the others, some articles have many and most have few."""
    others = shape.articles - len(NAMES)
    mixed = [article for article, number in enumerate(shape.named) for _ in range(number)]
    mixed += [len(NAMES) + int(others * random.random() ** 1.5) for _ in range(shape.comments - len(mixed))]
    random.shuffle(mixed)
    return array("l", mixed)


def _standings(shape: Shape, articles: Sequence[int], random: Random) -> bytearray:
    others = [comment for comment, article in enumerate(articles) if article >= len(NAMES)]
    reported, edits = max(1, shape.open_cases // 50), max(1, shape.open_cases // 33)
    wanted = {
        Standing.WAITING: shape.open_cases - reported - edits,
        Standing.EDIT_WAITING: edits,
        Standing.REPORTED: reported,
        Standing.REJECTED: shape.comments // 40,
        Standing.SPAM: shape.comments // 200,
        Standing.WITHDRAWN: shape.comments // 100,
        Standing.EDITED: shape.comments // 50,
    }
    standings, chosen = bytearray(shape.comments), iter(random.sample(others, sum(wanted.values())))
    for standing, number in wanted.items():
        for _ in range(number):
            standings[next(chosen)] = standing
    return standings
