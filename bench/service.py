"""Measure the service beside its floors, on both engines: `python -m bench.service` (needs wrk).

Each figure is the median of interleaved rounds; what counts is the ratio to the floor of the same run. Floors: a bare
ASGI application with the same bytes, and a FastAPI route that checks the token and commits the same rows by raw
statements in the same batches. CPU time is that of the serving process for one request, and says more than requests
per second where other work is on the machine.
"""

import asyncio
import json
import shutil
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from sqlalchemy import text
from sqlmodel import Session

from bench.hot import hot_reads, hot_runs, keep_pages
from bench.loading import TEXTS, WRITERS, Rate, authors, compare, console, fill, floor, load, server_of
from migrations.run import upgrade
from models.database import Database
from tests.postgres import running_cluster, why_unavailable
from tests.processes import SECRET_KEYS, running_process

COMMENTS = 60
# Where a waiting comment leaves rows, and by which column they are found.
WRITTEN = {"comments": "id", "comment_revisions": "comment_id", "text_bands": "comment_id", "cases": "subject_id"}


async def rows_of(database_url: str, comment_id: str) -> dict[str, Any]:
    """Give the raw statements that write what a waiting comment left behind."""
    database = Database.open(database_url)
    is_sqlite = database.dialect == "sqlite"
    mark = "?" if is_sqlite else "%s"
    comment = comment_id.replace("-", "") if is_sqlite else comment_id

    def verb(session: Session) -> dict[str, Any]:
        rows, case = [], ""
        for table, column in WRITTEN.items():
            statement = text(f"SELECT * FROM {table} WHERE {column} = :id")
            for found in session.execute(statement, {"id": comment}).mappings():
                if table == "cases":
                    case = str(found["id"])
                values = [_plain(value) for value in found.values()]
                columns = ", ".join(found)
                rows.append((f"INSERT INTO {table} ({columns}) VALUES ({', '.join([mark] * len(values))})", values))
        return {"rows": rows, "case": case, "comment": comment}

    found = await database.read(verb)
    await database.close()
    identity = "SELECT users.id, users.roles FROM auth_sessions JOIN users ON users.id = auth_sessions.user_id "
    return found | {"identity": f"{identity} WHERE auth_sessions.id = {mark}"}


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value)
    return value if isinstance(value, int | str | None) else str(value)


POST_SCRIPT = (
    TEXTS
    + """
local n = 0
local tokens = {TOKENS}
request = function()
  n = n + 1
  wrk.headers["Authorization"] = "Bearer " .. tokens[n % #tokens + 1]
  return wrk.format("POST", nil, nil, '{"body": "' .. text() .. '"}')
end
"""
)


def measure(engine: str, database_url: str, folder: Path, rounds: int, seconds: int) -> list[tuple[str, Rate, Rate]]:
    """Measure one engine; give what, what it took and what its floor took."""
    upgrade(database_url)
    with ExitStack() as stack:
        service = stack.enter_context(running_process(database_url, folder, is_forked=False))
        article, waiting = fill(service, COMMENTS)
        reads = hot_reads(service, article)
        keep_pages(service, reads, folder)
        posting = asyncio.run(rows_of(database_url, waiting["id"]))
        posting |= {"database_url": database_url, "keys": SECRET_KEYS, "issuer": service.url}
        (folder / "posting.json").write_text(json.dumps(posting))
        bare, raw = (stack.enter_context(floor(name, folder)) for name in ("bare", "posting"))
        script = folder / "post.lua"
        tokens = ", ".join(f'"{token}"' for token in authors(service))
        script.write_text(POST_SCRIPT.replace("TOKENS", tokens))
        post = partial(load, clients=WRITERS, headers={"Content-Type": "application/json"}, script=script)
        posts = f"posts, {WRITERS} clients"
        runs = hot_runs(service, reads, bare) | {
            f"floor: {posts}": partial(post, raw, "/p"),
            posts: partial(post, server_of(service), f"/v1/articles/{article['id']}/comments"),
        }
        found = compare(rounds, seconds, runs)
    return [(f"{engine}: {name}", found[name], found[f"floor: {name}"]) for name in (*reads, posts)]


def main(rounds: int = 5, seconds: int = 3) -> None:
    """Print the table."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed (Debian: apt-get install wrk)")
    table = Table("what", "requests/s", "of its floor", "CPU µs", "of its floor")
    table.columns[0].no_wrap = True
    with tempfile.TemporaryDirectory() as folder:
        results = measure("SQLite", f"sqlite:///{folder}/bench.db", Path(folder), rounds, seconds)
        if (why := why_unavailable()) is None:
            with running_cluster() as cluster:
                results += measure("PostgreSQL", cluster.server.url(), Path(folder), rounds, seconds)
        else:
            console.print(f"PostgreSQL left out: {why}")
    for what, rate, least in results:
        of_floor = (f"{rate.requests / least.requests:.2f}", f"{least.microseconds / rate.microseconds:.2f}")
        table.add_row(what, f"{rate.requests:,.0f}", of_floor[0], f"{rate.microseconds:,.0f}", of_floor[1])
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
