"""Kill the service, or the database under it, while clients post: what was answered is there, whole, and soon again."""

import signal
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2 as httpx
import pytest

from migrations.run import upgrade
from tests.conftest import leave_out_without
from tests.postgres import Cluster, running_cluster, why_unavailable
from tests.processes import Caller, Process, running_process

PASSWORD = "سبعة جسور فوق النهر القديم"
CLIENTS = 4
LOAD_SECONDS = 0.7
WAITING = 30
READY_WITHIN = 5.0
# Other tests share the machine, so that one restart may be late; the median of a drill may not.
PATIENCE = 4 * READY_WITHIN
DRILL = (pytest.mark.drill, pytest.mark.timeout(1_200))


class Load:
    """Post from several clients until stopped, and remember what was answered and with which status."""

    def __init__(self, member: Caller, article: str) -> None:
        self._member, self._path = member, f"/v1/articles/{article}/comments"
        self.answered: dict[str, str] = {}
        self.statuses: set[int] = set()
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._post) for _ in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def go_on(self) -> None:
        """Let the load last, and until something was answered, however busy the machine is."""
        time.sleep(LOAD_SECONDS)
        ends_at = time.monotonic() + PATIENCE
        while not self.answered:
            assert time.monotonic() < ends_at
            time.sleep(0.02)

    def _post(self) -> None:
        client = httpx.Client(base_url=self._member.client.base_url, headers=self._member.client.headers, timeout=10)
        with client:
            while not self._is_over.is_set():
                body = f"تعليق {uuid4()}"
                try:
                    answer = client.post(self._path, json={"body": body}, headers={"Idempotency-Key": body[-36:]})
                except httpx.HTTPError:
                    time.sleep(0.02)
                    continue
                self.statuses.add(answer.status_code)
                if answer.status_code == 201:
                    self.answered[answer.json()["id"]] = body


def prepare(service: Process) -> tuple[Caller, str]:
    """Open an account and put an article up."""
    words = ["create-user", "--email", "all@example.org", "--display-name", "أحد", "--role", "editor"]
    service.command(*words, "--password-stdin", given=PASSWORD + "\n")
    caller = service.caller("all@example.org", PASSWORD)
    return caller, caller.call("POST", "/v1/articles", {"title": "جسور"}, expect=201).json()["id"]


def read_newer(caller: Caller, standing: dict[str, str]) -> None:
    """Read one's own comments, the newest first, until those that were read before."""
    path = "/v1/me/comments?limit=100"
    cursor = None
    while True:
        page = caller.call("GET", path if cursor is None else f"{path}&cursor={cursor}", expect=200).json()
        found = {item["id"]: item["body"] for item in page["items"]}
        is_known = bool(found.keys() & standing.keys())
        standing |= found
        cursor = page["next"]
        if is_known or cursor is None:
            return


def demand_whole(caller: Caller, answered: dict[str, str], standing: dict[str, str]) -> None:
    """Demand that every answered comment is there with its text and its case, and that none stands half."""
    read_newer(caller, standing)
    assert answered.items() <= standing.items()
    summary = caller.call("GET", "/v1/moderation/summary", expect=200).json()
    assert summary["open"]["comment"] == len(standing)


@pytest.mark.parametrize("rounds", [pytest.param(1, id="once"), pytest.param(20, id="many", marks=DRILL)])
def test_killed_service_keeps_what_it_answered(database_url: str, tmp_path: Path, rounds: int) -> None:
    with running_process(database_url, tmp_path, is_forked=rounds == 1) as service:
        caller, article = prepare(service)
        answered: dict[str, str] = {}
        standing: dict[str, str] = {}
        starts: list[float] = []
        for _ in range(rounds):
            with Load(caller, article) as load:
                load.go_on()
                service.end(signal.SIGKILL)
            assert load.statuses <= {201}
            answered |= load.answered
            began = time.monotonic()
            service.start()
            starts.append(time.monotonic() - began)
            demand_whole(caller, answered, standing)
        standing.clear()
        demand_whole(caller, answered, standing)
        assert answered
        assert max(starts) < PATIENCE
        assert rounds == 1 or statistics.median(starts) < READY_WITHIN


def test_batch_whose_service_is_killed_is_done_to_its_end(database_url: str, tmp_path: Path) -> None:
    with running_process(database_url, tmp_path) as service:
        caller, article = prepare(service)
        words = ["create-user", "--email", "member@example.org", "--display-name", "كاتب"]
        service.command(*words, "--password-stdin", given=PASSWORD + "\n")
        member = service.caller("member@example.org", PASSWORD)
        for number in range(WAITING):
            member.call("POST", f"/v1/articles/{article}/comments", {"body": f"تعليق {number}"}, expect=201)
        named = {"filter": {"article": article}, "verdict": "approve"}
        path = f"/v1/moderation/batches/{caller.call('POST', '/v1/moderation/batches', named, expect=202).json()['id']}"
        decided = 0
        while not decided:
            decided = caller.call("GET", path, expect=200).json()["counts"]["decided"]
        service.end(signal.SIGKILL)
        service.start()
        until = time.monotonic() + PATIENCE
        while (batch := caller.call("GET", path, expect=200).json())["state"] != "done":
            assert time.monotonic() < until
            time.sleep(0.02)
        assert batch["counts"]["decided"] == WAITING
        log = caller.call("GET", "/v1/moderation/decisions?limit=100", expect=200).json()["items"]
        assert len({decision["subject"]["id"] for decision in log}) == len(log) == WAITING
        assert caller.call("GET", "/v1/moderation/decisions/verify", expect=200).json()["ok"]


@pytest.fixture
def cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """Run a cluster that nobody else uses."""
    leave_out_without(pytestconfig, why_unavailable())
    with running_cluster() as cluster:
        yield cluster


@pytest.mark.parametrize("rounds", [pytest.param(1, id="once"), pytest.param(5, id="many", marks=DRILL)])
def test_stopped_postgresql_costs_503_and_no_comment(cluster: Cluster, tmp_path: Path, rounds: int) -> None:
    upgrade(cluster.server.url())
    with running_process(cluster.server.url(), tmp_path) as service:
        caller, article = prepare(service)
        answered: dict[str, str] = {}
        standing: dict[str, str] = {}
        for _ in range(rounds):
            with Load(caller, article) as load:
                load.go_on()
                cluster.stop(signal.SIGQUIT)
                time.sleep(0.3)
                cluster.start()
                began = time.monotonic()
                while not service.is_ready():
                    assert time.monotonic() - began < PATIENCE
                    time.sleep(0.02)
                time.sleep(0.3)
            assert load.statuses <= {201, 503}
            answered |= load.answered
            demand_whole(caller, answered, standing)
        assert answered
