"""Say how soon a case wants deciding and how urgent it is: by what it is about, who wrote it and where it stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, func, or_, select
from sqlmodel import Session

from models.articles import Article
from models.base import columns_of
from models.cases import CaseKind
from models.comments import Comment, Status
from models.plain import Plain
from models.users import Role, User

DECISION_TIME: Mapping[CaseKind, timedelta] = {
    CaseKind.COMMENT: timedelta(hours=24),
    CaseKind.ANALYSIS: timedelta(days=3),
    CaseKind.APPLICATION: timedelta(days=7),
    CaseKind.REPORT: timedelta(hours=24),
    CaseKind.APPEAL: timedelta(days=3),
}
# What may harm somebody while it stands in public waits less.
SOONER: Mapping[str, timedelta] = {
    "illegal": timedelta(hours=4),
    "hate": timedelta(hours=8),
    "harassment": timedelta(hours=8),
    "abuse": timedelta(hours=12),
}
FRESH_ARTICLE = timedelta(days=2)
COMMENTS_LOOKED_AT = 20


@dataclass(frozen=True)
class Circumstances:
    """Hold what urgency depends on; the author's last comments are counted by how they ended."""

    kind: CaseKind
    is_review: bool
    reasons: frozenset[str]
    is_expert: bool
    restricted: int
    approved: int
    article_age: timedelta


class Weighing(NamedTuple):
    """Give points where a condition holds."""

    points: int
    holds: Callable[[Circumstances], bool]
    sentence: str


WEIGHINGS: tuple[Weighing, ...] = (
    Weighing(50, lambda about: "illegal" in about.reasons, "What may be illegal comes first."),
    Weighing(20, lambda about: about.kind is CaseKind.REPORT, "Reported words stand in public meanwhile."),
    Weighing(10, lambda about: about.kind is CaseKind.APPEAL, "An appeal is against a mistake of ours."),
    Weighing(10, lambda about: about.kind is CaseKind.COMMENT and about.is_review, "A moderator asked for a look."),
    Weighing(10, lambda about: about.is_review and about.restricted >= 3, "The author was restricted often of late."),
    Weighing(5, lambda about: not about.is_review and about.is_expert, "Readers wait for what experts say."),
    Weighing(3, lambda about: about.article_age < FRESH_ARTICLE, "The discussion is going on now."),
    Weighing(2, lambda about: about.approved >= 5 and not about.restricted, "The author is known to write well."),
)

_COMMENT, _USER, _ARTICLE = columns_of(Comment), columns_of(User), columns_of(Article)
_LATEST = (
    select(_COMMENT.status)
    .where(_COMMENT.author_id == bindparam("author_id"))
    .order_by(_COMMENT.id.desc())
    .limit(COMMENTS_LOOKED_AT)
    .subquery()
)
_IS_RESTRICTED = or_(_LATEST.c.status == Status.REJECTED, _LATEST.c.status == Status.SPAM)
_ENDINGS = select(
    func.sum(case((_IS_RESTRICTED, 1), else_=0)).label("restricted"),
    func.sum(case((_LATEST.c.status == Status.APPROVED, 1), else_=0)).label("approved"),
).subquery()
_LOOK = Plain(
    select(_USER.roles, _ARTICLE.published_at, _ENDINGS.c.restricted, _ENDINGS.c.approved).where(
        _USER.id == bindparam("author_id"), _ARTICLE.id == bindparam("article_id")
    )
)


def due_at(kind: CaseKind, reasons: Iterable[str], *, now: datetime) -> datetime:
    """Give the time by which a case ought to be decided."""
    return now + min([DECISION_TIME[kind], *(SOONER[reason] for reason in reasons if reason in SOONER)])


def priority_of(about: Circumstances) -> int:
    """Add up the points that apply."""
    return sum(weighing.points for weighing in WEIGHINGS if weighing.holds(about))


def circumstances(
    session: Session,
    subject: Any,
    kind: CaseKind,
    reasons: Iterable[str],
    *,
    is_review: bool,
    now: datetime,
) -> Circumstances:
    """Look up what the urgency of a case about a comment or analysis, an object or a row, depends on."""
    [found] = _LOOK.rows(session, {"author_id": subject.author_id, "article_id": subject.article_id})
    return Circumstances(
        kind=kind,
        is_review=is_review,
        reasons=frozenset(reasons),
        is_expert=Role.EXPERT in found.roles,
        restricted=found.restricted or 0,
        approved=found.approved or 0,
        article_age=now - found.published_at,
    )
