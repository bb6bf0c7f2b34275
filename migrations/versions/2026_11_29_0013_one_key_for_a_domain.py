"""Bring the keys of mail addresses to one spelling of their domain."""

import unicodedata
from collections.abc import Callable
from contextlib import suppress

import idna
import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

USERS, INVITATIONS = (
    sa.table(name, sa.column("id", sa.Uuid()), sa.column("email", sa.String()), sa.column("email_key", sa.String()))
    for name in ("users", "invitations")
)


def upgrade() -> None:
    """Read `xn--` and leave out what names of domains leave out."""
    move_keys(key)


def downgrade() -> None:
    """Compare domains as they were spelt again."""
    move_keys(folded)


def move_keys(key_of: Callable[[str], str]) -> None:
    """Give each address the key that is made of it; where an account has that already, the other stays as it is."""
    connection = op.get_bind()
    for table in (USERS, INVITATIONS):
        may_differ = sa.or_(
            sa.func.lower(table.c.email).contains("xn--", autoescape=True),
            sa.func.octet_length(table.c.email) > sa.func.length(table.c.email),
        )
        rows = connection.execute(sa.select(table).where(may_differ).order_by(table.c.id)).all()
        for row in rows:
            moved = sa.update(table).where(table.c.id == row.id).values(email_key=key_of(row.email))
            if table is USERS:
                other = USERS.alias()
                moved = moved.where(~sa.exists().where(other.c.email_key == key_of(row.email)))
            connection.execute(moved)


def key(email: str) -> str:
    """Fold an address, and its domain as names of domains are read."""
    mailbox, at, domain = folded(email).rpartition("@")
    if not domain.isascii() or "xn--" in domain:
        with suppress(idna.IDNAError):
            domain = folded(idna.decode(domain, uts46=True))
    return f"{mailbox}{at}{domain}"


def folded(text: str) -> str:
    """Fold letters and case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
