"""The command line: migrate, demo, create-user, verify-log and backup, on both engines."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

import main
from forum.articles import create_article
from models.base import new_id
from models.database import Database
from models.publication import OutboxJob
from tests.api.test_log import tampering
from tests.processes import ROOT
from tests.service import PASSWORD, START, Service, running_service

ACCOUNTS = {
    "admin@demo.example": "admin",
    "editor@demo.example": "editor",
    "moderator@demo.example": "moderator",
    "expert@demo.example": "expert",
    "engineer@demo.example": "expert",
    "member@demo.example": "member",
    "reader@demo.example": "member",
}
STATES = {"pending", "approved", "changes_requested", "rejected", "spam"}


def run(*arguments: str, answer: str = "") -> Any:
    """Run a command; give its exit code, and what it said with white space as single spaces."""
    finished = CliRunner().invoke(main.cli, arguments, input=answer)
    assert finished.exception is None or isinstance(finished.exception, SystemExit), finished.exception
    return finished.exit_code, " ".join(finished.output.split())


def sign_in(service: Service, email: str, password: str) -> Any:
    """Ask for tokens."""
    form = {"grant_type": "password", "username": email, "password": password}
    return service.client.post("/v1/auth/token", data=form)


def create(email: str, *more: str, password: str = PASSWORD) -> Any:
    """Open an account by hand."""
    arguments = ("create-user", "--email", email, "--display-name", "ريم", *more, "--password-stdin")
    return run(*arguments, answer=f"{password}\n")


@pytest.fixture
def place(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the commands at the test's database, in a folder of its own."""
    monkeypatch.setenv("FORUM_DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestMigrate:
    def test_blank_database_comes_to_the_newest_migration_and_stays_there(
        self, blank_database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORUM_DATABASE_URL", blank_database_url)
        for _ in range(2):
            assert run("migrate") == (0, "The database is at the newest migration.")
        assert run("verify-log") == (0, "The log is sound: 0 decisions.")

    def test_script_runs_by_itself(self, tmp_path: Path) -> None:
        finished = subprocess.run(
            [sys.executable, ROOT / "main.py", "migrate"],
            env={"PATH": "/usr/bin:/bin", "FORUM_DATABASE_URL": f"sqlite:///{tmp_path / 'forum.db'}"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (finished.returncode, finished.stderr) == (0, "")
        assert (tmp_path / "forum.db").stat().st_mode & 0o077 == 0

    def test_variable_that_is_not_known_stops_the_start_with_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORUM_DATABASE_ULR", "x")
        code, said = run("migrate")
        assert code == 1
        assert "FORUM_DATABASE_ULR" in said


class TestDemo:
    def test_demo_shows_a_discussion_with_comments_in_each_state_and_accounts_that_sign_in(
        self, place: Path, database_url: str
    ) -> None:
        code, said = run("demo")
        assert code == 0
        passwords = dict(re.findall(r"(\S+@demo\.example) │ (\S+)", said))
        assert set(passwords) == set(ACCOUNTS)
        assert len(set(passwords.values())) == len(ACCOUNTS)
        with running_service(database_url, place) as service:
            for email, role in ACCOUNTS.items():
                token = sign_in(service, email, passwords[email]).json()["access_token"]
                me = service.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).json()
                assert role in me["roles"]
            [article] = service.nobody.get("/v1/articles").json()["items"]
            path = f"/v1/articles/{article['id']}/comments"
            items = service.nobody.get(path).json()["items"]
            moderator = service.person("moderator")
            cases = moderator.get("/v1/moderation/cases").json()["items"]
            log = service.person("editor").get("/v1/moderation/decisions").json()["items"]
            assert article["language"] == "ar"
            [analysis] = service.nobody.get(f"/v1/articles/{article['id']}/analyses").json()["items"]
            below = service.nobody.get(f"/v1/analyses/{analysis['id']}/comments").json()["items"]
            public = [item for item in [*items, *below] if item["tombstone"] is None]
            assert article["counts"] == {"comments": len(public), "analyses": 1}
            assert (len(below), len(public) > 4) == (1, True)
            assert any(item["author"]["credential"] and item["disclosure"]["none"] for item in items)
            assert max(item["depth"] for item in items) >= 2
            assert {decision["to"] for decision in log} | {case["subject"]["status"] for case in cases} >= STATES
            assert "disclosure_missing" in {hold["code"] for case in cases for hold in case["hold"]}
        assert run("verify-log") == (0, f"The log is sound: {len(log)} decisions.")

    @pytest.mark.parametrize("command", ["demo", "run"])
    def test_database_with_an_account_is_left_as_it_is(
        self, place: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, command: str
    ) -> None:
        # Set first, so that the address that `run` announces goes with the test.
        for name in ("FORUM_PUBLIC_URL", "FORUM_ISSUER"):
            monkeypatch.setenv(name, "http://127.0.0.1:8000")
        monkeypatch.setattr(main, "serve", lambda port: None)
        assert create("admin@example.org", "--role", "admin")[0] == 0
        code, said = run(command)
        assert (code, said.removeprefix("The database is at the newest migration.")) == (0, "")
        with tampering(database_url) as execute:
            assert execute("SELECT email FROM users").fetchall() == [("admin@example.org",)]
            assert execute("SELECT id FROM articles").fetchall() == []

    def test_database_with_an_article_alone_is_left_as_it_is(
        self, place: Path, database: Database, database_url: str
    ) -> None:
        texts = dict.fromkeys(("title", "summary", "section", "body", "body_html"), "مياه")
        values = {**texts, "language": "ar", "published_at": START}
        asyncio.run(database.write(create_article, values, slug="water", now=START))
        assert run("demo") == (0, "")
        with tampering(database_url) as execute:
            assert execute("SELECT id FROM users").fetchall() == []
            assert execute("SELECT slug FROM articles").fetchall() == [("water",)]


class TestCreateUser:
    def test_account_has_the_roles_and_credential_that_it_was_given(self, place: Path, database_url: str) -> None:
        expert = ("--role", "expert", "--role", "moderator", "--title", "باحثة", "--affiliation", "مركز المياه")
        code, said = create("reem@example.org", *expert)
        assert code == 0
        user_id = UUID(said)
        assert create("admin@example.org", "--role", "admin", "--even-if-alike")[0] == 0
        assert create("member@example.org", "--even-if-alike")[0] == 0
        with running_service(database_url, place) as service:
            public = service.nobody.get(f"/v1/users/{user_id}").json()
            assert (public["display_name"], set(public["badges"])) == ("ريم", {"expert", "moderator"})
            credential = public["credential"]
            assert (credential["title"], credential["affiliation"]) == ("باحثة", "مركز المياه")
            for email in ("reem@example.org", "ADMIN@example.org", "member@example.org"):
                assert sign_in(service, email, PASSWORD).status_code == 200, email

    def test_address_that_is_taken_and_passwords_that_do_not_do_are_refused(self, place: Path) -> None:
        assert create("reem@example.org")[0] == 0
        code, said = create("Reem@example.org")
        assert (code, said) == (1, "The account was not made: email_taken.")
        for password in ("قصيرة", "password1234567", "reem@example.org"):
            code, said = create("other@example.org", password=password)
            assert (code, said.startswith("This password is not taken")) == (1, True), password
            assert password not in said
        assert create("other@example.org")[0] == 0

    def test_name_like_that_of_somebody_trusted_is_refused_unless_one_insists(self, place: Path) -> None:
        assert create("reem@example.org", "--role", "moderator")[0] == 0
        code, said = create("other@example.org", "--role", "expert")
        assert (code, said.startswith("This name is like that of somebody trusted")) == (1, True)
        assert create("other@example.org", "--role", "expert", "--even-if-alike")[0] == 0

    @pytest.mark.parametrize(
        ("email", "more", "refusal"),
        [
            pytest.param("reem", (), "email, not_email", id="no address"),
            pytest.param("reem@example", ("--locale", "fr"), "email, not_email", id="no domain"),
            pytest.param("a@example.org", ("--locale", "fr"), "locale, literal_error", id="another language"),
            pytest.param("a@example.org", ("--display-name", "م" * 81), "display_name, too_long", id="a long name"),
            pytest.param("a@example.org", ("--title", "م" * 201), "title, too_long", id="a long title"),
        ],
    )
    def test_what_the_api_would_refuse_is_refused(
        self, place: Path, email: str, more: tuple[str, ...], refusal: str
    ) -> None:
        assert create(email, *more) == (1, f"The account was not made: {refusal}.")


class TestVerifyLog:
    def test_broken_log_ends_with_status_one_and_names_the_place(self, place: Path, database_url: str) -> None:
        with running_service(database_url, place) as service:
            member, moderator, article = service.person(), service.person("moderator"), service.article()
            for number in range(3):
                service.approved(member, moderator, article, f"تعليق {number}")
            log = service.person("editor").get("/v1/moderation/decisions").json()["items"][::-1]
        assert run("verify-log") == (0, "The log is sound: 3 decisions.")
        with tampering(database_url) as execute:
            execute("DELETE FROM decisions WHERE number = 3")
        assert run("verify-log") == (1, "The log is broken after 2 decisions; its end was cut off.")
        with tampering(database_url) as execute:
            execute("UPDATE decisions SET note = 'x' WHERE number = 2")
        assert run("verify-log") == (
            1,
            f"The log is broken after 1 decisions; first broken: {log[1]['id']}.",
        )


class TestDeadLetters:
    def test_what_was_given_up_is_listed_without_its_contents_and_tried_anew(
        self, place: Path, database: Database
    ) -> None:
        given_up = OutboxJob(kind="mail", payload={"to": "secret"}, created_at=START, due_at=START, failed_at=START)
        asyncio.run(database.write(lambda session: session.add(given_up)))
        code, said = run("dead-letters")
        assert (code, str(given_up.id) in said, "secret" in said) == (0, True, False)
        assert run("dead-letters", "--resend", "x")[0] == 1
        assert run("dead-letters", "--resend", str(new_id())) == (0, "To be tried anew: 0.")
        assert run("dead-letters", "--resend", str(given_up.id)) == (0, "To be tried anew: 1.")
        assert str(given_up.id) not in run("dead-letters")[1]
