"""Measure the service beside its floors, on both engines: `python -m bench.service` (needs wrk).

Each figure is the median of interleaved rounds; what counts is the ratio to the floor of the same run. Floors: a bare
ASGI application with the same bytes, and a FastAPI route that checks the token and commits the same rows by raw
statements in the same batches.
"""

import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import text
from sqlmodel import Session

from migrations.run import upgrade
from models.database import Database
from tests.postgres import running_cluster, why_unavailable
from tests.processes import ROOT, SECRET_KEYS, Process, running_process
from tests.servers import free_port, stop, wait_for

PASSWORD = "ثلاث سفن تعبر الخليج ليلا"
BODY = "يرى باحثون أن إدارة الموارد تحتاج إلى أرقام منشورة ومقارنة عادلة بين السنوات، وأن الخطة لا تكفي وحدها. " * 3
COMMENTS = 60
CLIENTS = 32
WRITERS = 16

console = Console()


@contextmanager
def floor(name: str, folder: Path) -> Iterator[str]:
    """Run a floor for the length of a block and give its address."""
    port = free_port()
    arguments = ["-m", "uvicorn", f"bench.floor:{name}", "--factory", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(
        [sys.executable, *arguments, "--no-access-log"],
        cwd=ROOT,
        env=os.environ | {"FLOOR": str(folder)},
        stderr=subprocess.DEVNULL,
    )

    def is_up() -> bool:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=2)
        except httpx.HTTPError:
            return False
        return True

    try:
        wait_for(process, is_up)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process, signal.SIGTERM)


def load(url: str, seconds: int, *, clients: int, headers: dict[str, str], script: Path | None = None) -> float:
    """Give requests per second; fail when any answer was not a success."""
    words = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s"]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    if script is not None:
        words += ["-s", str(script)]
    said = subprocess.run([*words, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said and "If-None-Match" not in headers:
        raise SystemExit(f"{url}: {said}")
    return float(said.split("Requests/sec:")[1].split()[0])


def fill(service: Process) -> tuple[Any, Any]:
    """Put an article up and publish comments below it, all but the first; give both."""
    for role in ("editor", "moderator"):
        words = ["create-user", "--email", f"{role}@example.org", "--display-name", f"أحد {role}", "--role", role]
        service.command(*words, "--password-stdin", given=PASSWORD + "\n")
    editor, moderator = (service.caller(f"{role}@example.org", PASSWORD) for role in ("editor", "moderator"))
    article = editor.call("POST", "/v1/articles", {"title": "موارد"}, expect=201).json()
    for number in track(range(COMMENTS), description="comments", console=console):
        path = f"/v1/articles/{article['id']}/comments"
        comment = editor.call("POST", path, {"body": f"{number} {BODY}"}, expect=201).json()
        if number == 0:
            waiting = comment
            continue
        case = moderator.call("GET", "/v1/moderation/cases?limit=100", expect=200).json()["items"]
        case_id = next(item["id"] for item in case if item["subject"]["id"] == comment["id"])
        moderator.call(
            "POST", f"/v1/moderation/cases/{case_id}/decisions", {"verdict": "approve", "revision": 1}, expect=201
        )
    return article, waiting


def authors(service: Process) -> list[str]:
    """Open an account for each writer and give their access tokens."""
    found = []
    for number in range(WRITERS):
        email = f"writer{number}@example.org"
        new = {"email": email, "password": PASSWORD, "display_name": f"كاتب {number}", "locale": "ar"}
        service.caller().call("POST", "/v1/users", new, expect=201)
        found.append(service.caller(email, PASSWORD).client.headers["authorization"].removeprefix("Bearer "))
    return found


def keep_page(url: str, folder: Path, headers: dict[str, str]) -> None:
    """Keep one answer of the service, byte for byte, for the bare floor."""
    with httpx.Client() as client, client.stream("GET", url, headers=headers) as answer:
        body = b"".join(answer.iter_raw())
        kept = [(name, value) for name, value in answer.headers.items() if name not in {"date", "connection"}]
    page = {"status": answer.status_code, "headers": kept, "body": body.hex()}
    (folder / "page.json").write_text(json.dumps(page))


async def rows_of(database_url: str, comment_id: str) -> dict[str, Any]:
    """Give the raw statements that write what a waiting comment left behind."""
    database = Database.open(database_url)
    is_sqlite = database.dialect == "sqlite"
    mark = "?" if is_sqlite else "%s"
    comment = comment_id.replace("-", "") if is_sqlite else comment_id

    def verb(session: Session) -> dict[str, Any]:
        rows, case = [], ""
        for table, column in (("comments", "id"), ("comment_revisions", "comment_id"), ("cases", "subject_id")):
            found = (
                session.execute(text(f"SELECT * FROM {table} WHERE {column} = :id"), {"id": comment}).mappings().one()
            )
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


def compare(rounds: int, seconds: int, runs: dict[str, Any]) -> dict[str, float]:
    """Run each load in turn, round after round, and give the median of each."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in track(range(rounds), description="rounds", console=console):
        for name, run in runs.items():
            found[name].append(run(seconds))
    return {name: statistics.median(values) for name, values in found.items()}


POST_SCRIPT = """
local n = 0
local seed = tostring({}):sub(8)
local tokens = {TOKENS}
request = function()
  n = n + 1
  wrk.headers["Authorization"] = "Bearer " .. tokens[n % #tokens + 1]
  return wrk.format("POST", nil, nil, '{"body": "' .. seed .. ' ' .. n .. ' BODY"}')
end
"""


def measure(engine: str, database_url: str, folder: Path, rounds: int, seconds: int) -> list[tuple[str, float, float]]:
    """Measure one engine; give what, requests per second and the ratio to the floor."""
    upgrade(database_url)
    with ExitStack() as stack:
        service = stack.enter_context(running_process(database_url, folder))
        article, waiting = fill(service)
        thread = f"{service.url}/v1/articles/{article['id']}/comments?limit=50"
        gzipped = {"Accept-Encoding": "gzip"}
        keep_page(thread, folder, gzipped)
        bare = stack.enter_context(floor("bare", folder))
        tag = httpx.get(thread, headers=gzipped).headers["etag"]
        posting = asyncio.run(rows_of(database_url, waiting["id"]))
        posting |= {"database_url": database_url, "keys": SECRET_KEYS, "issuer": service.url}
        (folder / "posting.json").write_text(json.dumps(posting))
        raw = stack.enter_context(floor("posting", folder))
        script = folder / "post.lua"
        tokens = ", ".join(f'"{token}"' for token in authors(service))
        script.write_text(POST_SCRIPT.replace("BODY", BODY).replace("TOKENS", tokens))
        sent = {"Content-Type": "application/json"}
        post = f"{service.url}/v1/articles/{article['id']}/comments"
        found = compare(
            rounds,
            seconds,
            {
                "floor": lambda s: load(bare, s, clients=CLIENTS, headers=gzipped),
                "page": lambda s: load(thread, s, clients=CLIENTS, headers=gzipped),
                "unchanged": lambda s: load(thread, s, clients=CLIENTS, headers=gzipped | {"If-None-Match": tag}),
                "counts": lambda s: load(
                    f"{service.url}/v1/counts?article={article['id']}", s, clients=CLIENTS, headers={}
                ),
                "raw posts": lambda s: load(raw + "/p", s, clients=WRITERS, headers=sent, script=script),
                "posts": lambda s: load(post, s, clients=WRITERS, headers=sent, script=script),
            },
        )
    return ratios(engine, found)


def ratios(engine: str, found: dict[str, float]) -> list[tuple[str, float, float]]:
    """Set each figure beside the floor of the same run."""
    return [
        (f"{engine}: bare ASGI, same bytes", found["floor"], 1.0),
        (f"{engine}: page of 50, gzip", found["page"], found["page"] / found["floor"]),
        (f"{engine}: 304", found["unchanged"], found["unchanged"] / found["floor"]),
        (f"{engine}: counts", found["counts"], found["counts"] / found["floor"]),
        (f"{engine}: same rows by raw statements", found["raw posts"], 1.0),
        (f"{engine}: posts, 16 clients", found["posts"], found["posts"] / found["raw posts"]),
    ]


def main(rounds: int = 5, seconds: int = 3) -> None:
    """Print the table."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed (Debian: apt-get install wrk)")
    table = Table("what", "requests/s", "of its floor")
    with tempfile.TemporaryDirectory() as folder:
        results = measure("SQLite", f"sqlite:///{folder}/bench.db", Path(folder), rounds, seconds)
        if (why := why_unavailable()) is None:
            with running_cluster() as cluster:
                results += measure("PostgreSQL", cluster.server.url(), Path(folder), rounds, seconds)
        else:
            console.print(f"PostgreSQL left out: {why}")
    for what, rate, ratio in results:
        table.add_row(what, f"{rate:,.0f}", f"{ratio:.2f}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
