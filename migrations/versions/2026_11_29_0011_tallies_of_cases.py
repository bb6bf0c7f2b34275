"""Count open cases as they come and go, and find discussions to close among those that are open."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KINDS = ("comment", "analysis", "application", "report", "appeal")
TRIGGERS = ("cases_are_tallied_when_opened", "cases_are_tallied", "cases_are_tallied_when_dropped")
DIFFERS = "(OLD.state, OLD.kind, OLD.due_at) IS DISTINCT FROM (NEW.state, NEW.kind, NEW.due_at)"
IS_OPEN = sa.text("discussion_state = 'open'")


def upgrade() -> None:
    """Lay the table and the triggers, and count what is there."""
    if is_postgresql():
        # Both at the start, since a service that goes on writing would else meet half of this in the other order.
        op.execute("LOCK TABLE articles, cases IN ACCESS EXCLUSIVE MODE")
    op.create_table(
        "case_tallies",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_case_tallies")),
    )
    for statement in on_postgresql() if is_postgresql() else on_sqlite():
        op.execute(statement)
    op.execute(
        "INSERT INTO case_tallies (kind, hour_at, change) "  # noqa: S608 - Made of this file alone.
        f"SELECT kind, {hour('due_at')}, count(*) FROM cases WHERE state = 'open' GROUP BY kind, {hour('due_at')}"
    )
    op.drop_index("ix_articles_closes_at", "articles")
    op.create_index(
        "ix_articles_open_closes_at", "articles", ["closes_at"], sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_articles_open_closes_at", "articles")
    op.create_index("ix_articles_closes_at", "articles", ["closes_at"])
    for trigger in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger}{' ON cases' if is_postgresql() else ''}")
    if is_postgresql():
        op.execute("DROP FUNCTION tally_case()")
    op.drop_table("case_tallies")


def on_sqlite() -> list[str]:
    """Give the triggers, with their statements in them."""
    opened, moved, dropped = TRIGGERS
    less, more = tally("OLD", -1), tally("NEW", 1)
    return [
        f"CREATE TRIGGER {opened} AFTER INSERT ON cases BEGIN {more}; END",
        f"""
        CREATE TRIGGER {moved} AFTER UPDATE OF state, kind, due_at ON cases
        WHEN OLD.state IS NOT NEW.state OR OLD.kind IS NOT NEW.kind OR OLD.due_at IS NOT NEW.due_at
        BEGIN {less}; {more}; END
        """,
        f"CREATE TRIGGER {dropped} AFTER DELETE ON cases BEGIN {less}; END",
    ]


def on_postgresql() -> list[str]:
    """Give the function and the triggers that call it."""
    opened, moved, dropped = TRIGGERS
    less, more = tally("OLD", -1), tally("NEW", 1)
    call = "FOR EACH ROW EXECUTE FUNCTION tally_case()"
    return [
        f"""
        CREATE FUNCTION tally_case() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN {less}; END IF;
            IF TG_OP <> 'DELETE' THEN {more}; END IF;
            RETURN NULL;
        END
        $$
        """,
        f"CREATE TRIGGER {opened} AFTER INSERT ON cases {call}",
        f"""
        CREATE TRIGGER {moved} AFTER UPDATE OF state, kind, due_at ON cases
        FOR EACH ROW WHEN ({DIFFERS}) EXECUTE FUNCTION tally_case()
        """,
        f"CREATE TRIGGER {dropped} AFTER DELETE ON cases {call}",
    ]


def tally(row: str, change: int) -> str:
    """Write the statement that counts a row of cases in or out, if it is open."""
    return (
        "INSERT INTO case_tallies (kind, hour_at, change) "
        f"SELECT {row}.kind, {hour(f'{row}.due_at')}, {change} WHERE {row}.state = 'open'"
    )


def hour(instant: str) -> str:
    """Write the hour in which an instant lies, as each engine keeps instants."""
    if is_postgresql():
        return f"date_trunc('hour', {instant}, 'UTC')"
    return f"substr({instant}, 1, 13) || ':00:00.000000'"


def is_postgresql() -> bool:
    """Tell the engines apart where they differ."""
    return op.get_context().dialect.name == "postgresql"
