"""Add applications and invitations of experts."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lay the tables."""


def downgrade() -> None:
    """Take them away."""
