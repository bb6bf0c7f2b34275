"""Keep who is being erased, and find what a person left by who they are."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_reactions_user_id_comment_id", "reactions", ["user_id", "comment_id"]),
    ("ix_decisions_decided_by_number", "decisions", ["decided_by", "number"]),
)


def upgrade() -> None:
    """Lay the tables and the indexes."""
    op.create_table(
        "erasures",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_erasures_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_due_at", "erasures", ["due_at"])
    op.create_table(
        "kept_sanctions",
        sa.Column("sanction_id", sa.Uuid(), nullable=False),
        sa.Column("address_mark", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["sanction_id"], ["sanctions.id"], name=op.f("fk_kept_sanctions_sanction_id")),
        sa.PrimaryKeyConstraint("sanction_id", name=op.f("pk_kept_sanctions")),
    )
    op.create_index("ix_kept_sanctions_address_mark", "kept_sanctions", ["address_mark"])
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Take them away."""
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    op.drop_table("kept_sanctions")
    op.drop_table("erasures")
