"""Add notifications, webhooks and what was tried of each delivery."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lay the tables."""


def downgrade() -> None:
    """Take them away."""
