"""Run the slow work with passwords off the event loop, a few at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from auth.password_rules import PasswordRefusal, password_refusal
from auth.passwords import PasswordHashing
from models.errors import Overloaded

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 2
MOST_WAITING = 200
"""With some 20 ms a hash, the last one in the queue waits about two seconds."""


class HashingPool:
    """Hash, compare and judge passwords on threads of its own; more than MOST_WAITING at once are refused."""

    def __init__(self, hashing: PasswordHashing) -> None:
        self._hashing = hashing
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="hashing")
        self._unfinished = 0

    async def hash(self, password: str) -> str:
        """Hash a new password; raises Overloaded."""
        return await self._run(self._hashing.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Compare a password with a stored hash, or with nothing in the same time; raises Overloaded."""
        return await self._run(self._hashing.verify, password, stored)

    async def refusal(self, password: str, *, email: str, display_name: str) -> PasswordRefusal | None:
        """Say why a new password is not taken; raises Overloaded."""
        return await self._run(password_refusal, password, email=email, display_name=display_name)

    def close(self) -> None:
        """Finish what waits and end the threads."""
        self._threads.shutdown()

    async def _run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self._unfinished >= MOST_WAITING:
            raise Overloaded
        self._unfinished += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args, **kwargs))
        finally:
            self._unfinished -= 1
