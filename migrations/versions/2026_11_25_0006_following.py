"""Add what lets people follow along: tickets for streams, the log of cases, and each user's own changes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS = ("opened", "revised", "claimed", "released", "decided", "voided")
TABLES = ("position_origins", "own_changes", "case_events", "stream_tickets")
TRIGGERS = (
    ("comments_tell_their_author_when_posted", "comments"),
    ("comments_tell_their_author", "comments"),
    ("cases_tell_the_author", "cases"),
    ("cases_are_logged_when_opened", "cases"),
    ("cases_are_logged", "cases"),
)
FUNCTIONS = ("log_case()", "tell_author_of_comment()", "tell_author_of_case()")

# Hold for a change that moderators who look at the queue want to see.
IS_NEWS = """
    NEW.state <> OLD.state OR NEW.revision <> OLD.revision OR NEW.claim_until IS DISTINCT FROM OLD.claim_until
"""
NEWS = """
    CASE
        WHEN NEW.state <> OLD.state AND NEW.state = 'decided' THEN 'decided'
        WHEN NEW.state <> OLD.state AND NEW.state = 'void' THEN 'voided'
        WHEN NEW.state <> OLD.state THEN 'opened'
        WHEN NEW.revision <> OLD.revision THEN 'revised'
        WHEN NEW.claimed_by IS NULL THEN 'released'
        ELSE 'claimed'
    END
"""
# Hold for what an author sees of their own comment: its standing and words, why it waits, what came of it. What others
# reported is nothing of theirs.
COMMENT_DIFFERS = """
    NEW.status <> OLD.status OR NEW.current_revision <> OLD.current_revision
    OR NEW.approved_revision IS DISTINCT FROM OLD.approved_revision
    OR NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at
"""
CASE_DIFFERS = """
    NEW.subject_type = 'comment' AND ((NEW.kind = 'comment' AND NOT NEW.is_review) OR NEW.kind = 'appeal')
    AND (NEW.state <> OLD.state OR CAST(NEW.hold AS TEXT) <> CAST(OLD.hold AS TEXT))
"""
OPENED = "'opened'"
SEEN_OF_COMMENT = "status, current_revision, approved_revision, withdrawn_at"

BACKFILL = """
    INSERT INTO own_changes (user_id, subject_id, type, position)
    SELECT author_id, id, 'comment', row_number() OVER (PARTITION BY author_id ORDER BY id) FROM comments
"""
ORIGIN = "INSERT INTO position_origins (id, origin) SELECT 1, COALESCE(MAX(position), 0) FROM own_changes"


def upgrade() -> None:
    """Lay the tables and the triggers that write them."""
    lay_tables()
    op.execute(BACKFILL)
    op.execute(ORIGIN)
    for statement in on_postgresql() if is_postgresql() else on_sqlite():
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for trigger, table in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}" if is_postgresql() else f"DROP TRIGGER {trigger}")
    for function in FUNCTIONS if is_postgresql() else ():
        op.execute(f"DROP FUNCTION {function}")
    for table in TABLES:
        op.drop_table(table)


def lay_tables() -> None:
    """Lay the tables."""
    op.create_table(
        "stream_tickets",
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["auth_sessions.id"], name=op.f("fk_stream_tickets_session_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_stream_tickets_user_id")),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_stream_tickets")),
    )
    op.create_index("ix_stream_tickets_expires_at", "stream_tickets", ["expires_at"])
    op.create_table(
        "case_events",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("transaction_number", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", one_of("kind", *KINDS), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_case_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_events_transaction_number_number", "case_events", ["transaction_number", "number"])
    op.create_table(
        "own_changes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("type", one_of("type", "comment", "notification"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_own_changes_user_id")),
        sa.PrimaryKeyConstraint("user_id", "subject_id", name=op.f("pk_own_changes")),
    )
    op.create_index("ix_own_changes_user_id_position", "own_changes", ["user_id", "position"])
    op.create_table(
        "position_origins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position_origins")),
    )


def on_sqlite() -> list[str]:
    """Give the triggers for one writer, whose positions rise by one for each user."""

    def tell(subject: str) -> str:
        return f"""
            BEGIN
                INSERT INTO own_changes (user_id, subject_id, type, position)
                SELECT NEW.author_id, {subject}, 'comment', COALESCE(MAX(position), 0) + 1
                FROM own_changes WHERE user_id = NEW.author_id
                ON CONFLICT (user_id, subject_id) DO UPDATE SET position = excluded.position;
            END
        """  # noqa: S608 - Made of this file alone.

    def log(kind: str) -> str:
        return f"BEGIN INSERT INTO case_events (case_id, kind) VALUES (NEW.id, {kind}); END"  # noqa: S608 - Likewise.

    return [
        f"CREATE TRIGGER comments_tell_their_author_when_posted AFTER INSERT ON comments {tell('NEW.id')}",
        f"""
        CREATE TRIGGER comments_tell_their_author AFTER UPDATE OF {SEEN_OF_COMMENT} ON comments
        WHEN {COMMENT_DIFFERS} {tell("NEW.id")}
        """,
        f"""
        CREATE TRIGGER cases_tell_the_author AFTER UPDATE OF state, hold ON cases
        WHEN {CASE_DIFFERS} {tell("NEW.subject_id")}
        """,
        f"CREATE TRIGGER cases_are_logged_when_opened AFTER INSERT ON cases {log(OPENED)}",
        f"""
        CREATE TRIGGER cases_are_logged AFTER UPDATE OF state, revision, claim_until ON cases
        WHEN {IS_NEWS} {log(NEWS)}
        """,
    ]


def on_postgresql() -> list[str]:
    """Give the functions and triggers for many writers, whose positions are those of their transactions."""

    def tell(name: str, subject: str) -> str:
        return f"""
            CREATE FUNCTION {name} RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO own_changes (user_id, subject_id, type, position)
                SELECT NEW.author_id, {subject}, 'comment', pg_current_xact_id()::text::bigint + origin
                FROM position_origins
                ON CONFLICT (user_id, subject_id) DO UPDATE SET position = excluded.position;
                RETURN NULL;
            END
            $$
        """  # noqa: S608 - Likewise.

    return [
        tell("tell_author_of_comment()", "NEW.id"),
        tell("tell_author_of_case()", "NEW.subject_id"),
        f"""
        CREATE FUNCTION log_case() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO case_events (transaction_number, case_id, kind) VALUES (
                pg_current_xact_id()::text::bigint, NEW.id, CASE WHEN TG_OP = 'INSERT' THEN 'opened' ELSE {NEWS} END
            );
            RETURN NULL;
        END
        $$
        """,  # noqa: S608 - Likewise.
        """
        CREATE TRIGGER comments_tell_their_author_when_posted AFTER INSERT ON comments
        FOR EACH ROW EXECUTE FUNCTION tell_author_of_comment()
        """,
        f"""
        CREATE TRIGGER comments_tell_their_author AFTER UPDATE OF {SEEN_OF_COMMENT} ON comments
        FOR EACH ROW WHEN ({COMMENT_DIFFERS}) EXECUTE FUNCTION tell_author_of_comment()
        """,
        f"""
        CREATE TRIGGER cases_tell_the_author AFTER UPDATE OF state, hold ON cases
        FOR EACH ROW WHEN ({CASE_DIFFERS}) EXECUTE FUNCTION tell_author_of_case()
        """,
        """
        CREATE TRIGGER cases_are_logged_when_opened AFTER INSERT ON cases
        FOR EACH ROW EXECUTE FUNCTION log_case()
        """,
        f"""
        CREATE TRIGGER cases_are_logged AFTER UPDATE OF state, revision, claim_until ON cases
        FOR EACH ROW WHEN ({IS_NEWS}) EXECUTE FUNCTION log_case()
        """,
    ]


def is_postgresql() -> bool:
    """Tell the engines apart where they differ."""
    return op.get_context().dialect.name == "postgresql"


def one_of(name: str, *values: str) -> sa.Enum:
    """Keep one of these words, held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
