"""Point editors to what the moderators' rules find in an analysis; nothing is decided by it."""

from sqlmodel import Session

from forum.moderation.phases.links import screen_misleading_links
from forum.moderation.rule_sets import rule_set
from forum.moderation.submissions import Hold
from forum.text.lattice import read
from models.screening import RuleState

EDITORIAL = Hold("editorial")


def look_over(session: Session, *, title: str, summary: str, body: str, body_html: str, language: str) -> list[Hold]:
    """Give why an analysis waits: it always does, and live rules and misleading links are marked in its body.

    A rule that title or summary meets is named without a place.
    """
    rules = rule_set(session)
    found = {rule: tuple(places) for rule, places in rules.hits(read(body), language).items()}
    for text in (title, summary):
        found = {**dict.fromkeys(rules.hits(read(text), language), ()), **found}
    hits = [Hold("rule", places, rule.id) for rule, places in found.items() if rule.state is RuleState.LIVE]
    misleading = screen_misleading_links(body, body_html)
    return [EDITORIAL, *hits, *([misleading] if misleading else [])]
