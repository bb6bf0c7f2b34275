"""Commands that cannot do their work end with status 1 and one sentence: no traceback, no SQL, no secret."""

import io
import re
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2
from sqlalchemy import make_url, text
from typer.testing import CliRunner

import main
from migrations.run import transaction
from models.by_hand import Unusable, told_plainly
from models.engine_errors import LockTimeout
from models.errors import StorageFull
from settings import WrongSetting, load_settings
from tests.api.test_log import tampering
from tests.migrations.schema import schema_of
from tests.service import PASSWORD, running_service
from tests.test_demo import place, sign_in

__all__ = ["place"]

SECRET = "s3cr3t" * 8
CREATE = ("create-user", "--email", "reem@example.org", "--display-name", "ريم", "--password-stdin")
USE_DATABASE = (("demo",), ("verify-log",), CREATE, ("dead-letters",), ("dead-letters", "--resend", "all"))
ALL = (*USE_DATABASE, ("migrate",), ("run",), ("serve",), ("relay",))
named = pytest.mark.parametrize("words", ALL, ids=" ".join)


@pytest.fixture(autouse=True)
def announced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let what a command announces go with the test, and what it keeps."""
    for name in ("FORUM_PUBLIC_URL", "FORUM_ISSUER"):
        monkeypatch.setenv(name, "http://127.0.0.1:8000")
    monkeypatch.chdir(tmp_path)


def refusal(*words: str) -> str:
    """Run a command that shall end with one sentence on stderr, and give that."""
    finished = CliRunner().invoke(main.cli, words, input=f"{PASSWORD}\n")
    assert isinstance(finished.exception, SystemExit), finished.exception
    assert (finished.exit_code, finished.stdout, finished.stderr.count("\n")) == (1, "", 1)
    assert not re.search(r"SELECT|INSERT|CREATE|sqlalche|\(pysqlite3|\(psycopg", finished.stderr)
    return finished.stderr.strip()


def stand_at(database_url: str, revision: str) -> None:
    """Say that a database stands at another revision than it does."""
    with tampering(database_url) as execute:
        execute(f"UPDATE alembic_version SET version_num = '{revision}'")


def as_stdin(given: str) -> Any:
    """Give what a process reads: unlike the file of a test's runner it leaves ends of lines as they are."""
    return io.TextIOWrapper(io.BytesIO(given.encode()), newline="\n")


class TestStanding:
    @pytest.mark.parametrize("words", USE_DATABASE, ids=" ".join)
    def test_database_that_was_never_migrated_is_to_be_migrated(
        self, blank_database_url: str, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
    ) -> None:
        monkeypatch.setenv("FORUM_DATABASE_URL", blank_database_url)
        assert refusal(*words).endswith("is not at the newest migration. Run: .venv/bin/python main.py migrate")

    def test_older_database_is_to_be_migrated(self, place: Path, database_url: str) -> None:
        stand_at(database_url, "0001")
        for words in (*USE_DATABASE, ("serve",)):
            assert refusal(*words).endswith("is not at the newest migration. Run: .venv/bin/python main.py migrate")

    def test_newer_database_is_left_to_its_version_of_the_program(self, place: Path, database_url: str) -> None:
        stand_at(database_url, "9999")
        for words in ALL:
            said = refusal(*words)
            assert said.startswith("The database is at revision 9999, which this version of the program does not know.")
        with tampering(database_url) as execute:
            assert execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
            assert execute("SELECT id FROM users").fetchall() == []

    def test_database_of_something_else_is_left_as_it_is(
        self, blank_database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORUM_DATABASE_URL", blank_database_url)
        with transaction(blank_database_url) as connection:
            connection.execute(text("CREATE TABLE articles (id INTEGER)"))
            before = schema_of(connection)
        said = refusal("migrate")
        assert ("already exists" in said, "Is FORUM_DATABASE_URL that of this program's database" in said) == (
            True,
            True,
        )
        with transaction(blank_database_url) as connection:
            assert schema_of(connection) == before

    def test_row_that_lost_its_parent_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FORUM_DATABASE_URL", f"sqlite:///{tmp_path / 'forum.db'}")
        with dbapi2.connect(tmp_path / "forum.db") as connection:
            connection.execute("CREATE TABLE strays (id INTEGER, article_id CHAR(32) REFERENCES articles (id))")
            connection.execute("INSERT INTO strays VALUES (1, 'missing')")
        connection.close()
        assert "left as it is: row 1 of strays refers to no row of articles" in refusal("migrate")


class TestReaching:
    @named
    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_server_that_does_not_answer(
        self, place: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
    ) -> None:
        nowhere = make_url(database_url).set(port=1, password=SECRET).render_as_string(hide_password=False)
        monkeypatch.setenv("FORUM_DATABASE_URL", nowhere)
        said = refusal(*words)
        assert "Connection refused" in said
        assert said.endswith("Is it there and running, and is FORUM_DATABASE_URL right?")
        assert SECRET not in said

    @named
    def test_file_that_is_no_database(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
    ) -> None:
        (tmp_path / "forum.db").write_text("no database" * 1_000)
        monkeypatch.setenv("FORUM_DATABASE_URL", f"sqlite:///{tmp_path / 'forum.db'}")
        assert refusal(*words).startswith("The database cannot be used: file is not a database.")
        assert (tmp_path / "forum.db").read_text() == "no database" * 1_000

    @named
    def test_folder_that_cannot_be_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
    ) -> None:
        (tmp_path / "file").touch()  # In its place no folder can be made, whoever asks.
        monkeypatch.setenv("FORUM_DATABASE_URL", f"sqlite:///{tmp_path / 'file' / 'forum.db'}")
        said = refusal(*words)
        assert said.startswith(f"The database cannot be opened: {tmp_path / 'file'}")
        assert said.endswith("may this account write there?")

    @pytest.mark.parametrize(
        ("error", "advice"),
        [
            pytest.param(StorageFull(), "Make room on its disk.", id="a full disk"),
            pytest.param(LockTimeout(), "Others use it just now; try again soon.", id="a lock"),
        ],
    )
    def test_advice_is_about_what_is_wrong(self, error: Exception, advice: str) -> None:
        with pytest.raises(Unusable, match=re.escape(advice)), told_plainly():
            raise error

    def test_file_that_may_not_be_written_is_not_looked_for(self, tmp_path: Path) -> None:
        (tmp_path / "forum.db").touch()
        with (
            closing(dbapi2.connect(f"file:{tmp_path / 'forum.db'}?mode=ro", uri=True)) as connection,
            pytest.raises(Unusable, match=r"May this account write to its file, and beside it in its folder\?$"),
            told_plainly(),
        ):
            connection.execute("CREATE TABLE articles (id INTEGER)")

    def test_broken_file_is_to_be_brought_back(self, tmp_path: Path) -> None:
        path = tmp_path / "forum.db"
        with closing(dbapi2.connect(path)) as connection:
            connection.execute("CREATE TABLE articles (id INTEGER)")
        path.write_bytes(path.read_bytes()[:100] + b"\xff" * 100 + path.read_bytes()[200:])
        with (
            closing(dbapi2.connect(path)) as connection,
            pytest.raises(Unusable, match=r"malformed\. Bring back a copy, as docs/running\.md says\.$"),
            told_plainly(),
        ):
            connection.execute("SELECT id FROM articles")

    def test_what_a_verb_refuses_stays_as_it_is(self) -> None:
        with pytest.raises(ZeroDivisionError), told_plainly():
            raise ZeroDivisionError


class TestSettings:
    @pytest.mark.parametrize("words", [("run",), ("serve",), ("relay",)], ids=" ".join)
    @pytest.mark.parametrize(
        ("keys", "reason"),
        [
            pytest.param(f":{SECRET}", "key 1: the key id must be", id="no key id"),
            pytest.param("k:s3cr3t", "key 1: the secret must be at least 32 bytes long", id="a short secret"),
            pytest.param(f"k:{SECRET},", "key 2: the key id must be", id="a comma at the end"),
        ],
    )
    def test_malformed_keys_are_named_and_not_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], keys: str, reason: str
    ) -> None:
        monkeypatch.setenv("FORUM_DATABASE_URL", f"sqlite:///{tmp_path / 'forum.db'}")
        monkeypatch.setenv("FORUM_SECRET_KEYS", keys)
        said = refusal(*words)
        assert said.startswith(f"Not started: FORUM_SECRET_KEYS: {reason}")
        assert "s3cr3t" not in said
        assert not (tmp_path / "forum.db").exists()

    def test_kept_keys_that_are_malformed_are_named_by_their_file(self, tmp_path: Path) -> None:
        (tmp_path / "var").mkdir()
        (tmp_path / "var" / "secret_keys").write_text("s3cr3t")
        assert refusal("serve").startswith("Not started: var/secret_keys: key 1: the secret must be")

    def test_keys_that_cannot_be_kept_are_to_be_set(self, tmp_path: Path) -> None:
        (tmp_path / "var").touch()
        assert refusal("serve") == "Not started: var/secret_keys cannot be kept (File exists); set FORUM_SECRET_KEYS."

    @named
    @pytest.mark.parametrize("network", ["proxy.internal", "10.0.0.1/8"])
    def test_malformed_proxies_are_named(
        self, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], network: str
    ) -> None:
        monkeypatch.setenv("FORUM_TRUSTED_PROXIES", f"127.0.0.1 {network}")
        said = refusal(*words)
        assert said.startswith("Not started: FORUM_TRUSTED_PROXIES: ")
        assert network in said

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("FORUM_DATABASE_URL", "mysql://forum:s3cr3t@127.0.0.1/forum"),
            ("FORUM_DATABASE_URL", "postgresql://forum:s3cr3t/forum"),
            ("FORUM_DATABASE_URL", "postgresql://forum:p@s3cr3t@127.0.0.1/forum"),
            ("FORUM_DATABASE_URL", "sqlite:///:memory:"),
            ("FORUM_CDN_SECONDS", "s3cr3t"),
            ("FORUM_SMTP_URL", "s3cr3t.example"),
            ("FORUM_SMTP_URL", "https://s3cr3t.example"),
            ("FORUM_SMTP_URL", "smtp://forum:p/s3cr3t@mail.example"),
            ("FORUM_SMTP_URL", "smtp://"),
            ("FORUM_REDIS_URL", "localhost:6379"),
            ("FORUM_REDIS_URL", "redis://localhost:s3cr3t"),
            ("FORUM_PUBLIC_URL", "forum.example"),
            ("FORUM_PUBLIC_URL", ""),
            ("FORUM_SCREENING_URL", "ftp://s3cr3t.example"),
            ("FORUM_SCREENING_SECRET", "whsec_s3cr3t!"),
            ("FORUM_CORS_ORIGINS", "site.example"),
            ("FORUM_CORS_ORIGINS", "https://site.example/"),
            ("FORUM_CORS_ORIGINS", "https://Site.example"),
        ],
    )
    def test_wrong_value_is_not_told(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(WrongSetting) as refused:
            load_settings()
        assert str(refused.value).startswith(f"{name}: ")
        assert ("s3cr3t" in str(refused.value), refused.value.__cause__) == (False, None)

    @pytest.mark.parametrize("name", ["redis_url", "smtp_url", "screening_url"])
    def test_empty_variable_names_nothing(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv(f"FORUM_{name}".upper(), "")
        assert getattr(load_settings(), name) is None

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("smtp_url", "smtps://user:p%2Fw@mail.example"),
            ("smtp_url", "smtp://[::1]:587"),
            ("redis_url", "rediss://:word@cache.example:6380/1?ssl_cert_reqs=none"),
            ("public_url", "https://forum.example/below"),
        ],
    )
    def test_addresses_are_taken_as_they_are(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        monkeypatch.setenv(f"FORUM_{name}".upper(), value)
        assert getattr(load_settings(), name) == value

    def test_origins_and_any_are_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FORUM_CORS_ORIGINS", "https://site.example, http://localhost:3000 *")
        assert load_settings().cors_origins == ("https://site.example", "http://localhost:3000", "*")

    def test_variables_that_go_together_are_named_without_their_values(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FORUM_SCREENING_URL", "https://s3cr3t.example")
        assert refusal("migrate") == "Not started: FORUM_SCREENING_URL goes with a FORUM_SCREENING_SECRET."


class TestAddress:
    @pytest.mark.parametrize("command", ["serve", "run"])
    @pytest.mark.parametrize("port", ["0", "65536", "-1"])
    def test_port_out_of_range_is_a_wrong_word(self, command: str, port: str) -> None:
        finished = CliRunner().invoke(main.cli, [command, "--port", port])
        assert (finished.exit_code, "Invalid value for '--port'" in finished.stderr) == (2, True)

    @pytest.mark.parametrize("is_listening", [True, False])
    def test_address_that_is_taken_is_named(self, place: Path, is_listening: bool) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            if is_listening:
                taken.listen()
            port = taken.getsockname()[1]
            said = refusal("serve", "--port", str(port))
        assert said.startswith(f"Nothing can listen at 127.0.0.1, port {port}: Address already in use.")

    def test_address_of_no_machine_is_named(self, place: Path) -> None:
        # Set aside for examples (RFC 5737), so that no machine has it.
        assert refusal("serve", "--host", "192.0.2.1").startswith("Nothing can listen at 192.0.2.1, port 8000: ")


class TestPassword:
    @pytest.mark.parametrize(
        ("line", "password"),
        [("p", "p"), ("p\n", "p"), ("p\r\n", "p"), (" p \r\n", " p "), ("p\r", "p\r"), ("p\r\r\n", "p\r")],
    )
    def test_end_of_the_line_is_taken_off_and_nothing_else(self, line: str, password: str) -> None:
        assert main._line(as_stdin(line)) == password

    def test_password_that_ends_as_on_windows_signs_in(
        self, place: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(main.sys, "stdin", as_stdin(f"{PASSWORD}\r\n"))
        main.create_user("reem@example.org", "ريم", password_stdin=True)
        with running_service(database_url, place) as service:
            assert sign_in(service, "reem@example.org", PASSWORD).status_code == 200
