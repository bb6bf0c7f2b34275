"""Add analyses and their revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lay the tables."""
    op.create_table(
        "analyses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("status", a_status(), nullable=False),
        sa.Column("current_revision", sa.Integer(), nullable=False),
        sa.Column("approved_revision", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_analyses_article_id")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_analyses_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analyses")),
    )
    op.create_index("ix_analyses_article_id_id", "analyses", ["article_id", "id"])
    op.create_index("ix_analyses_author_id_id", "analyses", ["author_id", "id"])
    op.create_index("ix_analyses_published_at_id", "analyses", ["published_at", "id"])
    op.create_table(
        "analysis_revisions",
        sa.Column("analysis_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", a_status(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("body_html", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column("ai_use", sa.JSON(), nullable=False),
        sa.Column("author_line", sa.JSON(), nullable=False),
        sa.Column("disclosure", sa.JSON(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["analysis_id"], ["analyses.id"], name=op.f("fk_analysis_revisions_analysis_id")),
        sa.PrimaryKeyConstraint("analysis_id", "number", name=op.f("pk_analysis_revisions")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("analysis_revisions")
    op.drop_table("analyses")


def a_status() -> sa.Enum:
    """Keep one of these words, held by a CHECK."""
    words = ("draft", "pending", "changes_requested", "published", "rejected", "retracted")
    return sa.Enum(*words, name="status", native_enum=False, create_constraint=True, length=32)
