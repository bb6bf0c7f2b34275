"""Relays of their own: several share the work, none is sent twice at once; a killed one loses and invents nothing."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.api.receivers import Receiver, running_receiver
from tests.processes import Caller, Process
from tests.servers import Running, free_port, stop

PASSWORD = "سبعة جسور فوق النهر القديم"
DRILL = (pytest.mark.drill, pytest.mark.timeout(1_200))
PATIENCE = 60.0


class Apart(Process):
    """Run a service that leaves delivery to relays."""

    @property
    def environment(self) -> dict[str, str]:
        """Switch the relay within off, and let webhooks reach loopback."""
        return super().environment | {"FORUM_RELAY": "off", "FORUM_WEBHOOK_ALLOW_PRIVATE": "on"}

    @contextmanager
    def relays(self, number: int) -> Iterator[list[Running]]:
        """Run so many relays for the length of a block."""
        started: list[Running] = [self.launched("relay") for _ in range(number)]
        try:
            yield started
        finally:
            left = [relay for relay in started if relay.poll() is None]
            for relay in left:
                stop(relay, signal.SIGTERM)
        assert {relay.returncode for relay in left} <= {0}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver on loopback."""
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Apart]:
    """Run a service without a relay within."""
    service = Apart(database_url, tmp_path, free_port(), is_forked=True)
    service.start()
    try:
        yield service
    finally:
        for caller in service.callers:
            caller.client.close()
        service.end(signal.SIGKILL)


def sign_in(service: Process) -> Caller:
    """Open an editor's account and sign in."""
    words = ["create-user", "--email", "all@example.org", "--display-name", "أحد", "--role", "editor"]
    service.command(*words, "--password-stdin", given=PASSWORD + "\n")
    return service.caller("all@example.org", PASSWORD)


def post(caller: Caller, receiver: Receiver, number: int) -> set[str]:
    """Set a webhook up and post so many public comments; give their ids."""
    hook = {"url": receiver.url, "events": ["comment.approved"]}
    caller.call("POST", "/v1/webhooks", hook, expect=201)
    article = {"title": "جسور", "discussion": {"moderation": "post"}}
    path = f"/v1/articles/{caller.call('POST', '/v1/articles', article, expect=201).json()['id']}/comments"
    bodies = [{"body": f"تعليق رقم {count}"} for count in range(number)]
    return {caller.call("POST", path, body, expect=201).json()["id"] for body in bodies}


def wait_until(is_so: Any) -> None:
    """Wait until something is so."""
    ends_at = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def told(receiver: Receiver) -> Counter[str]:
    """Count how often each comment was told of."""
    return Counter(one.content["data"]["id"] for one in receiver.received)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("number", [pytest.param(30, id="few"), pytest.param(1_000, id="many", marks=DRILL)])
def test_two_relays_share_the_work_and_send_nothing_twice(service: Apart, receiver: Receiver, number: int) -> None:
    posted = post(sign_in(service), receiver, number)
    assert receiver.received == []
    with service.relays(2):
        wait_until(lambda: len(receiver.received) >= number)
    assert told(receiver) == Counter(posted)


@pytest.mark.drill
@pytest.mark.timeout(1_200)
def test_killed_relay_loses_nothing_and_invents_nothing(service: Apart, receiver: Receiver) -> None:
    posted = post(sign_in(service), receiver, 200)
    for _ in range(10):
        with service.relays(1) as [relay]:
            seen = len(receiver.received)
            wait_until(lambda seen=seen: len(receiver.received) > seen or relay.poll() is not None)
            stop(relay, signal.SIGKILL)
        if told(receiver).keys() == posted:
            break
    with service.relays(1):
        ends_at = time.monotonic() + 180  # What a killed relay held is free after its lease.
        while told(receiver).keys() != posted and time.monotonic() < ends_at:
            time.sleep(0.2)
    assert told(receiver).keys() == posted
    by_comment: dict[str, set[str]] = {}
    for one in receiver.received:
        by_comment.setdefault(one.content["data"]["id"], set()).add(one.id)
    assert all(len(ids) == 1 for ids in by_comment.values())
