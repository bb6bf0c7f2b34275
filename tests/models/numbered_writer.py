"""Write numbered pairs of rows from sixteen callers and print each number once its write was answered.

Run as `python -m tests.models.numbered_writer URL PREFIX`, to be killed.
"""

import asyncio
import sys
from itertools import count

from sqlmodel import Session

from models.database import Database
from models.errors import Unavailable
from tests.models.verbs import insert


def insert_pair(session: Session, name: str) -> str:
    """Add two rows that belong together."""
    insert(session, f"{name}-first")
    session.flush()
    insert(session, f"{name}-second")
    return name


async def write_numbers(url: str, prefix: str) -> None:
    """Write until killed; where the database goes away, go on with the next number."""
    database = Database.open(url)
    numbers = count()

    async def keep_writing() -> None:
        for number in numbers:
            try:
                print(await database.write(insert_pair, f"{prefix}-{number}"), flush=True)
            except Unavailable:
                await asyncio.sleep(0.05)

    await asyncio.gather(*(keep_writing() for _ in range(16)))


if __name__ == "__main__":
    asyncio.run(write_numbers(*sys.argv[1:]))
