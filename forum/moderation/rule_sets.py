"""Compile the rules once for all who read them, and compare texts with the set of one's own transaction.

The row of thresholds bears a version of the rules, which every change of a rule replaces by a new id. Whoever reads
that row in a transaction therefore names the very set that the transaction sees, in every process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from forum.moderation.thresholds import thresholds
from forum.text.folding import fold
from forum.text.lattice import Reading
from forum.text.phrases import Phrase, PhraseSet
from forum.text.tongues import Sentences, primary
from models.base import new_id
from models.cases import Reason
from models.screening import RuleAction, RuleState, ScreeningRule, ScreeningSettings

MOST_KEPT = 4


@dataclass(frozen=True)
class Rule:
    """Hold what a compiled set needs to know of a rule; `words` are the folded ones of its phrase."""

    id: UUID
    action: RuleAction
    state: RuleState
    reason: Reason
    note: str | None
    language: str | None
    words: frozenset[str]


@dataclass(frozen=True)
class RuleSet:
    """Hold all rules that are not off, ready to be compared."""

    phrases: PhraseSet[Rule]

    def hits(self, reading: Reading, language: str) -> dict[Rule, list[tuple[int, int]]]:
        """Give the rules that a text meets, each with its places.

        A rule of a language leaves alone what stands in a sentence of another language of the script, since a word may
        be innocent there. In a text that is taken for the rule's own language it leaves nothing alone.
        """
        sentences, own = cache(Sentences), primary(language)

        def counts(rule: Rule, one: Reading, first: int, after: int) -> bool:
            if rule.language in {None, own}:
                return True
            place = one.shown_span(first, after)
            return not sentences(one.text).is_foreign(*place, str(rule.language), besides=rule.words)

        return self.phrases.hits(reading, counts)


def phrase_of(rule: ScreeningRule) -> Phrase:
    """Give what a rule looks for."""
    if rule.pattern is not None:
        return Phrase(rule.pattern, is_pattern=True)
    return Phrase(rule.phrase or "", is_whole_word=rule.is_whole_word)


_kept: dict[UUID, RuleSet] = {}
_lock = Lock()


def rule_set(session: Session) -> RuleSet:
    """Give the rules that this transaction sees, compiled."""
    kept = _kept.get(thresholds(session).rules_version)
    if kept is not None:
        return kept
    version, rules = _read(session)
    compiled = RuleSet(PhraseSet({_compiled(rule): phrase_of(rule) for rule in rules}))
    with _lock:
        _kept[version] = compiled
        while len(_kept) > MOST_KEPT:
            _kept.pop(next(iter(_kept)))
    return compiled


def renew_rules(session: Session) -> None:
    """Say that rules changed; whoever changes rules does so under this lock."""
    session.execute(
        update(ScreeningSettings).values(rules_version=new_id()), execution_options={"synchronize_session": False}
    )


def _read(session: Session) -> tuple[UUID, Sequence[ScreeningRule]]:
    """Read version and rules by one statement, since on PostgreSQL each statement sees another moment."""
    rows = session.execute(
        select(col(ScreeningSettings.rules_version), ScreeningRule).join(
            ScreeningRule, col(ScreeningRule.state) != RuleState.OFF, isouter=True
        )
    ).all()
    return rows[0][0], [rule for _, rule in rows if rule is not None]


def compile_rule(rule: ScreeningRule) -> RuleSet:
    """Compile one rule alone, whatever its state."""
    return RuleSet(PhraseSet({_compiled(rule): phrase_of(rule)}))


def _compiled(rule: ScreeningRule) -> Rule:
    language = primary(rule.language) if rule.language else None
    words = frozenset(fold(rule.phrase or "").split())
    return Rule(rule.id, rule.action, rule.state, rule.reason, rule.note, language, words)
