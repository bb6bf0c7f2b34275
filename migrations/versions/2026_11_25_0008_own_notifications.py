"""Tell people of their notifications among what changed of their own."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TRIGGERS = ("notifications_tell_their_reader_when_written", "notifications_tell_their_reader")
IS_READ_ANEW = "NEW.read_at IS DISTINCT FROM OLD.read_at"
ON_SQLITE = """
    BEGIN
        INSERT INTO own_changes (user_id, subject_id, type, position)
        SELECT NEW.user_id, NEW.id, 'notification', COALESCE(MAX(position), 0) + 1
        FROM own_changes WHERE user_id = NEW.user_id
        ON CONFLICT (user_id, subject_id) DO UPDATE SET position = excluded.position;
    END
"""
ON_POSTGRESQL = """
    CREATE FUNCTION tell_reader_of_notification() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO own_changes (user_id, subject_id, type, position)
        SELECT NEW.user_id, NEW.id, 'notification', pg_current_xact_id()::text::bigint + origin
        FROM position_origins
        ON CONFLICT (user_id, subject_id) DO UPDATE SET position = excluded.position;
        RETURN NULL;
    END
    $$
"""
CALL = "FOR EACH ROW EXECUTE FUNCTION tell_reader_of_notification()"
CALL_WHEN_READ = f"FOR EACH ROW WHEN ({IS_READ_ANEW}) EXECUTE FUNCTION tell_reader_of_notification()"


def upgrade() -> None:
    """Lay the triggers; what was told before is in the list of notifications."""
    written, read = TRIGGERS
    if is_postgresql():
        op.execute(ON_POSTGRESQL)
    op.execute(f"CREATE TRIGGER {written} AFTER INSERT ON notifications {CALL if is_postgresql() else ON_SQLITE}")
    when_read = CALL_WHEN_READ if is_postgresql() else f"WHEN {IS_READ_ANEW} {ON_SQLITE}"
    op.execute(f"CREATE TRIGGER {read} AFTER UPDATE OF read_at ON notifications {when_read}")


def downgrade() -> None:
    """Take them away."""
    for trigger in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger}{' ON notifications' if is_postgresql() else ''}")
    if is_postgresql():
        op.execute("DROP FUNCTION tell_reader_of_notification()")


def is_postgresql() -> bool:
    """Tell the engines apart where they differ."""
    return op.get_context().dialect.name == "postgresql"
