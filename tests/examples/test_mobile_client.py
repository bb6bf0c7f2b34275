"""Drive the mobile client through a bad line: each reply becomes one comment, and its copies are the server's."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import uuid4

import httpx2 as httpx
import pytest

from api.idempotency import KEPT_FOR, forget_old_answers
from examples.mobile_client import OWN, MobileClient, Patience, SignedOut, Step, Unreachable, step_after
from examples.mobile_store import Store, Tokens
from models.database import Database
from tests.bad_line import Cut, Fate, Weather, bad_line
from tests.examples.phones import EMAIL, PASSWORD, Phone, open_account
from tests.processes import Caller, Process, running_process
from tests.service import until_older_transactions_end
from tests.test_streams_over_socket import post, prepare

QUICK = Patience(first=0.005, longest=0.1, tries=15)
STORMY = (0.4, (0.0, 0.02))
FAR = (0.05, (0.3, 2.0))
DRILL = (pytest.mark.drill, pytest.mark.timeout(1_500))


def withdraw(caller: Caller, comment: str) -> None:
    """Withdraw one's own comment."""
    path = f"/v1/comments/{comment}"
    tag = caller.call("GET", path, expect=200).headers["etag"]
    caller.call("DELETE", path, expect=204, If_Match=tag)


def reject(editor: Caller, comment: str) -> None:
    """Decide against a public comment."""
    case = editor.call("POST", f"/v1/comments/{comment}/cases", {"reason": "off_topic"}, expect=201).json()
    ruling = {"verdict": "reject", "revision": 1, "reason": "off_topic"}
    editor.call("POST", f"/v1/moderation/cases/{case['id']}/decisions", ruling, expect=201)


async def until_told(service: Process) -> None:
    """Wait until all that was written is told of one's own."""
    database = Database.open(service.database_url)
    await until_older_transactions_end(database)
    await database.close()


@pytest.mark.parametrize(
    ("number", "weather", "patience", "at_once"),
    [
        pytest.param(40, STORMY, QUICK, 6, id="forty in a storm"),
        pytest.param(2_000, FAR, Patience(), 48, id="two thousand from far", marks=DRILL),
    ],
)
def test_replies_over_bad_line_become_one_comment_each_and_copies_equal_the_servers(
    database_url: str,
    tmp_path: Path,
    number: int,
    weather: tuple[float, tuple[float, float]],
    patience: Patience,
    at_once: int,
) -> None:
    phone = Phone(tmp_path / "phone.db", patience, at_once=at_once)

    async def let_tokens_lapse(service: Process) -> None:
        lapsed = None
        for left in (number // 2, number // 3, number // 4):
            while len(phone.store.waiting()) > left or phone.store.tokens() == lapsed:
                await asyncio.sleep(0.02)
            lapsed = phone.let_token_lapse(service)

    async def act(service: Process, editor: Caller, article: str) -> Counter[Cut]:
        parents = [post(editor, article, f"سؤال {count}") for count in range(4)]
        owner = open_account(service)
        async with bad_line(service.port, Weather(Random(number), *weather)) as line:
            async with phone.app(line.port) as app:
                await app.sign_in(EMAIL, PASSWORD)
                await app.catch_up(article)
            words = phone.queue(parents[0], number)
            async with phone.app(line.port) as app:
                delivery = asyncio.create_task(app.deliver())
                while len(phone.store.waiting()) > number - number // 4:
                    await asyncio.sleep(0.02)
                delivery.cancel()
                await asyncio.wait([delivery])
            assert phone.store.waiting()
            async with phone.app(line.port) as app:
                await asyncio.gather(app.deliver(), let_tokens_lapse(service))
                await app.catch_up(article)
                await until_told(service)
                await app.catch_up_own()
                assert (phone.store.waiting(), phone.store.refused()) == ([], {})
                thread = phone.demand_equal(owner, article)
                said = {comment["body"]: name for name, comment in thread.items() if comment["parent_id"]}
                assert Counter(comment["body"] for comment in thread.values() if comment["parent_id"]) == Counter(words)
                reject(editor, said[words[0]])
                withdraw(owner, said[words[1]])
                withdraw(editor, parents[0])
                withdraw(editor, parents[1])
                await app.catch_up(article)
                await until_told(service)
                await app.catch_up_own()
                thread = phone.demand_equal(owner, article)
                assert thread[parents[0]]["tombstone"] == "withdrawn"
                assert thread.keys().isdisjoint({parents[1], said[words[0]], said[words[1]]})
            return line.cuts

    with running_process(database_url, tmp_path) as service:
        cuts = asyncio.run(act(service, *prepare(service)))
    phone.store.close()
    assert set(cuts) == set(Cut)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_phone_goes_on_after_lost_tokens_answers_keys_and_positions(database_url: str, tmp_path: Path) -> None:
    phone = Phone(tmp_path / "phone.db", QUICK, at_once=8)
    fates: list[Cut] = []

    def draw() -> Fate:
        return (fates.pop(0) if fates else Cut.NOWHERE, 0.0, 0.0)

    async def act(service: Process, editor: Caller, article: str) -> None:
        parent = post(editor, article, "سؤال")
        owner = open_account(service)
        async with bad_line(service.port, draw) as line, phone.app(line.port) as app:
            await app.sign_in(EMAIL, PASSWORD)
            asked = await settled_token_requests(service)

            # Eight requests find at once that the token is over: one refresh serves them all.
            phone.queue(parent, 8)
            phone.let_token_lapse(service)
            await app.deliver()
            assert token_requests(service) == asked + 1

            # The answer to a refresh is lost, twice: the session goes on.
            phone.let_token_lapse(service)
            fates[:] = [Cut.NOWHERE, Cut.UNANSWERED, Cut.HALFWAY]
            await app.catch_up_own()
            assert (fates, token_requests(service)) == ([], asked + 4)

            # The answer to a reply was lost so long ago that its key is forgotten: its words stand, and stand once.
            phone.store.queue(parent, "رد قديم")
            fates[:] = [Cut.UNANSWERED] * QUICK.tries
            with pytest.raises(Unreachable):
                await app.deliver()
            await forget_keys(service)
            await app.deliver()
            assert (phone.store.waiting(), phone.store.refused()) == ([], {})

            # A number that was never given, as after the service came back from a copy of last night.
            for place in (OWN, f"/v1/articles/{article}/changes"):
                phone.store.take(place, [stale_change()], 2**40)
            await app.catch_up(article)
            await app.catch_up_own()
            assert [comment["body"] for comment in phone.demand_equal(owner, article).values()].count("رد قديم") == 1

            # What is refused is kept and not sent again.
            refused = phone.store.queue(str(uuid4()), "رد على لا شيء")
            await app.deliver()
            assert phone.store.refused() == {refused: "not_found"}

            # Whoever was signed out from afar keeps what waits until they are back.
            phone.store.queue(parent, "رد أخير")
            for session in owner.call("GET", "/v1/auth/sessions", expect=200).json()["items"]:
                if not session["current"]:
                    owner.call("DELETE", f"/v1/auth/sessions/{session['id']}", expect=204)
            with pytest.raises(SignedOut):
                await app.deliver()
            [waiting] = phone.store.waiting()
            await app.sign_in(EMAIL, PASSWORD)
            await app.deliver()
            assert (waiting.words, phone.store.waiting()) == ("رد أخير", [])

    with running_process(database_url, tmp_path) as service:
        asyncio.run(act(service, *prepare(service)))
    phone.store.close()


async def forget_keys(service: Process) -> None:
    """Forget the keys of today, as the service does after a day."""
    database = Database.open(service.database_url)
    await database.write(forget_old_answers, now=datetime.now(UTC) + 2 * KEPT_FOR)
    await database.close()


def token_requests(service: Process) -> int:
    """Count how often tokens were asked for."""
    return len(re.findall(r'"route": ?"/v1/auth/token"', service.log()))


async def settled_token_requests(service: Process) -> int:
    """Count them once no more are being recorded, which happens after their answers."""
    before, now = -1, token_requests(service)
    while before != now:
        await asyncio.sleep(0.2)
        before, now = now, token_requests(service)
    return now


def stale_change() -> dict[str, object]:
    """Make the change of a comment that nobody else has."""
    return {"type": "comment", "listed": True, "comment": {"id": "stale"}}


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "media_type", "code", "expected"),
        [
            pytest.param(201, "application/json", "", Step.TAKE, id="a reply that was taken is settled"),
            pytest.param(200, "text/html", "", Step.AGAIN, id="a page of the hotel's network is no answer"),
            pytest.param(
                401, "application/problem+json", "token_expired", Step.REFRESH, id="a lapsed token is replaced"
            ),
            pytest.param(404, "application/problem+json", "not_found", Step.SHOW, id="a refusal is shown"),
            pytest.param(404, "text/html", "", Step.AGAIN, id="a gateway that knows no service is asked again"),
            pytest.param(
                409, "application/problem+json", "discussion_closed", Step.SHOW, id="a closed discussion is shown"
            ),
            pytest.param(
                409,
                "application/problem+json",
                "idempotency_in_progress",
                Step.AGAIN,
                id="a first try that still runs is waited for",
            ),
            pytest.param(429, "application/problem+json", "rate_limited", Step.AGAIN, id="too much is sent later"),
            pytest.param(500, "application/problem+json", "internal_error", Step.AGAIN, id="a failure may pass"),
            pytest.param(503, "application/problem+json", "overloaded", Step.AGAIN, id="a full service has room later"),
            pytest.param(
                507, "application/problem+json", "storage_full", Step.AGAIN, id="a full disk is emptied some day"
            ),
        ],
    )
    def test_answer_asks_for_a_step(self, status: int, media_type: str, code: str, expected: Step) -> None:
        answer = httpx.Response(status, headers={"Content-Type": media_type}, json={"code": code})
        assert step_after(answer) is expected

    def test_wait_that_the_service_asks_for_holds_back_every_request(self, tmp_path: Path) -> None:
        asked: list[float] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(time.monotonic())
            if len(asked) == 1:
                return httpx.Response(429, headers={"Retry-After": "1"}, json={"code": "rate_limited"})
            return httpx.Response(201, json={"id": str(uuid4())})

        deliver_to(answer, tmp_path, replies=3)
        assert len(asked) == 4
        assert min(asked[1:]) - asked[0] >= 1

    def test_service_that_never_answers_leaves_everything_waiting(self, tmp_path: Path) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no network")

        with pytest.raises(Unreachable):
            deliver_to(answer, tmp_path, replies=3)
        store = Store(tmp_path / "phone.db")
        assert len(store.waiting()) == 3
        store.close()

    def test_pauses_grow_to_a_limit_and_differ(self) -> None:
        patience, chance = Patience(first=1, longest=8), Random(1)
        pauses = [patience.pause(tries, chance) for tries in (0, 1, 2, 3, 9)]
        assert all(low <= pause <= 2 * low for pause, low in zip(pauses, (0.5, 1, 2, 4, 4), strict=True))
        assert patience.pause(0, chance) != patience.pause(0, chance)


def deliver_to(answer: Callable[[httpx.Request], httpx.Response], folder: Path, *, replies: int) -> None:
    """Deliver so many replies, two at once, to something that only answers."""

    async def act() -> None:
        store = Store(folder / "phone.db")
        store.keep_tokens(Tokens("access", "refresh"))
        for number in range(replies):
            store.queue("parent", f"رد {number}")
        try:
            async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://forum") as http:
                await MobileClient(
                    http, store, chance=Random(1), patience=Patience(0.001, 0.01, 3), at_once=2
                ).deliver()
        finally:
            store.close()

    asyncio.run(act())
