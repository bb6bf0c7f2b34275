"""Make, change and drop the rules of screening, and count what they met."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from auth.identity import Identity
from forum.moderation.rule_sets import phrase_of, renew_rules
from forum.text.phrases import Phrase, refusal
from models.errors import Invalid, NotFound
from models.pages import Key, Page, cut
from models.screening import RuleHit, RuleState, ScreeningRule
from models.versions import Expected, demand_version


@dataclass(frozen=True)
class HitCounts:
    """Count the revisions that a rule met while it was live and while it was in the shadow."""

    live: int = 0
    shadow: int = 0
    last_at: datetime | None = None


def create_rule(session: Session, values: Mapping[str, Any], *, identity: Identity, now: datetime) -> ScreeningRule:
    """Make a rule; raise Invalid for a phrase or pattern that cannot be looked for."""
    renew_rules(session)
    rule = ScreeningRule(**values, created_by=identity.user_id, created_at=now, changed_at=now)
    demand_findable(phrase_of(rule))
    session.add(rule)
    session.flush()
    return rule


def change_rule(
    session: Session, rule_id: UUID, values: Mapping[str, Any], *, expected: Expected, now: datetime
) -> ScreeningRule:
    """Set the named fields; a phrase takes the place of a pattern and the other way round.

    Raises NotFound, Stale and Invalid.
    """
    renew_rules(session)
    rule = _locked_rule(session, rule_id, expected)
    for name, value in values.items():
        setattr(rule, name, value)
    demand_findable(phrase_of(rule))
    rule.version += 1
    rule.changed_at = now
    session.flush()
    return rule


def drop_rule(session: Session, rule_id: UUID, *, expected: Expected) -> None:
    """Take a rule away; what it met stays on record. Raises NotFound and Stale."""
    renew_rules(session)
    session.delete(_locked_rule(session, rule_id, expected))
    session.flush()


def find_rule(session: Session, rule_id: UUID) -> ScreeningRule:
    """Give one rule; raise NotFound."""
    rule = session.get(ScreeningRule, rule_id)
    if rule is None:
        raise NotFound
    return rule


def list_rules(
    session: Session, *, state: RuleState | None, after: Key | None, limit: int
) -> tuple[Page[ScreeningRule], dict[UUID, HitCounts]]:
    """Give a page of rules, the newest first, and what each has met."""
    statement = select(ScreeningRule)
    if state is not None:
        statement = statement.where(col(ScreeningRule.state) == state)
    if after is not None:
        statement = statement.where(col(ScreeningRule.id) < UUID(str(after[0])))
    rows = session.exec(statement.order_by(col(ScreeningRule.id).desc()).limit(limit + 1)).all()
    page = cut(rows, limit, lambda rule: (str(rule.id),))
    return page, count_hits(session, [rule.id for rule in page.rows])


def count_hits(session: Session, rule_ids: Iterable[UUID]) -> dict[UUID, HitCounts]:
    """Count the hits of some rules; each has its counts, if only zeros."""
    wanted = list(rule_ids)
    rows = session.execute(
        select(
            col(RuleHit.rule_id),
            func.count().filter(col(RuleHit.is_live)),
            func.count().filter(col(RuleHit.is_live).is_(False)),
            func.max(col(RuleHit.found_at)),
        )
        .where(col(RuleHit.rule_id).in_(wanted))
        .group_by(col(RuleHit.rule_id))
    ).all()
    return {rule_id: HitCounts() for rule_id in wanted} | {row[0]: HitCounts(*row[1:]) for row in rows}


def demand_findable(phrase: Phrase) -> None:
    """Raise Invalid for what would never be met, or would be met everywhere."""
    refused = refusal(phrase)
    if refused is not None:
        raise Invalid("/pattern" if phrase.is_pattern else "/phrase", refused)


def _locked_rule(session: Session, rule_id: UUID, expected: Expected) -> ScreeningRule:
    rule = session.get(ScreeningRule, rule_id, with_for_update=True)
    if rule is None:
        raise NotFound
    demand_version(expected, rule.version)
    return rule
