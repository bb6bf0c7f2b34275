"""Lay reports, appeals, reversals and batches."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "appealed_decisions",
    "reversals",
    "remarks",
    "priors",
    "batch_results",
    "appeals",
    "reports",
    "moderation_scopes",
    "batches",
)
INDEXES = (
    ("ix_cases_open_article", "cases"),
    ("ix_cases_open_author", "cases"),
    ("ix_cases_open_kind", "cases"),
    ("ix_comments_created_at", "comments"),
    ("ix_decisions_decided_at", "decisions"),
)

# Neither who made a decision under appeal nor who has decided this appeal before decides it.
IS_DEPENDENT = """
    NEW.verdict IN ('uphold', 'overturn')
    AND EXISTS (
        SELECT 1 FROM appeals
        JOIN decisions AS earlier ON earlier.decided_by = NEW.decided_by
        WHERE appeals.case_id = NEW.case_id AND (
            (earlier.case_id = NEW.case_id AND earlier.verdict IN ('uphold', 'overturn'))
            OR earlier.id IN (
                SELECT appealed_decisions.decision_id FROM appealed_decisions
                WHERE appealed_decisions.appeal_id = appeals.id
            )
        ) AND earlier.subject_id = NEW.subject_id
    )
"""
SQLITE_GUARD = f"""
    CREATE TRIGGER appeals_are_decided_by_others BEFORE INSERT ON decisions WHEN {IS_DEPENDENT}
    BEGIN SELECT RAISE(ABORT, 'an appeal is decided by somebody else'); END
"""
POSTGRESQL_GUARDS = (
    f"""
    CREATE FUNCTION refuse_dependent() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {IS_DEPENDENT} THEN
            RAISE EXCEPTION 'an appeal is decided by somebody else' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END
    $$
    """,
    """
    CREATE TRIGGER appeals_are_decided_by_others BEFORE INSERT ON decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_dependent()
    """,
)


def upgrade() -> None:
    """Lay the tables, the indexes that they are read by, and the guard of independent appeals."""
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column(
            "verdict",
            one_of("verdict", "approve", "reject", "spam", "request_changes", "uphold", "dismiss", "overturn"),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("state", one_of("state", "gathering", "deciding", "done", "reversing", "reversed"), nullable=False),
        sa.Column("gathered_to", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.Uuid(), nullable=True),
        sa.Column("reversal_reason", sa.String(length=32), nullable=True),
        sa.Column("reversal_note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_batches_created_by")),
        sa.ForeignKeyConstraint(["reversed_by"], ["users.id"], name=op.f("fk_batches_reversed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index("ix_batches_state", "batches", ["state"])
    op.create_table(
        "moderation_scopes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_moderation_scopes_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_moderation_scopes")),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column(
            "reason",
            one_of("reason", "abuse", "spam", "illegal", "off_topic", "misinformation", "other"),
            nullable=False,
        ),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("state", one_of("state", "open", "upheld", "dismissed", "void"), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reports_case_id")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_reports_comment_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["users.id"], name=op.f("fk_reports_reporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_case_id", "reports", ["case_id"])
    op.create_index("ix_reports_reporter_id_id", "reports", ["reporter_id", "id"])
    op.create_index(
        "uq_reports_open_reporter",
        "reports",
        ["reporter_id", "comment_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("state", one_of("state", "open", "upheld", "overturned", "void"), nullable=False),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_appeals_case_id")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_appeals_comment_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_appeals_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("case_id", name=op.f("uq_appeals_case_id")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_appeals_decision_id")),
    )
    op.create_index("ix_appeals_appealed_at", "appeals", ["appealed_at"])
    op.create_index("ix_appeals_comment_id", "appeals", ["comment_id"])
    op.create_table(
        "batch_results",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            one_of("state", "waiting", "decided", "refused", "reversed", "kept", "skipped", "failed"),
            nullable=False,
        ),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_results_batch_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_batch_results_case_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_batch_results_decision_id")),
        sa.PrimaryKeyConstraint("batch_id", "case_id", name=op.f("pk_batch_results")),
    )
    op.create_index("ix_batch_results_batch_id_state", "batch_results", ["batch_id", "state"])
    op.create_table(
        "priors",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("case_ids", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_priors_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_priors")),
    )
    op.create_table(
        "remarks",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_remarks_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_remarks")),
    )
    op.create_table(
        "reversals",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("reversal_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_reversals_decision_id")),
        sa.ForeignKeyConstraint(["reversal_id"], ["decisions.id"], name=op.f("fk_reversals_reversal_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_reversals")),
        sa.UniqueConstraint("reversal_id", name=op.f("uq_reversals_reversal_id")),
    )
    op.create_table(
        "appealed_decisions",
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appealed_decisions_appeal_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_appealed_decisions_decision_id")),
        sa.PrimaryKeyConstraint("appeal_id", "decision_id", name=op.f("pk_appealed_decisions")),
    )
    op.create_index(
        "ix_cases_open_article",
        "cases",
        ["article_id", "queue_rank", "due_at", "id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_cases_open_author",
        "cases",
        ["author_id", "id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_cases_open_kind",
        "cases",
        ["kind", "due_at", "opened_at"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_comments_created_at", "comments", ["created_at"])
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at"])

    for guard in POSTGRESQL_GUARDS if is_postgresql() else (SQLITE_GUARD,):
        op.execute(guard)


def downgrade() -> None:
    """Take them away."""
    if is_postgresql():
        op.execute("DROP TRIGGER appeals_are_decided_by_others ON decisions")
        op.execute("DROP FUNCTION refuse_dependent()")
    else:
        op.execute("DROP TRIGGER appeals_are_decided_by_others")
    for table in TABLES:
        op.drop_table(table)
    for index, table in INDEXES:
        op.drop_index(index, table)


def is_postgresql() -> bool:
    """Tell the engines apart where they differ."""
    return op.get_context().dialect.name == "postgresql"


def one_of(name: str, *values: str) -> sa.Enum:
    """Keep one of these words, held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
