"""Do one thing while another is about to be committed, which only PostgreSQL lets happen side by side."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from sqlmodel import Session

from tests.service import Service

A_WHILE: Final = 0.2
PATIENCE: Final = 10


def beside(service: Service, first: Callable[[Session], Any], other: Callable[[], Any]) -> Any:
    """Let a verb do all but commit, do the other thing meanwhile, and give what came of that.

    On SQLite the other thing waits for the commit, as there is one writer.
    """
    is_done = threading.Event()

    def held(session: Session) -> None:
        first(session)
        session.flush()
        is_done.set()
        time.sleep(A_WHILE)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(service.write, held)
        assert is_done.wait(PATIENCE)
        result = other()
        running.result(PATIENCE)
    return result
