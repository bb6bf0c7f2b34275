"""Measure reading while others write: `python -m bench.mix` (needs wrk).

Of the requests 95 % read threads and 5 % comment below the same articles; moderators approve, on connections of their
own, whatever waits below half of the articles. Beside it stands the pure hot read of the same run, by the same script.
After every few approvals the thread is read on the process that approved and on another one until the comment is in it:
how old a page was that did not have it yet, counted from the approval's answer to when that page was asked for, is its
staleness. On SQLite the other process is there for this question only.
"""

import asyncio
import json
import shutil
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.progress import track
from rich.table import Table

from bench.loading import BODY, PASSWORD, TEXTS, Rate, Server, authors, console, create_users, load, server_of
from migrations.run import upgrade
from tests.postgres import running_cluster, why_unavailable
from tests.processes import Process, running_process

ARTICLES = 8
COMMENTS = 50
SHARE_OF_POSTS = 0.05
# Looking for a comment costs more than approving it.
APPROVALS_A_LOOK = 8
# How long a moderator whose queue was empty waits before asking again, in seconds.
LOOKS_EVERY = 0.25
PATIENCE = 10.0

SCRIPT = (
    TEXTS
    + """
local n = 0
local tokens = {TOKENS}
local paths = {PATHS}
request = function()
  local path = paths[math.random(#paths)]
  if math.random() >= SHARE then
    return wrk.format("GET", path .. "?limit=50", {["Accept-Encoding"] = "gzip"})
  end
  n = n + 1
  local headers = {["Authorization"] = "Bearer " .. tokens[n % #tokens + 1], ["Content-Type"] = "application/json"}
  return wrk.format("POST", path, headers, '{"body": "' .. text() .. '"}')
end
"""
)


@dataclass
class Seen:
    """Hold how many comments were approved, and the staleness that was seen, in milliseconds."""

    approved: int = 0
    same: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)


class Connection:
    """Speak HTTP over one connection at little cost."""

    def __init__(self, server: Server, token: str = "") -> None:
        self._address = server.url.rpartition("/")[2].split(":")
        self._token = f"Authorization: Bearer {token}\r\n" if token else ""

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(self._address[0], int(self._address[1]))

    async def send(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Send one request and give the body of its answer, which is a success."""
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{self._token}Content-Type: application/json\r\n"
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        status, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines if line)
        answered = await self._reader.readexactly(int(headers["content-length"]))
        if not 200 <= int(status.split()[1]) < 300:
            raise SystemExit(f"{method} {path}: {status} {answered.decode()}")
        return answered

    def close(self) -> None:
        """Disconnect."""
        self._writer.close()


async def moderate(servers: list[Server], token: str, article: str, seen: Seen, is_over: asyncio.Event) -> None:
    """Approve what waits below an article until the load is over."""
    moderator, same, other = Connection(servers[0], token), Connection(servers[0]), Connection(servers[1])
    for connection in (moderator, same, other):
        await connection.open()
    while not is_over.is_set():
        page = json.loads(await moderator.send("GET", f"/v1/moderation/cases?article={article}&limit=100"))
        for case in page["items"]:
            if is_over.is_set():
                break
            subject = case["subject"]
            ruling = json.dumps({"verdict": "approve", "revision": subject["revision"]}).encode()
            await moderator.send("POST", f"/v1/moderation/cases/{case['id']}/decisions", ruling)
            answered_at = time.monotonic()
            seen.approved += 1
            if seen.approved % APPROVALS_A_LOOK == 0:
                for reader, found in ((same, seen.same), (other, seen.other)):
                    found.append(await staleness(reader, article, subject["id"], answered_at))
        if not page["items"]:
            await asyncio.sleep(LOOKS_EVERY)
    for connection in (moderator, same, other):
        connection.close()


async def staleness(reader: Connection, article: str, comment: str, answered_at: float) -> float:
    """Read a thread until a comment is in it; give the age of the last page without it, in milliseconds."""
    age, ends_at = 0.0, time.monotonic() + PATIENCE
    while time.monotonic() < ends_at:
        asked_at = time.monotonic()
        if comment.encode() in await reader.send("GET", f"/v1/articles/{article}/comments?sort=newest&limit=50"):
            return age
        age = (asked_at - answered_at) * 1_000
    raise SystemExit(f"{comment} was approved and is not to be seen")


async def mixed(servers: list[Server], token: str, articles: list[str], run: Any) -> tuple[Rate, Seen]:
    """Run the load while moderators approve below half of the articles."""
    seen, is_over = Seen(), asyncio.Event()
    approved = articles[: len(articles) // 2]
    moderators = [asyncio.create_task(moderate(servers, token, each, seen, is_over)) for each in approved]
    rate = await asyncio.to_thread(run)
    is_over.set()
    await asyncio.gather(*moderators)
    return rate, seen


def fill(service: Process) -> list[str]:
    """Put articles up with a page of public comments below each; from then on every comment waits."""
    create_users(service, "editor", "moderator")
    editor = service.caller("editor@example.org", PASSWORD)
    found = []
    for number in track(range(ARTICLES), description="articles", console=console):
        new = {"title": f"موارد {number}", "discussion": {"moderation": "post"}}
        article = editor.call("POST", "/v1/articles", new, expect=201).json()
        path = f"/v1/articles/{article['id']}"
        for comment in range(COMMENTS):
            editor.call("POST", f"{path}/comments", {"body": f"{comment} {BODY}"}, expect=201)
        editor.call("PATCH", path, {"discussion": {"moderation": "pre"}}, expect=200, if_match="*")
        found.append(article["id"])
    return found


def measure(engine: str, database_url: str, folder: Path, rounds: int, seconds: int) -> list[str]:
    """Measure one engine and give a row of the table."""
    upgrade(database_url)
    with ExitStack() as stack:
        services = [stack.enter_context(running_process(database_url, folder, is_forked=False)) for _ in range(2)]
        articles = fill(services[0])
        servers = [server_of(service) for service in services]
        moderator = services[0].caller("moderator@example.org", PASSWORD).client.headers["authorization"]
        script, tokens = folder / "mix.lua", ", ".join(f'"{token}"' for token in authors(services[0]))
        paths = ", ".join(f'"/v1/articles/{article}/comments"' for article in articles)
        run = partial(load, servers[0], "/", seconds, headers={}, script=script)
        hot: list[Rate] = []
        mix: list[tuple[Rate, Seen]] = []
        for _ in track(range(rounds), description="rounds", console=console):
            for share in (0.0, SHARE_OF_POSTS):
                given = {"TOKENS": tokens, "PATHS": paths, "SHARE": f"{share}"}
                text = SCRIPT
                for name, value in given.items():
                    text = text.replace(name, value)
                script.write_text(text)
                if share:
                    token = moderator.removeprefix("Bearer ")
                    mix.append(asyncio.run(mixed(servers, token, articles, run)))
                else:
                    hot.append(run())
    return row(engine, hot, mix, seconds)


def row(engine: str, hot: list[Rate], mix: list[tuple[Rate, Seen]], seconds: int) -> list[str]:
    """Put the medians of all rounds beside each other."""
    pure = statistics.median(rate.requests for rate in hot)
    reached = statistics.median(rate.requests for rate, _ in mix)
    share = statistics.median(seen.approved / (rate.requests * seconds * SHARE_OF_POSTS) for rate, seen in mix)
    same = [age for _, seen in mix for age in seen.same]
    other = [age for _, seen in mix for age in seen.other]
    ages = [f"{statistics.median(found):.0f} · {max(found):.0f}" for found in (same, other)]
    cpu = [statistics.median(rate.microseconds for rate in rates) for rates in (hot, [rate for rate, _ in mix])]
    rates = [f"{pure:,.0f}", f"{reached:,.0f}", f"{reached / pure:.2f}", f"{cpu[0]:.0f}", f"{cpu[1]:.0f}"]
    return [engine, *rates, f"{share:.0%}", *ages, f"{len(same)}"]


def main(rounds: int = 5, seconds: int = 3) -> None:
    """Print the table."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed (Debian: apt-get install wrk)")
    columns = ("hot/s", "mixed/s", "of hot", "CPU µs hot", "mixed", "approved", "stale ms here", "elsewhere", "looks")
    table = Table("", *columns, title="Staleness: median · maximum")
    with tempfile.TemporaryDirectory() as folder:
        table.add_row(*measure("SQLite", f"sqlite:///{folder}/mix.db", Path(folder), rounds, seconds))
        if (why := why_unavailable()) is None:
            with running_cluster() as cluster:
                table.add_row(*measure("PostgreSQL", cluster.server.url(), Path(folder), rounds, seconds))
        else:
            console.print(f"PostgreSQL left out: {why}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
