"""Carry calls from the event loop to the threads that own database connections, and the answers back."""

import threading
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from sqlmodel import Session

from models.errors import Overloaded, Unavailable

Call = Callable[[Session], Any]


@dataclass(slots=True, eq=False)
class Job:
    """Hold one call and what became of it; only its thread writes to it until it is delivered."""

    call: Call
    loop: AbstractEventLoop
    answer: Future[Any]
    is_brief: bool = False
    result: Any = None
    error: BaseException | None = None

    def run(self, perform: Callable[[Call], Any]) -> None:
        """Perform the call and keep its outcome, unless the caller went away before it began."""
        self.result = self.error = None
        if self.answer.cancelled():
            return
        try:
            self.result = perform(self.call)
        except BaseException as error:  # noqa: BLE001  The caller gets it, whatever it is.
            self.error = error

    def refuse(self, error: BaseException) -> None:
        """Keep an error that is not the call's own as the outcome."""
        self.result, self.error = None, error

    def settle(self) -> None:
        """Wake the caller with the outcome; runs on the caller's loop."""
        if self.answer.done():
            return
        if self.error is None:
            self.answer.set_result(self.result)
        elif isinstance(self.error, StopIteration):  # A future cannot carry it.
            self.answer.set_exception(RuntimeError("a verb raised StopIteration"))
        else:
            self.answer.set_exception(self.error)


def deliver(jobs: Iterable[Job]) -> None:
    """Settle jobs on their loops, with one wake-up for each loop."""
    by_loop: dict[AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, settled in by_loop.items():
        with suppress(RuntimeError):  # The loop is closed: nobody waits there any more.
            loop.call_soon_threadsafe(_settle, settled)


def _settle(jobs: list[Job]) -> None:
    for job in jobs:
        job.settle()


class Backlog:
    """Queue the jobs of one lane; full or closed, it refuses at once, and what it took is always worked off."""

    def __init__(self, *, limit: int, takers: int) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._limit = limit
        self._takers = takers
        self._lock = threading.Lock()
        self._is_closed = False

    def put(self, job: Job) -> None:
        """Add a job; raise Overloaded when too many wait and Unavailable after close."""
        with self._lock:
            if self._is_closed:
                raise Unavailable("the database is closed")
            if self._jobs.qsize() >= self._limit:
                raise Overloaded
            self._jobs.put(job)

    def take(self) -> Job | None:
        """Wait for the next job; None ends the taker."""
        return self._jobs.get()

    def take_waiting(self) -> Job | None:
        """Give the next job if one waits already."""
        try:
            job = self._jobs.get_nowait()
        except Empty:
            return None
        if job is None:
            self._jobs.put(None)  # The end is for `take` to see.
        return job

    def close(self) -> None:
        """Refuse new jobs and end each taker once the jobs before are done."""
        with self._lock:
            self._is_closed = True
            for _ in range(self._takers):
                self._jobs.put(None)


class Lane:
    """Work off one backlog on as many threads as there are works."""

    def __init__(self, name: str, works: Sequence[Callable[[Backlog], None]], *, limit: int) -> None:
        self._backlog = Backlog(limit=limit, takers=len(works))
        self._threads = [
            threading.Thread(target=work, args=(self._backlog,), name=f"{name}-{number}", daemon=True)
            for number, work in enumerate(works)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        """Queue a job; raise Overloaded or Unavailable, as Backlog.put does."""
        self._backlog.put(job)

    def submit_brief(self, job: Job) -> None:
        """Queue a job like any other, and let who runs it know that it is brief."""
        job.is_brief = True
        self.submit(job)

    def close(self) -> None:
        """Refuse new jobs and wait until the queued ones are done."""
        self._backlog.close()
        for thread in self._threads:
            thread.join()


def one_by_one(
    perform: Callable[[Call], Any], perform_brief: Callable[[Call], Any] | None = None
) -> Callable[[Backlog], None]:
    """Make the work of a thread whose jobs have nothing to do with each other."""

    def work(backlog: Backlog) -> None:
        while (job := backlog.take()) is not None:
            job.run((job.is_brief and perform_brief) or perform)
            deliver((job,))

    return work
