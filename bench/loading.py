"""Run services and floors, load them with wrk, and say what a request took: for the measurements of this folder."""

import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2 as httpx
from rich.console import Console
from rich.progress import track

from bench.words import WORDS
from tests.processes import ROOT, Process
from tests.servers import free_port, stop, wait_for

PASSWORD = "ثلاث سفن تعبر الخليج ليلا"
BODY = "يرى باحثون أن إدارة الموارد تحتاج إلى أرقام منشورة ومقارنة عادلة بين السنوات، وأن الخطة لا تكفي وحدها. " * 3
CLIENTS = 32
WRITERS = 16
# For scripts of wrk: texts of as many words as comments have, of which hardly two are alike.
TEXTS = (
    f"local words = {{{', '.join(map(repr, WORDS))}}}"
    + """
math.randomseed(tonumber(tostring({}):sub(8)) % 2147483647)
local function text()
  local chosen = {}
  for n = 1, math.random(10, 50) do chosen[n] = words[math.random(#words)] end
  return table.concat(chosen, " ")
end
"""
)
TICK = 1 / os.sysconf("SC_CLK_TCK")

console = Console()


class Server(NamedTuple):
    """Name a process that serves."""

    url: str
    pid: int


class Rate(NamedTuple):
    """Hold requests per second, and microseconds of the server's CPU time for one."""

    requests: float
    microseconds: float


@contextmanager
def floor(name: str, folder: Path) -> Iterator[Server]:
    """Run a floor for the length of a block."""
    port = free_port()
    arguments = ["-m", "uvicorn", f"bench.floor:{name}", "--factory", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(
        [sys.executable, *arguments, "--no-access-log", "--no-proxy-headers", "--no-server-header"],
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
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        stop(process, signal.SIGTERM)


def server_of(service: Process) -> Server:
    """Name the process of a service that runs."""
    assert isinstance(service.process, subprocess.Popen)
    return Server(service.url, service.process.pid)


def cpu_seconds(pid: int) -> float:
    """Read how much CPU time a process has taken (proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def load(
    server: Server,
    path: str,
    seconds: int,
    *,
    clients: int = CLIENTS,
    headers: dict[str, str],
    script: Path | None = None,
) -> Rate:
    """Give what wrk reached; fail when any answer was not a success."""
    words = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s"]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    if script is not None:
        words += ["-s", str(script)]
    before = cpu_seconds(server.pid)
    said = subprocess.run([*words, server.url + path], capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(server.pid) - before
    if "Non-2xx" in said:
        raise SystemExit(f"{path}: {said}")
    number = int(said.partition(" requests in")[0].split()[-1])
    return Rate(float(said.partition("Requests/sec:")[2].split()[0]), spent / number * 1e6)


@contextmanager
def read_without_pause(url: str, *, clients: int) -> Iterator[None]:
    """Let clients read a page without a pause for the length of a block, of an hour at most."""
    command = ["wrk", "-t1", f"-c{clients}", "-d3600s", "-H", "Accept-Encoding: gzip", url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        stop(process, signal.SIGTERM)


def create_users(service: Process, *roles: str) -> None:
    """Open an account for each role."""
    for role in roles:
        words = ["create-user", "--email", f"{role}@example.org", "--display-name", f"أحد {role}", "--role", role]
        service.command(*words, "--password-stdin", given=PASSWORD + "\n")


def fill(service: Process, comments: int) -> tuple[Any, Any]:
    """Put an article up and publish comments below it, all but the first; give both."""
    create_users(service, "editor", "moderator")
    editor, moderator = (service.caller(f"{role}@example.org", PASSWORD) for role in ("editor", "moderator"))
    article = editor.call("POST", "/v1/articles", {"title": "موارد"}, expect=201).json()
    for number in track(range(comments), description="comments", console=console):
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


def keep_page(url: str, file: Path, headers: dict[str, str]) -> None:
    """Keep one answer of the service, byte for byte, for the bare floor."""
    with (
        httpx.Client() as client,
        client.stream("GET", url, headers={"Accept-Encoding": "identity"} | headers) as answer,
    ):
        body = b"".join(answer.iter_raw())
        kept = [(name, value) for name, value in answer.headers.items() if name not in {"date", "connection"}]
    file.write_text(json.dumps({"status": answer.status_code, "headers": kept, "body": body.hex()}))


def compare(rounds: int, seconds: int, runs: dict[str, Callable[[int], Rate]]) -> dict[str, Rate]:
    """Run each load in turn, round after round, and give the median of each."""
    found: dict[str, list[Rate]] = {name: [] for name in runs}
    for _ in track(range(rounds), description="rounds", console=console):
        for name, run in runs.items():
            found[name].append(run(seconds))
    return {name: Rate(*map(statistics.median, zip(*rates, strict=True))) for name, rates in found.items()}
