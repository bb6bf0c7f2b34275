"""Draft a revision out of what the tables have and the newest revision lacks: `python -m migrations.draft "Add …"`.

A draft wants reading: Alembic sees neither a changed CHECK nor a new member of an enumeration nor a trigger.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.script import ScriptDirectory

from migrations.run import configuration, transaction


def draft(message: str) -> None:
    """Write a revision with the next number, compared on a new SQLite database; the message becomes its sentence."""
    with TemporaryDirectory() as folder, transaction(f"sqlite:///{Path(folder) / 'draft.db'}") as connection:
        settings = configuration(connection)
        number = len(list(ScriptDirectory.from_config(settings).walk_revisions())) + 1
        command.upgrade(settings, "head")
        command.revision(settings, message, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    draft(sys.argv[1])
