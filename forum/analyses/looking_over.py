"""Point editors to what the moderators' rules find in an analysis; nothing is decided by it."""

from uuid import UUID

from sqlmodel import Session

from forum.analyses.drafts import AnalysisDraft
from forum.moderation.phases.links import screen_misleading_links
from forum.moderation.rule_sets import rule_set
from forum.moderation.submissions import Hold
from forum.text.lattice import read
from models.analyses import Analysis, AnalysisRevision
from models.errors import NotFound
from models.screening import RuleState

EDITORIAL = Hold("editorial")


def look_over(session: Session, words: AnalysisDraft | AnalysisRevision) -> list[Hold]:
    """Give why an analysis waits: it always does, and live rules and misleading links are marked in its body.

    A rule that title, summary or quoted words meet is named without a place.
    """
    rules = rule_set(session)
    found = {rule: tuple(places) for rule, places in rules.hits(read(words.body), words.language).items()}
    for text in (words.title, words.summary, *(words.quote.values() if words.quote else ())):
        found = {**dict.fromkeys(rules.hits(read(text), words.language), ()), **found}
    hits = [Hold("rule", places, rule.id) for rule, places in found.items() if rule.state is RuleState.LIVE]
    misleading = screen_misleading_links(words.body, words.body_html)
    return [EDITORIAL, *hits, *([misleading] if misleading else [])]


def look_over_newest(session: Session, analysis_id: UUID) -> tuple[int, list[Hold]]:
    """Look over the newest words of an analysis; give their revision's number and why they would wait."""
    analysis = session.get(Analysis, analysis_id)
    if analysis is None:
        raise NotFound
    words = session.get_one(AnalysisRevision, (analysis_id, analysis.current_revision))
    return words.number, look_over(session, words)
