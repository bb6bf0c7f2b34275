"""Try a rule on past comments before it acts, and compare what it would have met with what people decided."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlmodel import Session, col

from forum.moderation.rule_sets import RuleSet
from forum.text.lattice import read
from models.cases import Decision
from models.comments import CommentRevision, Status

SLICE = 50
MOST_EXAMINED = 5_000
LARGEST_SAMPLE = 20
AROUND = 60

Place = tuple[UUID, int]


class Judgement(StrEnum):
    """Name what people made of a revision; an automated decision is nobody's judgement."""

    APPROVED = "approved"
    RESTRICTED = "restricted"
    UNDECIDED = "undecided"


JUDGEMENTS: dict[str, Judgement] = {
    Status.APPROVED: Judgement.APPROVED,
    Status.REJECTED: Judgement.RESTRICTED,
    Status.SPAM: Judgement.RESTRICTED,
    Status.CHANGES_REQUESTED: Judgement.RESTRICTED,
}


@dataclass(frozen=True)
class PastWords:
    """Hold one revision and what people made of it."""

    comment_id: UUID
    revision: int
    language: str
    body: str
    judgement: Judgement


@dataclass(frozen=True)
class Met:
    """Hold a revision that the rule would have met; spans are in code points of its body."""

    words: PastWords
    spans: Sequence[tuple[int, int]]

    @property
    def excerpt(self) -> str:
        """Give the first place with what stands around it."""
        start, end = self.spans[0]
        return self.words.body[max(0, start - AROUND) : end + AROUND]


@dataclass
class Tally:
    """Count what a rule would have done, and keep the newest of what it would have met."""

    examined: int = 0
    met: dict[Judgement, int] = field(default_factory=lambda: dict.fromkeys(Judgement, 0))
    sample: list[Met] = field(default_factory=list)


def past_words(session: Session, *, after: Place | None) -> list[PastWords]:
    """Give the next slice of revisions, the newest comment first."""
    key = (col(CommentRevision.comment_id), col(CommentRevision.number))
    statement = select(*key, col(CommentRevision.language), col(CommentRevision.body))
    if after is not None:
        statement = statement.where(tuple_(*key) < tuple_(*after))
    rows = session.execute(statement.order_by(key[0].desc(), key[1].desc()).limit(SLICE)).all()
    judgements = _judgements(session, [row.comment_id for row in rows])
    return [
        PastWords(
            row.comment_id,
            row.number,
            row.language,
            row.body,
            judgements.get((row.comment_id, row.number), Judgement.UNDECIDED),
        )
        for row in rows
    ]


def tally(rules: RuleSet, some: Sequence[PastWords], into: Tally) -> None:
    """Compare some words with a rule and add what came of it."""
    for words in some:
        into.examined += 1
        for spans in rules.hits(read(words.body), words.language).values():
            into.met[words.judgement] += 1
            if len(into.sample) < LARGEST_SAMPLE:
                into.sample.append(Met(words, spans))


def _judgements(session: Session, comment_ids: Sequence[UUID]) -> dict[Place, Judgement]:
    """Give the last word of people on each revision."""
    rows = session.execute(
        select(col(Decision.subject_id), col(Decision.revision), col(Decision.status_to))
        .where(col(Decision.subject_id).in_(comment_ids), col(Decision.automated).is_(False))
        .order_by(col(Decision.number))
    ).all()
    return {(row[0], row[1]): JUDGEMENTS.get(row[2], Judgement.UNDECIDED) for row in rows}
