"""Add what moderators work with."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


REASONS = (
    "abuse",
    "hate",
    "harassment",
    "illegal",
    "misinformation",
    "off_topic",
    "advertising",
    "duplicate",
    "unsupported",
    "undisclosed_interest",
    "spam",
    "other",
)
THRESHOLDS = {"first_comments": 0, "most_links": 3, "most_rejections": 3, "campaign_accounts": 2}
SCREENING_TABLES = ("text_bands", "screening_settings", "rule_hits", "screening_rules", "sanctions")


def upgrade() -> None:
    """Lay the tables."""
    lay_screening()


def downgrade() -> None:
    """Take them away."""
    for table in SCREENING_TABLES:
        op.drop_table(table)


def lay_screening() -> None:
    """Lay rules, hits, thresholds, bands of like texts and sanctions; every threshold has its first value."""
    op.create_table(
        "screening_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phrase", sa.String(length=200), nullable=True),
        sa.Column("pattern", sa.String(length=200), nullable=True),
        sa.Column("is_whole_word", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("action", one_of("action", "hold", "reject", "flag"), nullable=False),
        sa.Column("state", one_of("state", "live", "shadow", "off"), nullable=False),
        sa.Column("reason", one_of("reason", *REASONS), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_rules")),
    )
    op.create_table(
        "rule_hits",
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "comment_id", "revision", name=op.f("pk_rule_hits")),
    )
    op.create_index("ix_rule_hits_comment_id", "rule_hits", ["comment_id"])
    op.create_table(
        "screening_settings",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("rules_version", sa.Uuid(), nullable=False),
        sa.Column("first_comments", sa.Integer(), nullable=False),
        sa.Column("most_links", sa.Integer(), nullable=False),
        sa.Column("most_rejections", sa.Integer(), nullable=False),
        sa.Column("campaign_accounts", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_screening_settings")),
    )
    op.create_table(
        "text_bands",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=16), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("comment_id", "revision", "band", name=op.f("pk_text_bands")),
    )
    op.create_index("ix_text_bands_value_created_at", "text_bands", ["value", "created_at"])
    op.create_table(
        "sanctions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", one_of("kind", "warning", "mute", "suspension", "ban"), nullable=False),
        sa.Column("reason", one_of("reason", *REASONS), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("imposed_by", sa.Uuid(), nullable=False),
        sa.Column("imposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sanctions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions")),
    )
    op.create_index("ix_sanctions_user_id_imposed_at", "sanctions", ["user_id", "imposed_at"])
    settings = sa.table(
        "screening_settings",
        sa.column("name"),
        sa.column("rules_version", sa.Uuid()),
        *(sa.column(name) for name in (*THRESHOLDS, "version")),
    )
    op.execute(settings.insert().values(name="screening", rules_version=UUID(int=0), version=1, **THRESHOLDS))


def one_of(name: str, *values: str) -> sa.Enum:
    """Keep one of these words, held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
