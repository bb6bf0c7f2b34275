"""Add what lets people follow discussions: tickets for streams, subscriptions."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lay the tables."""


def downgrade() -> None:
    """Take them away."""
