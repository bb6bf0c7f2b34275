"""Prove the limits: what is granted, what is told, what is shared, and what happens without Redis."""

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from fastapi import Request
from structlog.testing import capture_logs

from api import counters, shared_counters
from api.counters import OwnCounters
from api.limits import LIMITS, SAID_EVERY, Limiter, LimitName, limit_headers
from api.shared_counters import PATIENCE, PAUSE, SharedCounters
from models.errors import RateLimited
from settings import Settings
from tests.redis_server import running_redis
from tests.service import PASSWORD, running_service

QUOTA = LIMITS["registration"].quota
MINUTE = timedelta(minutes=1)
FORM = "application/x-www-form-urlencoded"


class Clock:
    """Tell seconds that only a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by.total_seconds()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def a_request() -> Request:
    return Request({"type": "http", "headers": [], "state": {}})


def told(request: Request) -> dict[str, str]:
    return limit_headers(request.scope["state"].get("standings", ()))


async def spend(limiter: Limiter, times: int, name: LimitName = "registration", who: str = "192.0.2.1") -> int:
    """Spend so many times and say how often it was granted."""
    granted = 0
    for _ in range(times):
        try:
            await limiter.spend(name, who, a_request())
        except RateLimited:
            continue
        granted += 1
    return granted


def run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(story())  # type: ignore[arg-type]


class TestSpending:
    """What one process grants."""

    def test_each_use_says_what_is_left_and_until_when(self, clock: Clock) -> None:
        limiter, request = Limiter(clock=clock), a_request()
        asyncio.run(limiter.spend("write", "somebody", request))
        assert told(request) == {"RateLimit-Policy": '"write";q=120;w=60', "RateLimit": '"write";r=119;t=60'}
        clock.advance(timedelta(seconds=18))
        request = a_request()
        asyncio.run(limiter.spend("write", "somebody", request))
        assert told(request)["RateLimit"] == '"write";r=118;t=42'

    def test_the_quota_is_granted_and_no_more(self, clock: Clock) -> None:
        assert asyncio.run(spend(Limiter(clock=clock), QUOTA + 5)) == QUOTA

    def test_a_refusal_says_how_long_to_wait_and_where_one_stands(self, clock: Clock) -> None:
        limiter, request = Limiter(clock=clock), a_request()
        asyncio.run(spend(limiter, QUOTA))
        clock.advance(timedelta(seconds=20))
        with pytest.raises(RateLimited) as refusal:
            asyncio.run(limiter.spend("registration", "192.0.2.1", request))
        assert refusal.value.retry_after == timedelta(seconds=40)
        assert told(request)["RateLimit"] == '"registration";r=0;t=40'

    def test_a_window_that_ended_begins_anew(self, clock: Clock) -> None:
        limiter = Limiter(clock=clock)
        asyncio.run(spend(limiter, QUOTA))
        clock.advance(MINUTE)
        assert asyncio.run(spend(limiter, QUOTA + 1)) == QUOTA

    def test_others_are_not_counted_along(self, clock: Clock) -> None:
        limiter = Limiter(clock=clock)
        asyncio.run(spend(limiter, QUOTA))
        assert asyncio.run(spend(limiter, 1, who="192.0.2.2")) == 1

    def test_other_limits_are_not_counted_along(self, clock: Clock) -> None:
        limiter = Limiter(clock=clock)
        asyncio.run(spend(limiter, QUOTA))
        assert asyncio.run(spend(limiter, 1, name="sign_in")) == 1

    def test_a_request_that_spends_of_two_limits_is_told_both(self, clock: Clock) -> None:
        limiter, request = Limiter(clock=clock), a_request()

        async def story() -> None:
            await limiter.spend("recovery", "192.0.2.1", request)
            await limiter.spend("registration", "someone@example.org", request)

        run(story)
        assert told(request) == {
            "RateLimit-Policy": '"recovery";q=30;w=3600, "registration";q=30;w=60',
            "RateLimit": '"recovery";r=29;t=3600, "registration";r=29;t=60',
        }

    def test_workers_without_redis_grant_their_share_each(self, clock: Clock) -> None:
        limiter = Limiter(workers=4, clock=clock)
        assert asyncio.run(spend(limiter, QUOTA)) == QUOTA // 4

    def test_more_workers_than_quota_still_grant_something(self, clock: Clock) -> None:
        assert asyncio.run(spend(Limiter(workers=1_000, clock=clock), 3)) == 1

    def test_switched_off_everything_is_granted_and_nothing_told(self) -> None:
        limiter, request = Limiter.open(Settings(rate_limits=False)), a_request()

        async def story() -> None:
            assert await spend(limiter, QUOTA + 1) == QUOTA + 1
            await limiter.spend("registration", "192.0.2.1", request)

        run(story)
        assert told(request) == {}

    def test_a_misspelt_limit_is_a_mistake_and_not_a_free_pass(self) -> None:
        with pytest.raises(KeyError):
            asyncio.run(Limiter().spend("registrations", "192.0.2.1", a_request()))  # type: ignore[arg-type]

    def test_any_text_can_stand_for_somebody(self) -> None:
        asyncio.run(Limiter().spend("recovery", "\ud800@example.org", a_request()))


class TestOwnCounters:
    """Memory stays bounded."""

    def test_old_windows_are_dropped(self, clock: Clock) -> None:
        own = OwnCounters(clock)

        async def story() -> None:
            for number in range(100):
                await own.count(f"old {number}", MINUTE)
            clock.advance(MINUTE)
            await own.count("new", MINUTE)

        run(story)
        assert [len(kept) for kept in own._windows.values()] == [1]

    def test_no_more_is_left_of_a_window_than_its_length(self) -> None:
        began = 4.37
        assert began + 60.0 - began > 60.0
        assert asyncio.run(OwnCounters(lambda: began).count("key", MINUTE)).seconds_left == 60.0

    def test_past_the_bound_the_oldest_give_way(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counters, "MOST_KEYS", 10)
        own = OwnCounters(clock)

        async def story() -> None:
            for number in range(25):
                await own.count(f"key {number}", MINUTE)
            assert (await own.count("key 24", MINUTE)).spent == 2
            assert (await own.count("key 0", MINUTE)).spent == 1

        run(story)
        assert [len(kept) for kept in own._windows.values()] == [10]


@pytest.fixture
def silent_address() -> Iterator[str]:
    """Give the address of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as long as it takes, since a test may run beside many others."""
    monkeypatch.setattr(shared_counters, "PATIENCE", timedelta(seconds=30))


@pytest.mark.usefixtures("patience")
class TestRedis:
    """What processes grant together."""

    def test_processes_share_one_quota(self, redis_url: str) -> None:
        async def story() -> None:
            first, second = (Limiter.open(Settings(redis_url=redis_url), workers=2) for _ in range(2))
            assert await spend(first, QUOTA - 1) == QUOTA - 1
            request = a_request()
            await second.spend("registration", "192.0.2.1", request)
            assert told(request)["RateLimit-Policy"] == f'"registration";q={QUOTA};w=60'
            assert told(request)["RateLimit"].startswith('"registration";r=0;t=')
            assert await spend(first, 1) == 0
            assert await spend(second, 1) == 0
            await first.close()
            await second.close()

        run(story)

    def test_uses_at_the_same_moment_are_each_counted(self, redis_url: str) -> None:
        async def story() -> None:
            limiters = [Limiter.open(Settings(redis_url=redis_url)) for _ in range(2)]
            granted = await asyncio.gather(*(spend(limiters[number % 2], 1) for number in range(2 * QUOTA)))
            assert sum(granted) == QUOTA
            for limiter in limiters:
                await limiter.close()

        run(story)

    def test_a_count_ends_by_itself_and_names_nobody(self, redis_url: str) -> None:
        async def story() -> None:
            limiter = Limiter.open(Settings(redis_url=redis_url))
            await spend(limiter, 2, name="recovery", who="someone@example.org")
            await limiter.close()

        run(story)
        with redis.Redis.from_url(redis_url, decode_responses=True) as client:
            [key] = client.keys()
            assert 3_590_000 < client.pttl(key) <= 3_600_000
            assert "someone" not in key

    @pytest.mark.usefixtures("redis_address")
    def test_a_server_killed_in_the_middle_leaves_each_process_its_share(self, tmp_path: Path, clock: Clock) -> None:
        async def story(server: ExitStack) -> None:
            url = server.enter_context(running_redis(tmp_path))
            limiter = Limiter(SharedCounters(url, clock), workers=2, clock=clock)
            assert await spend(limiter, QUOTA) == QUOTA
            server.close()
            assert await spend(limiter, QUOTA) == QUOTA // 2
            await limiter.close()

        with ExitStack() as server:
            asyncio.run(story(server))

    def test_a_server_that_comes_back_is_asked_again_after_a_pause(self, redis_url: str, clock: Clock) -> None:
        async def story() -> None:
            shared = SharedCounters(redis_url, clock)
            limiter = Limiter(shared, workers=2, clock=clock)
            shared._asks_again_at = clock() + PAUSE.total_seconds()
            assert await spend(limiter, QUOTA) == QUOTA // 2
            clock.advance(PAUSE)
            assert await spend(limiter, QUOTA + 1) == QUOTA
            await limiter.close()

        run(story)

    def test_a_missing_server_is_told_once_a_minute(self, clock: Clock) -> None:
        async def story(limiter: Limiter) -> None:
            for _ in range(3):
                await spend(limiter, 2)
                clock.advance(SAID_EVERY / 2)
            await limiter.close()

        with capture_logs() as lines:
            asyncio.run(story(Limiter(SharedCounters("redis://127.0.0.1:9/0", clock), clock=clock)))
        assert [(line["log_level"], line["kind"]) for line in lines] == [("warning", "ConnectionError")] * 2


class TestSilentRedis:
    """What a server that hangs costs."""

    def test_a_server_that_says_nothing_is_waited_for_once_and_shortly(self, silent_address: str, clock: Clock) -> None:
        async def story() -> float:
            limiter = Limiter(SharedCounters(silent_address, clock), clock=clock)
            began = time.perf_counter()
            assert await spend(limiter, QUOTA) == QUOTA
            took = time.perf_counter() - began
            await limiter.close()
            return took

        assert PATIENCE.total_seconds() * 0.9 < asyncio.run(story()) < PATIENCE.total_seconds() * 3


ACCOUNT = {"email": "samira@example.org", "password": PASSWORD, "display_name": "سميرة", "locale": "ar"}
SIGN_IN = f"grant_type=password&username={ACCOUNT['email']}&password={PASSWORD}"
PROOF = {"email": ACCOUNT["email"], "password": PASSWORD}
# What anybody may send without a token, how it is answered, and the limit that it spends of.
SPENT: dict[str, tuple[str, Any, int, LimitName]] = {
    "an account": ("/v1/users", ACCOUNT, 201, "registration"),
    "a password": ("/v1/auth/token", SIGN_IN, 200, "sign_in"),
    "a refresh token": ("/v1/auth/token", "grant_type=refresh_token&refresh_token=none", 400, "refresh"),
    "a token that shall end": ("/v1/auth/revoke", "token=none", 200, "refresh"),
    "a mail": ("/v1/auth/password-reset", {"email": ACCOUNT["email"]}, 202, "recovery"),
    "a new password": ("/v1/auth/password-reset/confirm", {"token": "none", "password": PASSWORD}, 422, "sign_in"),
    "a new address": ("/v1/auth/email-verification/confirm", {"token": "none"}, 422, "sign_in"),
    "an export": ("/v1/auth/export", PROOF, 200, "sign_in"),
    "an erasure": ("/v1/auth/erasure", PROOF, 202, "sign_in"),
}


class TestService:
    """What is limited when nobody switches the limits off."""

    def test_every_request_without_a_token_is_answered_and_told_what_it_spent(
        self, database_url: str, tmp_path: Path
    ) -> None:
        with running_service(database_url, tmp_path, rate_limits=True) as service:
            for path, body, status, name in SPENT.values():
                is_form = isinstance(body, str)
                content = body if is_form else json.dumps(body)
                kind = {"Content-Type": FORM if is_form else "application/json"}
                answer = service.client.post(path, content=content, headers=kind)
                assert (path, answer.status_code) == (path, status)
                limit = LIMITS[name]
                policy = f'"{name}";q={limit.quota};w={limit.window // timedelta(seconds=1)}'
                assert answer.headers["RateLimit-Policy"].split(", ")[0] == policy
                assert answer.headers["RateLimit"].startswith(f'"{name}";r=')

    def test_what_somebody_writes_and_takes_along_is_told_too(self, database_url: str, tmp_path: Path) -> None:
        with running_service(database_url, tmp_path, rate_limits=True) as service:
            member, article = service.person(), service.article()
            posted = member.post(f"/v1/articles/{article['id']}/comments", {"body": "رأي"})
            assert (posted.status_code, posted.headers["RateLimit-Policy"]) == (201, '"write";q=120;w=60')
            taken = member.get("/v1/me/export")
            assert (taken.status_code, taken.headers["RateLimit-Policy"]) == (200, '"export";q=10;w=3600')


def test_every_limit_grants_something_and_says_why() -> None:
    grants: list[Any] = [
        (limit.quota > 0, limit.window > timedelta(0), limit.sentence[-1]) for limit in LIMITS.values()
    ]
    assert grants == [(True, True, ".")] * len(LIMITS)
