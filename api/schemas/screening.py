"""Shape the rules and thresholds of screening, and what a trial of a rule on past comments says."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator
from sqlalchemy import Row

from api.schemas.articles import LanguageTag
from api.schemas.types import Answer, Changes, Closed, Instant, SafeText, Truth, refuse
from forum.moderation.rules import HitCounts
from forum.moderation.simulations import Judgement, Met, Tally
from models.cases import NOTE_LENGTH, Reason
from models.screening import PHRASE_LENGTH, RuleAction, RuleState, ScreeningRule, ScreeningSettings

RulePhrase = Annotated[SafeText, Field(max_length=PHRASE_LENGTH)]
Note = Annotated[SafeText, Field(max_length=NOTE_LENGTH)]
Threshold = Annotated[int, Field(strict=True, ge=0, le=100)]

PHRASE = "Words that follow each other; spelling variants and disguises are met too."
PATTERN = "Words in which `*` stands for any letters; a lone `*` is any one word."


class RuleText(Closed):
    """Name what a rule looks for: a phrase or a pattern."""

    phrase: RulePhrase | None = Field(default=None, description=PHRASE)
    pattern: RulePhrase | None = Field(default=None, description=PATTERN)
    language: LanguageTag | None = Field(
        default=None, description="Leaves texts in other languages of the same script alone."
    )
    whole_word: Truth = Field(default=True, description="Whether a phrase is met as whole words only.")

    @model_validator(mode="after")
    def name_one(self) -> Self:
        """Refuse both, and neither."""
        if (self.phrase is None) == (self.pattern is None):
            raise refuse("phrase_or_pattern")
        return self

    def columns(self) -> dict[str, Any]:
        """Give the columns of the rule."""
        named = self.model_dump(exclude={"whole_word"})
        return named | {"is_whole_word": self.whole_word}


class RuleCreate(RuleText):
    """Make a rule."""

    action: RuleAction
    state: RuleState = RuleState.LIVE
    reason: Reason = Field(default=Reason.OTHER, description="What an author is told when the rule rejects.")
    note: Note | None = None


class SimulationCreate(RuleText):
    """Try a rule on past comments."""


class RuleUpdate(Changes):
    """Change a rule; what is left out stays, and a phrase takes the place of a pattern."""

    clearable = frozenset({"language", "note", "phrase", "pattern"})

    phrase: RulePhrase | None = Field(default=None, description=PHRASE)
    pattern: RulePhrase | None = Field(default=None, description=PATTERN)
    language: LanguageTag | None = None
    whole_word: Truth | None = None
    action: RuleAction | None = None
    state: RuleState | None = None
    reason: Reason | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def name_one(self) -> Self:
        """Refuse both."""
        if self.phrase is not None and self.pattern is not None:
            raise refuse("phrase_or_pattern")
        return self

    def columns(self) -> dict[str, Any]:
        """Give the columns that change; a null phrase or pattern makes room for the other, and alone means nothing."""
        named = self.model_dump(exclude_unset=True)
        kept = {name: value for name, value in named.items() if value is not None or name in {"language", "note"}}
        if "whole_word" in kept:
            kept["is_whole_word"] = kept.pop("whole_word")
        if "phrase" in kept or "pattern" in kept:
            kept = {"phrase": None, "pattern": None} | kept
        return kept


class RuleHits(Answer):
    """Count the revisions that a rule met, while it was live and while it was in the shadow."""

    live: int
    shadow: int
    last_at: Instant | None


class RulePublic(Answer):
    """Show a rule."""

    id: UUID
    phrase: str | None
    pattern: str | None
    language: str | None
    whole_word: bool
    action: RuleAction
    state: RuleState
    reason: Reason
    note: str | None
    version: int
    hits: RuleHits
    created_by: UUID
    created_at: Instant
    changed_at: Instant

    @classmethod
    def of(cls, rule: ScreeningRule, counts: HitCounts) -> Self:
        """Shape a rule with what it met."""
        return cls(
            id=rule.id,
            phrase=rule.phrase,
            pattern=rule.pattern,
            language=rule.language,
            whole_word=rule.is_whole_word,
            action=rule.action,
            state=rule.state,
            reason=rule.reason,
            note=rule.note,
            version=rule.version,
            hits=RuleHits(live=counts.live, shadow=counts.shadow, last_at=counts.last_at),
            created_by=rule.created_by,
            created_at=rule.created_at,
            changed_at=rule.changed_at,
        )


class RuleList(Answer):
    """Hold a page of rules."""

    items: list[RulePublic]
    next: str | None


class MetPublic(Answer):
    """Show one past text that a rule would have met."""

    comment_id: UUID
    revision: int
    decided: Judgement
    spans: list[tuple[int, int]]
    excerpt: str


class SimulationPublic(Answer):
    """Say what a rule would have done to past comments, beside what people decided about them."""

    examined: int
    hits: int
    would_have_caught: int = Field(description="Met, and restricted by people.")
    would_have_wrongly_held: int = Field(description="Met, and approved by people.")
    undecided: int = Field(description="Met, and never looked at by people.")
    sample: list[MetPublic]

    @classmethod
    def of(cls, tally: Tally) -> Self:
        """Shape a tally."""
        return cls(
            examined=tally.examined,
            hits=sum(tally.met.values()),
            would_have_caught=tally.met[Judgement.RESTRICTED],
            would_have_wrongly_held=tally.met[Judgement.APPROVED],
            undecided=tally.met[Judgement.UNDECIDED],
            sample=[_met(met) for met in tally.sample],
        )


class ThresholdsUpdate(Changes):
    """Set thresholds of screening; what is left out stays."""

    first_comments: Threshold | None = Field(
        default=None, description="Comments of a new author that wait until as many were approved; 0 lets all pass."
    )
    most_links: Threshold | None = Field(default=None, description="Links that a text may have.")
    most_rejections: Threshold | None = Field(
        default=None, description="Rejections within 30 days from which on everything waits; 0 is never."
    )
    campaign_accounts: Threshold | None = Field(
        default=None, description="Other accounts that sent nearly the same within a day; 0 is never."
    )


class ThresholdsPublic(Answer):
    """Show the thresholds of screening."""

    first_comments: int
    most_links: int
    most_rejections: int
    campaign_accounts: int
    outside_check: bool

    @classmethod
    def of(cls, standing: ScreeningSettings | Row[Any], *, asks_outside: bool) -> Self:
        """Shape the thresholds in force."""
        return cls(
            first_comments=standing.first_comments,
            most_links=standing.most_links,
            most_rejections=standing.most_rejections,
            campaign_accounts=standing.campaign_accounts,
            outside_check=asks_outside,
        )


def _met(met: Met) -> MetPublic:
    return MetPublic(
        comment_id=met.words.comment_id,
        revision=met.words.revision,
        decided=met.words.judgement,
        spans=list(met.spans),
        excerpt=met.excerpt,
    )
