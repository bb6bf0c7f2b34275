"""Add analyses and their revisions."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lay the tables."""


def downgrade() -> None:
    """Take them away."""
