"""Prove that statements past SQLAlchemy's layers write, read and fail as those within them do, on both engines."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import Session

from models.base import columns_of, new_id
from models.cases import ChainHead
from models.database import Database
from models.errors import NotFound
from models.plain import Insertion, Plain, savepoint, write_together
from models.publication import IdempotencyRecord, OutboxJob
from models.upserts import insert_once
from models.users import Role, User
from tests.models.verbs import insert as insert_object
from tests.models.verbs import names

NOW = datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)
HEADS, USERS, JOBS = Insertion(ChainHead), Insertion(User), Insertion(OutboxJob)
USER, JOB = columns_of(User), columns_of(OutboxJob)
BY_ID = Plain(select(USER.id, USER.roles, USER.created_at, USER.erased_at).where(USER.id == bindparam("id")))
PAYLOADS = Plain(select(JOB.payload).order_by(JOB.id))
COUNT_UP = Plain(
    ChainHead.__table__.update().where(ChainHead.__table__.c.name == bindparam("named")).values(count=7)  # type: ignore[attr-defined]
)


def head(name: str) -> Any:
    """Make a row."""
    return HEADS.row(name=name, count=1, hash="")


def member() -> Any:
    """Make the row of a user with every type that a column has."""
    return USERS.row(
        id=new_id(),
        email="a@example.org",
        email_key="a@example.org",
        display_name="سلمى",
        display_name_key="سلمي",
        locale="ar",
        roles=frozenset({Role.EDITOR}),
        password_hash="",
        created_at=NOW,
    )


class TestRows:
    def test_row_comes_back_as_it_was_written_and_as_objects_read_it(self, database: Database) -> None:
        def verb(session: Session) -> None:
            row = member()
            USERS.write(session, row)
            found = BY_ID.first(session, {"id": row.id})
            assert found is not None
            assert (found.id, found.roles, found.created_at, found.erased_at) == (row.id, row.roles, NOW, None)
            written = session.get_one(User, row.id)
            assert written.model_dump() == row._asdict()

        asyncio.run(database.write(verb))

    def test_documents_come_back_as_they_were_written(self, database: Database) -> None:
        payload = {"نص": ["١", {"b": None}], "n": 3}

        def verb(session: Session) -> None:
            JOBS.write(session, JOBS.row(id=new_id(), kind="x", payload=payload, created_at=NOW, due_at=NOW))
            assert [row.payload for row in PAYLOADS.rows(session, {})] == [payload]

        asyncio.run(database.write(verb))

    def test_document_that_is_not_there_is_null(self, database: Database) -> None:
        def verb(session: Session) -> int:
            JOBS.write(session, JOBS.row(id=new_id(), kind="x", payload=None, created_at=NOW, due_at=NOW))
            return 1

        with pytest.raises(IntegrityError, match=r"(?i)not.null"):
            asyncio.run(database.write(verb))

    def test_second_row_of_a_key_is_not_inserted_and_constant_defaults_are(self, database: Database) -> None:
        def verb(session: Session) -> list[bool]:
            USERS.write(session, user := member())
            record = {"user_id": user.id, "route": "r", "key": "k", "fingerprint": "", "created_at": NOW}
            inserted = [insert_once(session, IdempotencyRecord, {**record, "headers": {}}) for _ in range(2)]
            assert session.get_one(IdempotencyRecord, (user.id, "r", "k")).status == 0
            return inserted

        assert asyncio.run(database.write(verb)) == [True, False]

    def test_nothing_found_is_none(self, database: Database) -> None:
        assert asyncio.run(database.read(lambda session: BY_ID.first(session, {"id": new_id()}))) is None

    def test_count_of_what_was_written_is_given(self, database: Database) -> None:
        def verb(session: Session) -> list[int]:
            write_together(session, [(HEADS, head("a")), (HEADS, head("b"))])
            return [COUNT_UP.run(session, {"named": name}) for name in ("a", "absent")]

        assert asyncio.run(database.write(verb)) == [1, 0]

    def test_what_the_session_has_to_write_is_written_first(self, database: Database) -> None:
        def verb(session: Session) -> int:
            insert_object(session, "object")
            return COUNT_UP.run(session, {"named": "object"})

        assert asyncio.run(database.write(verb)) == 1

    def test_forgotten_value_is_an_error_and_no_null(self) -> None:
        with pytest.raises(TypeError):
            HEADS.row(name="a")


class TestErrors:
    @pytest.mark.parametrize("together", [False, True])
    def test_broken_constraint_is_the_error_that_sqlalchemy_raises(self, database: Database, together: bool) -> None:
        def verb(session: Session) -> None:
            HEADS.write(session, head("a"))
            if together:
                write_together(session, [(HEADS, head("b")), (HEADS, head("a"))])
            HEADS.write(session, head("a"))

        with pytest.raises(IntegrityError):
            asyncio.run(database.write(verb))
        assert asyncio.run(database.read(names)) == []


class TestSavepoint:
    def test_block_that_raises_leaves_nothing_and_the_transaction_goes_on(self, database: Database) -> None:
        def verb(session: Session) -> None:
            HEADS.write(session, head("before"))
            with suppress(NotFound), savepoint(session):
                HEADS.write(session, head("undone"))
                raise NotFound
            HEADS.write(session, head("after"))

        asyncio.run(database.write(verb))
        assert asyncio.run(database.read(names)) == ["after", "before"]

    def test_statement_that_fails_in_a_block_fails_alone(self, database: Database) -> None:
        nowhere = Plain(insert(columns_of(ChainHead).name.table).values(name=None, count=1, hash=""))

        def verb(session: Session) -> None:
            with pytest.raises((IntegrityError, ProgrammingError)), savepoint(session):
                nowhere.run(session, {})
            HEADS.write(session, head("after"))

        asyncio.run(database.write(verb))
        assert asyncio.run(database.read(names)) == ["after"]
