"""Take guards out of a copy of the code, one at a time, and demand that some test cries out."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parents[1]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", ".make", ".ci", "var", "web", "bench")
IDS = [f"{mutation.path}: {mutation.what}" for mutation in MUTATIONS]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=IDS)
def test_guard_stands_once_where_the_list_says(mutation: Mutation) -> None:
    assert mutation.occurrences(ROOT) == 1


@pytest.mark.mutation
@pytest.mark.timeout(900)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=IDS)
def test_guard_taken_out_is_missed(mutation: Mutation, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
    mutation.apply(copy)
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[mutation.engine]
    options = ["--exitfirst", "-rf", "-m", "not drill and not mutation", "-k", f"not {other}"]
    command = [sys.executable, "-m", "pytest", *options, *mutation.tests]
    finished = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    # A copy that cannot even be read fails every test, which proves nothing.
    assert (finished.returncode, "FAILED " in finished.stdout) == (1, True), finished.stdout[-3_000:]
