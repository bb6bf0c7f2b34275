"""Copies of a database: whole, for their owner alone from the first byte, or not there at all."""

import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from models import backup
from tests.service import running_service
from tests.test_demo import place, run

__all__ = ["place"]

DUMPING = """#!/bin/sh
exec 3>&1
stat -L -c %a /proc/self/fd/3 > {folder}/seen
echo "$@" >> {folder}/seen
cat "$(echo "$@" | sed 's/.*passfile=//; s/%2F/\\//g')" >> {folder}/seen
echo half
echo 'pg_dump: error: query failed: ERROR:  permission denied for table users' >&2
echo 'pg_dump: detail: Query was: LOCK TABLE public.users' >&2
exit {status}
"""


@pytest.fixture
def open_to_all() -> Any:
    """Let new files be open to all where nobody says otherwise."""
    before = backup.os.umask(0)
    yield
    backup.os.umask(before)


@pytest.fixture
def dumping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """Put another program in the place of pg_dump, that tells what it sees and ends as it is told."""

    def put(status: int) -> Path:
        folder = tmp_path / "programs"
        folder.mkdir()
        (folder / "pg_dump").write_text(DUMPING.format(folder=folder, status=status))
        (folder / "pg_dump").chmod(0o700)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        monkeypatch.setenv("FORUM_DATABASE_URL", "postgresql://forum:se%3Acret@127.0.0.1/forum")
        return folder / "seen"

    return put


def mode_of(path: Path) -> int:
    """Give who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)


def names_in(folder: Path) -> set[str]:
    """Give what stands in a folder beside the database."""
    return {path.name for path in folder.iterdir() if not path.name.startswith("forum.db")}


class TestCopy:
    @pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
    def test_copy_made_in_use_holds_what_was_answered(self, place: Path, database_url: str, open_to_all: None) -> None:
        target = place / "copy.db"
        with running_service(database_url, place) as service:
            article = service.article()
            assert run("backup", str(target))[0] == 0
        assert mode_of(target) == 0o600
        with running_service(f"sqlite:///{target}", place) as service:
            assert service.nobody.get(f"/v1/articles/{article['id']}").json()["id"] == article["id"]

    @pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
    def test_copy_is_for_its_owner_alone_before_anything_is_written(
        self, place: Path, monkeypatch: pytest.MonkeyPatch, open_to_all: None
    ) -> None:
        target, connect, seen = place / "copy.db", backup.sqlite.connect, []

        def looking(path: str) -> Any:
            seen.append((mode_of(target), target.stat().st_size))
            return connect(path)

        monkeypatch.setattr(backup.sqlite, "connect", looking)
        assert run("backup", str(target))[0] == 0
        assert seen == [(0o600, 0)] * 2
        assert names_in(place) == {"copy.db"}

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_archive_of_postgresql_is_written_for_its_owner_alone(self, place: Path, open_to_all: None) -> None:
        target = place / "copy.dump"
        code, _ = run("backup", str(target))
        if shutil.which("pg_dump") is None:
            assert (code, target.exists()) == (1, False)
        else:
            assert (code, target.read_bytes()[:5], mode_of(target)) == (0, b"PGDMP", 0o600)

    def test_archive_is_for_its_owner_before_anything_is_written_and_no_command_line_holds_the_password(
        self, dumping: Callable[[int], Path], tmp_path: Path, open_to_all: None
    ) -> None:
        seen = dumping(0)
        assert run("backup", str(tmp_path / "copy.dump"))[0] == 0
        mode, line, password = seen.read_text().splitlines()
        assert (mode, "cret" in line, password) == ("600", False, r"*:*:*:*:se\:cret")
        assert (tmp_path / "copy.dump").read_text() == "half\n"


class TestFailure:
    def test_file_that_is_there_is_not_overwritten(self, place: Path) -> None:
        (place / "copy").write_text("mine")
        code, said = run("backup", str(place / "copy"))
        assert (code, said.startswith("No copy was made")) == (1, True)
        assert (place / "copy").read_text() == "mine"

    def test_link_to_nowhere_is_not_followed(self, place: Path) -> None:
        (place / "copy").symlink_to(place / "elsewhere")
        assert run("backup", str(place / "copy"))[0] == 1
        assert names_in(place) == {"copy"}

    def test_folder_that_is_missing_is_named(self, place: Path) -> None:
        target = place / "nowhere" / "copy"
        code, said = run("backup", str(target))
        assert (code, f"{target} cannot be written" in said) == (1, True)

    def test_missing_database_is_not_copied_nor_made(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FORUM_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
        assert run("backup", str(tmp_path / "copy.db"))[0] == 1
        assert list(tmp_path.iterdir()) == []

    def test_file_that_is_no_database_is_not_copied(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "forum.db").write_text("no database" * 1_000)
        monkeypatch.setenv("FORUM_DATABASE_URL", f"sqlite:///{tmp_path / 'forum.db'}")
        code, said = run("backup", str(tmp_path / "copy.db"))
        assert (code, said.startswith("No copy was made: file is not a database;")) == (1, True)
        assert names_in(tmp_path) == set()

    @pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
    def test_half_a_copy_does_not_stay_whatever_ends_it(
        self, place: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def half(source: str, target: Path) -> None:
            for ending in ("", *backup.BESIDE):
                Path(f"{target}{ending}").write_bytes(b"half")
            raise KeyboardInterrupt

        monkeypatch.setattr(backup, "_copy_sqlite", half)
        with pytest.raises(KeyboardInterrupt):
            backup.back_up(database_url, place / "copy.db")
        assert names_in(place) == set()

    def test_half_an_archive_does_not_stay_and_no_statement_is_told(
        self, dumping: Callable[[int], Path], tmp_path: Path
    ) -> None:
        dumping(1)
        code, said = run("backup", str(tmp_path / "copy.dump"))
        assert (code, "permission denied for table users" in said, "LOCK" in said) == (1, True, False)
        assert names_in(tmp_path) == {"programs"}

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_server_that_cannot_be_reached_leaves_no_file(
        self, place: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORUM_DATABASE_URL", str(make_url(database_url).set(port=1)))
        code, said = run("backup", str(place / "copy.dump"))
        assert (code, said.startswith("No copy was made")) == (1, True)
        assert names_in(place) == set()
