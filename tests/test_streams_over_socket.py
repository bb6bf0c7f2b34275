"""Streams over sockets: cut ones lose nothing, and those that end are told so."""

import asyncio
import random
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlmodel import Session

from auth.accounts import NewAccount, create_account
from auth.tokens import SigningKeys, mint_access_token
from models.database import Database
from models.users import Role
from tests.processes import SECRET_KEYS, Caller, Process, running_process
from tests.service import CHEAP_HASHING, open_session
from tests.streaming import Reader, until

PASSWORD = "قمر فوق سطح البيت القديم"
DRILL = (pytest.mark.drill, pytest.mark.timeout(300))


def prepare(service: Process) -> tuple[Caller, str]:
    """Open an account beside the service and put up an article whose comments are public at once."""

    async def editor() -> tuple[UUID, UUID]:
        database = Database.open(service.database_url)
        try:
            return await database.write(_open_account)
        finally:
            await database.close()

    now = datetime.now(UTC)
    keys = SigningKeys.parse(SECRET_KEYS)
    user_id, session_id = asyncio.run(editor())
    token = mint_access_token(keys, user_id=user_id, session_id=session_id, roles=(), issuer=service.url, now=now)
    caller = service.caller()
    caller.client.headers["Authorization"] = f"Bearer {token}"
    new = {"title": "قمر", "discussion": {"moderation": "post"}}
    return caller, caller.call("POST", "/v1/articles", new, expect=201).json()["id"]


def _open_account(session: Session) -> tuple[UUID, UUID]:
    now = datetime.now(UTC)
    account = NewAccount("all@example.org", "أحد", "احد", "ar", CHEAP_HASHING.hash(PASSWORD))
    user = create_account(session, account, roles=frozenset({Role.EDITOR}), is_verified=True, now=now)
    return user.id, open_session(session, user.id, now)


def post(caller: Caller, article: str, words: str, parent: str | None = None) -> str:
    """Post a comment and give its id."""
    body = {"body": words, **({"parent_id": parent} if parent else {})}
    return str(caller.call("POST", f"/v1/articles/{article}/comments", body, expect=201).json()["id"])


def changes(caller: Caller, article: str) -> set[tuple[int, str]]:
    """Read what changed, as numbers and ids."""
    page = caller.call("GET", f"/v1/articles/{article}/changes?after=0", expect=200).json()
    assert not page["more"]
    return {(item["seq"], item[item["type"]]["id"]) for item in page["items"]}


@pytest.mark.parametrize(
    ("streams", "comments"), [pytest.param(8, 12, id="few"), pytest.param(100, 90, id="a hundred", marks=DRILL)]
)
def test_cut_streams_resume_without_loss_or_doubles(
    database_url: str, tmp_path: Path, streams: int, comments: int
) -> None:
    chance = random.Random(streams)

    async def act(service: Process, caller: Caller, article: str) -> list[Reader]:
        readers = [Reader(service.port, f"/v1/articles/{article}/stream", last_id="1") for _ in range(streams)]
        is_over = False

        async def keep(reader: Reader) -> None:
            while not is_over:
                await reader.follow()

        tasks = [asyncio.create_task(keep(reader)) for reader in readers]
        await until(lambda: all(reader.is_connected for reader in readers))
        parent = None
        for number in range(comments):
            said = await asyncio.to_thread(post, caller, article, f"رأي {number}", parent)
            parent = said if parent is None else None
            for reader in chance.sample(readers, max(1, streams // 8)):
                reader.cut()
        newest = str(max(changes(caller, article))[0])
        await until(lambda: all(f"id: {newest}\n" in reader.text for reader in readers), 30)
        is_over = True
        for reader in readers:
            reader.cut()
        await asyncio.gather(*tasks)
        return readers

    with running_process(database_url, tmp_path) as service:
        caller, article = prepare(service)
        readers = asyncio.run(act(service, caller, article))
        whole = {thing for thing in changes(caller, article) if thing[0] > 1}
    assert any(len(reader.statuses) > 1 for reader in readers)
    for reader in readers:
        assert set(reader.statuses) == {200}
        assert len(reader.seen) == len(set(reader.seen))
        # A parent that changed again meanwhile was also told at its older number.
        assert whole <= set(reader.seen)


@pytest.mark.parametrize("streams", [pytest.param(8, id="few"), pytest.param(64, id="64", marks=DRILL)])
def test_streams_are_told_to_come_back_and_no_request_fails_when_the_service_ends(
    database_url: str, tmp_path: Path, streams: int
) -> None:
    statuses: list[int] = []

    async def load(service: Process, headers: dict[str, str], article: str) -> None:
        async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=10) as client:
            while True:
                try:
                    answer = await client.post(f"/v1/articles/{article}/comments", json={"body": str(time.time_ns())})
                except httpx.ConnectError:
                    return  # The service takes no connections any more.
                except (httpx.RemoteProtocolError, httpx.ReadError):
                    return  # An idle connection was closed as the request went out, so nothing came of it.
                statuses.append(answer.status_code)

    async def act(service: Process, headers: dict[str, str], article: str) -> float:
        readers = [Reader(service.port, f"/v1/articles/{article}/stream") for _ in range(streams)]
        tasks = [asyncio.create_task(reader.follow()) for reader in readers]
        await until(lambda: all(reader.is_connected for reader in readers))
        loading = [asyncio.create_task(load(service, headers, article)) for _ in range(4)]
        await until(lambda: len(statuses) >= 8)
        began = time.monotonic()
        await asyncio.to_thread(service.end, signal.SIGTERM)
        ended = time.monotonic() - began
        await asyncio.gather(*tasks, *loading)
        for reader in readers:
            assert reader.ended_cleanly
            assert "\nretry: " in reader.text.rpartition(": the stream ends here")[2]
        return ended

    with running_process(database_url, tmp_path) as service:
        caller, article = prepare(service)
        headers = {"Authorization": caller.client.headers["Authorization"]}
        assert asyncio.run(act(service, headers, article)) < 10
        assert "request failed" not in service.log()
        service.start()
        standing = caller.call("GET", f"/v1/articles/{article}", expect=200).json()["counts"]["comments"]
    assert (set(statuses), len(statuses)) == ({201}, standing)
