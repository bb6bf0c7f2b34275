"""Prove that what was answered is kept, and nothing half, when a process is killed under load."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from migrations.run import upgrade
from models.database import Database
from tests.conftest import leave_out_without
from tests.models.verbs import names
from tests.postgres import Cluster, running_cluster, why_unavailable

ROOT = Path(__file__).parents[2]
DRILL = (pytest.mark.drill, pytest.mark.timeout(900))
ROUNDS = [pytest.param(2, id="a few"), pytest.param(20, id="many", marks=DRILL)]


@contextmanager
def writing(url: str, prefix: str) -> Iterator[subprocess.Popen[str]]:
    """Run the writer; it is killed when the block ends."""
    arguments = [sys.executable, "-m", "tests.models.numbered_writer", url, prefix]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answers_until(url: str, prefix: str, kill: Callable[[subprocess.Popen[str]], None]) -> list[str]:
    """Give the names that the writer printed until it, or what it writes to, was killed in full run."""
    with writing(url, prefix) as process:
        assert process.stdout is not None
        answered = [process.stdout.readline().strip() for _ in range(100)]
        kill(process)
        process.kill()
        answered += process.stdout.read().split("\n")[:-1]  # The last line may be cut.
        return answered


def kept(url: str) -> set[str]:
    """Give the names whose two rows stand; fail for one that stands half."""
    database = Database.open(url)
    found = asyncio.run(database.read(names))
    asyncio.run(database.close())
    assert found
    firsts = {name.removesuffix("-first") for name in found if name.endswith("-first")}
    seconds = {name.removesuffix("-second") for name in found if name.endswith("-second")}
    assert firsts == seconds
    return firsts


@pytest.mark.parametrize("rounds", ROUNDS)
def test_killed_service_loses_nothing_that_it_answered(database_url: str, rounds: int) -> None:
    answered: set[str] = set()
    for number in range(rounds):
        answered |= set(answers_until(database_url, str(number), subprocess.Popen.kill))
        assert answered <= kept(database_url)


@pytest.fixture
def cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """Run a cluster that nobody else uses."""
    leave_out_without(pytestconfig, why_unavailable())
    with running_cluster() as cluster:
        yield cluster


@pytest.mark.drill
@pytest.mark.timeout(900)
def test_killed_postgresql_loses_nothing_that_was_answered(cluster: Cluster) -> None:
    """The suite stops it once under the whole service (tests/test_kills.py)."""
    upgrade(cluster.server.url())
    answered: set[str] = set()
    for number in range(5):
        answered |= set(answers_until(cluster.server.url(), str(number), lambda _: cluster.stop(signal.SIGQUIT)))
        cluster.start()
        assert answered <= kept(cluster.server.url())
