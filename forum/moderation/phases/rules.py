"""Ask the moderators' rules: every hit is recorded, and the strictest live one decides."""

from sqlalchemy import insert
from sqlmodel import Session

from forum.moderation.rule_sets import Rule, rule_set
from forum.moderation.submissions import Finding, Flag, Hold, Rejection, Submission
from models.screening import RuleAction, RuleHit, RuleState

STRICTEST_FIRST = (RuleAction.REJECT, RuleAction.HOLD, RuleAction.FLAG)


def screen_rules(session: Session, submission: Submission) -> Finding | None:
    """Compare with the rules of this transaction's version; those in the shadow are recorded and do nothing."""
    rules = rule_set(session)
    hits = rules.hits(submission.reading, submission.language)
    # What is quoted is shown with the words and has no places in them; it need not stand where it is said to.
    if submission.quoted is not None:
        hits = {rule: [] for rule in rules.hits(submission.quoted, submission.language)} | hits
    if not hits:
        return None
    session.execute(
        insert(RuleHit),
        [
            {
                "rule_id": rule.id,
                "comment_id": submission.comment_id,
                "revision": submission.revision,
                "is_live": rule.state is RuleState.LIVE,
                "found_at": submission.now,
            }
            for rule in hits
        ],
    )
    live = [rule for rule in hits if rule.state is RuleState.LIVE]
    if not live:
        return None
    rule = min(live, key=lambda rule: (STRICTEST_FIRST.index(rule.action), rule.id))
    return _finding(rule, Hold("rule", tuple(hits[rule]), rule.id))


def _finding(rule: Rule, hold: Hold) -> Finding:
    if rule.action is RuleAction.REJECT:
        return Rejection(hold, rule.reason, rule.note)
    return Flag(hold) if rule.action is RuleAction.FLAG else hold
