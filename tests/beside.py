"""Do one thing while another is about to be committed, which only PostgreSQL lets happen side by side.

On SQLite the second thing waits for the commit of the first, as there is one writer.
"""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Engine, event, text
from sqlmodel import Session

from models.database import Database
from tests.service import Service

A_WHILE: Final = 0.2
PATIENCE: Final = 10
LOOKS: Final = 500
WAITS_FOR_US: Final = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
)
Verb = Callable[[Session], Any]


def beside(service: Service, first: Verb, other: Callable[[], Any]) -> Any:
    """Let a verb do all but commit, do the other thing meanwhile, and give what came of that."""
    is_done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(service.write, _held(first, is_done))
        assert is_done.wait(PATIENCE)
        try:
            return other()
        finally:
            running.result(PATIENCE)


def within(service: Service, first: Verb, other: Callable[[], Any]) -> Any:
    """Do another thing from when a verb has done all but commit, which it does once that is done; give what came of it.

    On SQLite, where it cannot be done before, nobody waits for it.
    """
    is_ready, is_done = threading.Event(), threading.Event()

    def held(session: Session) -> None:
        first(session)
        session.flush()
        is_ready.set()
        if session.get_bind().dialect.name == "postgresql":
            is_done.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(service.write, held)
        assert is_ready.wait(PATIENCE)
        try:
            return other()
        finally:
            is_done.set()
            running.result(PATIENCE)


async def write_beside(database: Database, first: Verb, other: Verb) -> Any:
    """Do the same with two verbs on a database."""
    is_done = threading.Event()
    running = asyncio.create_task(database.write(_held(first, is_done)))
    assert await asyncio.to_thread(is_done.wait, PATIENCE)
    try:
        return await database.write(other)
    finally:
        await running


def runs_in_a_circle(service: Service, hold: Verb, go_on: Verb, other: Verb) -> list[str]:
    """Hold something until another verb waits for it, then go on; give which verb was run when, each run anew too."""
    runs: list[str] = []
    is_held = threading.Event()

    def first(session: Session) -> None:
        runs.append("first")
        hold(session)
        if not is_held.is_set():
            is_held.set()
            _await_waiting(session)
        go_on(session)

    def second(session: Session) -> None:
        runs.append("second")
        other(session)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(service.write, first)
        assert is_held.wait(PATIENCE)
        service.write(second)
        running.result(PATIENCE)
    return runs


@contextmanager
def sent(form: str, before: Callable[[int], object] = lambda number: None) -> Iterator[list[str]]:
    """Collect the statements of a form that are sent, after doing something with the number of each.

    One that is sent once more than there are transactions was undone with its own, as after a deadlock.
    """
    seen: list[str] = []

    def see(_: Any, __: Any, statement: str, *___: Any) -> None:
        if re.match(form, statement):
            seen.append(statement)
            before(len(seen))

    event.listen(Engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", see)


@contextmanager
def meeting(database: Database, form: str) -> Iterator[list[str]]:
    """Let two transactions come as far as a statement of a form before either sends it; collect all that are sent."""
    both = threading.Barrier(2 if database.dialect == "postgresql" else 1)
    with sent(form, lambda number: number > 2 or both.wait(PATIENCE)) as seen:
        yield seen


def _await_waiting(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        return
    for _ in range(LOOKS):
        if session.execute(WAITS_FOR_US).scalar_one():
            return
        time.sleep(PATIENCE / LOOKS)
    raise AssertionError("nobody waits")


def _held(verb: Verb, is_done: threading.Event) -> Verb:
    def hold(session: Session) -> None:
        verb(session)
        session.flush()
        is_done.set()
        time.sleep(A_WHILE)

    return hold
