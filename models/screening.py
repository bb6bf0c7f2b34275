"""Keep what screening looks for and what it found: rules, their hits, its thresholds, and bands of like texts."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, Index

from models.base import Table, enumeration, new_id
from models.cases import NOTE_LENGTH, Reason

PHRASE_LENGTH = 200
SCREENING = "screening"


class RuleAction(StrEnum):
    """Name what a hit does to the words that it is in."""

    HOLD = "hold"
    REJECT = "reject"
    FLAG = "flag"


class RuleState(StrEnum):
    """Name whether a rule acts, counts its hits only, or rests."""

    LIVE = "live"
    SHADOW = "shadow"
    OFF = "off"


class ScreeningRule(Table, table=True):
    """Keep one rule, which has either a phrase or a pattern; `version` rises with each change of it."""

    __tablename__ = "screening_rules"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    phrase: str | None = Field(default=None, max_length=PHRASE_LENGTH)
    pattern: str | None = Field(default=None, max_length=PHRASE_LENGTH)
    is_whole_word: bool = True
    language: str | None = Field(default=None, max_length=35)
    action: RuleAction = Field(sa_type=enumeration(RuleAction, "action"))
    state: RuleState = Field(sa_type=enumeration(RuleState, "state"), default=RuleState.LIVE)
    reason: Reason = Field(sa_type=enumeration(Reason, "reason"), default=Reason.OTHER)
    note: str | None = Field(default=None, max_length=NOTE_LENGTH)
    version: int = 1
    created_by: UUID
    created_at: datetime
    changed_at: datetime


class RuleHit(Table, table=True):
    """Keep that a rule met a revision, and whether it was live then; hits stay when their rule goes."""

    __tablename__ = "rule_hits"
    __table_args__ = (Index("ix_rule_hits_comment_id", "comment_id"),)

    rule_id: UUID = Field(primary_key=True)
    comment_id: UUID = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    is_live: bool
    found_at: datetime


class ScreeningSettings(Table, table=True):
    """Keep the one row of thresholds; `rules_version` is another id after each change of a rule."""

    __tablename__ = "screening_settings"

    name: str = Field(primary_key=True, max_length=32)
    rules_version: UUID
    first_comments: int = 0
    most_links: int = 3
    most_rejections: int = 3
    campaign_accounts: int = 2
    version: int = 1


class TextBand(Table, table=True):
    """Keep one band of the minhash of a revision's words: like texts of other accounts share a `value`."""

    __tablename__ = "text_bands"
    __table_args__ = (Index("ix_text_bands_value_created_at", "value", "created_at"),)

    comment_id: UUID = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    band: int = Field(primary_key=True)
    value: str = Field(max_length=16)
    author_id: UUID
    created_at: datetime
