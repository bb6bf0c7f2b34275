"""Hold the house rules by reading the source: each test names one rule and says what it is for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import DateTime, Enum
from sqlmodel.sql.sqltypes import UTCDateTime

from models.tables import Table, metadata
from tests.source import (
    CALLED_BY_NAME,
    ROOT,
    Definition,
    clocks_and_chance,
    functions,
    imported,
    is_hollow,
    is_order,
    lines,
    offences,
    plural,
    public,
    snake,
    sources,
    status_writes,
)

# A revision is a list of statements that is written once and never read as a whole.
REVISIONS = "migrations/versions/"

LONGEST_FUNCTION = 40
LONGEST_FILE = 300

# Who may ask for the time or for chance, and what for; whoever else needs the time is given `now`.
CLOCKS_AND_CHANCE = {
    "api/application.py": "the clock of the service, which every request reads once and hands down",
    "api/gate.py": "how long an answer took, for log and metrics",
    "api/limits.py": "the clock of the counters, which tests replace",
    "api/public_reads.py": "how old a known number is; how long a replica that did not answer is left alone",
    "api/streams/serving.py": "when to end and when to come back, so that many do not do it at once",
    "api/thread_cache.py": "request ids",
    "auth/recovery.py": "secrets that nobody may guess",
    "auth/refresh_tokens.py": "secrets that nobody may guess",
    "auth/tickets.py": "secrets that nobody may guess",
    "auth/tokens.py": "the id of a token",
    "examples/mobile_client.py": "pauses that differ",
    "examples/mobile_store.py": "the keys of replies",
    "forum/delivery/webhooks.py": "secrets that nobody may guess",
    "forum/demo.py": "passwords of the demo's accounts",
    "forum/experts/invitations.py": "the secret of an invitation",
    "forum/moderation/claims.py": "the secret of a claim",
    "forum/moderation/screening.py": "how long a phase took, which decides nothing about the words",
    "main.py": "commands are given by hand, and their clock is the machine's",
    "models/article_versions.py": "how old a known number is",
    "models/base.py": "identifiers, which rise with time",
    "models/sqlite_writer.py": "how long a batch may grow",
    "settings.py": "the secret of an embedded set-up",
}

STATUS_WRITERS = ("forum/moderation/decisions.py", "forum/moderation/settlements/")
NETWORK = {"aiosmtplib", "http", "httpx", "httpx2", "requests", "smtplib", "socket", "ssl", "urllib.request"}


class TestWords:
    def test_each_module_class_and_function_says_in_a_sentence_what_it_does(self) -> None:
        """A name and its types leave something unsaid, and it is said where the reader looks first."""

        def silent(tree: ast.Module) -> Iterator[ast.AST]:
            documented = [tree, *public(tree)] if tree.body else []
            named = [node for node in documented if getattr(node, "name", "") not in CALLED_BY_NAME]
            return (node for node in named if not is_order(ast.get_docstring(node)))

        assert offences(silent) == []

    @pytest.mark.parametrize(
        ("docstring", "expected"),
        [
            ("Give the page.", True),
            ("Guess, by letters, the language.", True),
            (None, False),
            ("give the page.", False),
            ("Give the page", False),
            ("Gives the page.", False),
            ("Giving the page.", False),
            ("The page.", False),
        ],
    )
    def test_a_sentence_is_an_order(self, docstring: str | None, expected: bool) -> None:
        assert is_order(docstring) == expected

    def test_names_say_what_a_thing_is(self) -> None:
        """`manager`, `helper` and `process_` fit everything and so say nothing."""

        def hollow(tree: ast.Module) -> Iterator[ast.AST]:
            definitions = (node for node in ast.walk(tree) if isinstance(node, Definition))
            return (node for node in definitions if node.name not in CALLED_BY_NAME and is_hollow(node.name))

        assert offences(hollow) == []
        assert [path for path in sources() if is_hollow(Path(path).stem)] == []


class TestSize:
    def test_functions_fit_on_a_screen(self) -> None:
        """What cannot be seen at once cannot be judged at once."""

        def long(tree: ast.Module) -> Iterator[ast.AST]:
            return (node for node in functions(tree) if lines(node) > LONGEST_FUNCTION)

        assert offences(long, without=[REVISIONS]) == []

    def test_files_hold_one_subject(self) -> None:
        """A file that outgrows this holds two subjects."""

        def long(tree: ast.Module) -> Iterator[ast.AST]:
            return (node for node in tree.body[-1:] if (node.end_lineno or 0) > LONGEST_FILE)

        assert offences(long, without=[REVISIONS]) == []


# The clients of Redis, the dictionaries that passwords are compared with, and what moves a database.
LOADED_WHERE_WANTED = {"api.shared_counters", "zxcvbn", "migrations.run"}


class TestImports:
    def test_no_function_imports(self) -> None:
        """An import inside a function hides a cycle; what is large and wanted by few processes is named here."""

        def hidden(tree: ast.Module) -> Iterator[ast.AST]:
            found = (pair for function in functions(tree) for pair in imported(function))
            return (node for node, name in found if name not in LOADED_WHERE_WANTED)

        assert offences(hidden) == []

    def test_tables_keep_their_annotations(self) -> None:
        """SQLModel reads types where they stand; postponed ones make columns of nothing."""

        def postponed(tree: ast.Module) -> Iterator[ast.AST]:
            return (node for node, name in imported(tree) if name == "__future__")

        assert [place for place in offences(postponed) if place.startswith("models/")] == []

    def test_verbs_and_tables_reach_for_no_network(self) -> None:
        """Whoever waits for a stranger inside a transaction holds its locks; delivery does it after the commit."""

        def reaching(tree: ast.Module) -> Iterator[ast.AST]:
            return (node for node, name in imported(tree) if name in NETWORK or name.split(".")[0] in NETWORK)

        elsewhere = ("api/", "examples/", "forum/delivery/", "main.py", "scripts/")
        assert offences(reaching, without=elsewhere) == []


class TestRules:
    def test_status_is_written_where_verdicts_are_settled(self) -> None:
        """One writer of status means that no path around the log, the guards and the numbers exists."""
        assert offences(status_writes, without=STATUS_WRITERS) == []

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("comment.status = Status.SPAM", 1),
            ("a = comment.status = b", 1),
            ("setattr(comment, 'status', x)", 1),
            ("update(Comment).where(x).values(status=y)", 1),
            ("update(CommentRevision).values(**changes)", 1),
            ("update(Comment).values({'status': y})", 1),
            ("Comment(status=Status.PENDING)", 0),
            ("update(Comment).where(Comment.status == x).values(rank=1)", 0),
            ("update(IdempotencyRecord).values(status=201)", 0),
            ("self.status = 200", 0),
        ],
    )
    def test_each_way_to_write_a_status_is_known(self, source: str, expected: int) -> None:
        assert len(list(status_writes(ast.parse(source)))) == expected

    def test_time_and_chance_come_from_outside(self) -> None:
        """A rule that is given `now` can be asked about any moment, and a test needs no luck."""

        assert offences(clocks_and_chance, without=CLOCKS_AND_CHANCE) == []

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("now = datetime.now(UTC)", 1),
            ("Field(default_factory=time.monotonic)", 1),
            ("from time import monotonic", 1),
            ("from uuid import uuid4", 1),
            ("secrets.token_urlsafe(16)", 1),
            ("select(func.now())", 1),
            ("secrets.compare_digest(a, b)", 0),
            ("from time import sleep", 0),
            ("from uuid import UUID", 0),
        ],
    )
    def test_each_way_to_ask_for_time_or_chance_is_known(self, source: str, expected: int) -> None:
        assert len(list(clocks_and_chance(ast.parse(source)))) == expected

    def test_who_may_ask_for_time_and_chance_still_stands(self) -> None:
        """A reason outlives its file unless somebody looks."""
        assert set(CLOCKS_AND_CHANCE) <= set(sources())

    def test_only_settings_read_the_environment(self) -> None:
        """What a process was told is in one value, and nothing below depends on where it runs."""

        def readers(tree: ast.Module) -> Iterator[ast.AST]:
            return (
                node
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv")
            )

        assert offences(readers, without=["settings.py", "scripts/"]) == []

    def test_verbs_do_not_commit(self) -> None:
        """A verb runs beside others in one transaction, which ends for all of them where it began."""

        def enders(tree: ast.Module) -> Iterator[ast.AST]:
            calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
            return (node for node in calls if ast.unparse(node.func).endswith((".commit", ".rollback")))

        assert offences(enders, without=["models/"]) == []

    def test_verbs_are_plain_functions(self) -> None:
        """The loop is for HTTP; what waits for a database waits on a thread of its own."""

        def waiting(tree: ast.Module) -> Iterator[ast.AST]:
            return (node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await))

        assert offences(waiting, without=["api/", "examples/", "main.py", "models/"]) == []


class TestTables:
    def test_a_class_is_one_row_and_its_table_is_many(self) -> None:
        """A name that can be derived need not be looked up."""
        tables = {cls.__name__: str(cls.__tablename__) for cls in Table.__subclasses__()}
        assert tables == {name: plural(snake(name)) for name in tables}
        assert set(tables.values()) == set(metadata.tables)

    def test_instants_are_aware_and_named_so(self) -> None:
        """A time without its zone is a guess, and `_at` says that a column is a moment."""
        columns = [column for table in metadata.tables.values() for column in table.columns]
        moments = [column for column in columns if isinstance(column.type, UTCDateTime | DateTime)]
        assert [str(column) for column in moments if not isinstance(column.type, UTCDateTime)] == []
        assert [str(column) for column in moments if not column.name.endswith(("_at", "since", "until"))] == []

    def test_words_of_an_enumeration_are_held_by_the_database(self) -> None:
        """A word that no code knows must not be stored by hand either; native types cannot be changed in place."""
        columns = [column for table in metadata.tables.values() for column in table.columns]
        words = [(str(column), column.type) for column in columns if isinstance(column.type, Enum)]
        assert [name for name, kind in words if kind.native_enum or not kind.create_constraint] == []


class TestTests:
    def test_each_folder_is_a_package(self) -> None:
        """Without it `tests/models` would take the place of `models`."""
        folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
        assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
