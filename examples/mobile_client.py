"""Speak to the service from a phone on a bad network: replies are neither lost nor doubled, copies stay current.

Needs httpx2 and nothing of the service. What each answer means stands in `STEPS` and in docs/mobile.md.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from typing import Any

import httpx2 as httpx

from examples.mobile_store import Reply, Store, Tokens

OWN = "/v1/me/changes"
NO_HEADERS: Mapping[str, str] = {}
OURS = ("application/json", "application/problem+json")


class Step(Enum):
    """Say what to do after an answer."""

    TAKE = auto()
    SHOW = auto()
    REFRESH = auto()
    AGAIN = auto()


# Whatever is not named here, and whatever did not come from the service itself, is asked again later.
STEPS = {
    200: Step.TAKE,
    201: Step.TAKE,
    401: Step.REFRESH,
    **dict.fromkeys((400, 403, 404, 409, 413, 415, 422), Step.SHOW),
}


class Unreachable(Exception):
    """Say that nothing came back for too long; everything that waits still does."""


class SignedOut(Exception):
    """Say that the session is over: sign in again, and deliver what waits."""


class Refusal(Exception):
    """Carry the code with which the service refused what was asked."""


@dataclass(frozen=True)
class Patience:
    """Say how long to wait between tries, in seconds, and how often to try.

    The longest pause has to be well below a minute: so long the answer to a refresh can be asked for again.
    """

    first: float = 0.5
    longest: float = 20.0
    tries: int = 10

    def pause(self, tries: int, chance: Random) -> float:
        """Draw the pause after so many failures, so that many phones do not come back at once."""
        return min(self.longest, self.first * 2.0**tries) * chance.uniform(0.5, 1)


class MobileClient:
    """Act for one account; `http` knows the address of the service and its time-outs."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        store: Store,
        *,
        chance: Random,
        patience: Patience = Patience(),
        at_once: int = 4,
    ) -> None:
        self._http, self._store = http, store
        self._chance, self._patience, self._at_once = chance, patience, at_once
        self._refreshing = asyncio.Lock()
        self._not_before = 0.0

    async def sign_in(self, email: str, password: str) -> None:
        """Open a session and keep its tokens; raises SignedOut when address or password are wrong."""
        await self._get_tokens({"grant_type": "password", "username": email, "password": password})

    async def deliver(self) -> None:
        """Send what waits, several replies at once, until each has its answer; raises Unreachable and SignedOut."""
        if any(reply.is_tried for reply in self._store.waiting()):
            # The service forgets keys after a day. A reply whose answer was lost before that stands among one's own.
            await self.catch_up_own()
            self._store.settle_from_copy(OWN)
        waiting = iter(self._store.waiting())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._at_once):
                    group.create_task(self._send_each(waiting))
        except* (Unreachable, SignedOut) as failures:
            raise failures.exceptions[0] from None

    async def catch_up(self, article_id: str) -> None:
        """Bring the copy of an article and its discussion forward; raises Unreachable and Refusal."""
        await self._catch_up(f"/v1/articles/{article_id}/changes")

    async def catch_up_own(self) -> None:
        """Bring the copy of one's own comments and notifications forward; raises Unreachable and SignedOut."""
        await self._catch_up(OWN)

    async def _send_each(self, waiting: Iterator[Reply]) -> None:
        for reply in waiting:
            self._store.note_try(reply.key)
            answer = await self._ask(
                "POST",
                f"/v1/comments/{reply.parent_id}/replies",
                json={"body": reply.words},
                headers={"Idempotency-Key": reply.key},
            )
            if step_after(answer) is Step.TAKE:
                self._store.settle(reply.key, answer.json()["id"])
            else:
                self._store.refuse(reply.key, code_of(answer))

    async def _catch_up(self, place: str) -> None:
        more = True
        while more:
            answer = await self._ask("GET", place, params={"after": self._store.position(place)})
            if step_after(answer) is not Step.TAKE:
                raise Refusal(code_of(answer))
            page = answer.json()
            more = page.get("reset") or page["more"]
            if page.get("reset"):
                self._store.drop(place)
            else:
                self._store.take(place, page["items"], page["seq"])

    async def _ask(
        self, method: str, path: str, *, headers: Mapping[str, str] = NO_HEADERS, **request: Any
    ) -> httpx.Response:
        """Ask as the one who is signed in, until there is an answer that another try would not change."""
        for _ in range(self._patience.tries):
            tokens = self._store.tokens()
            if tokens is None:
                raise SignedOut
            credentials = {"Authorization": f"Bearer {tokens.access}"}
            answer = await self._ask_as(method, path, headers={**headers, **credentials}, **request)
            if step_after(answer) is not Step.REFRESH:
                return answer
            await self._refresh(tokens)
        raise Unreachable

    async def _ask_as(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask again and again, with growing pauses; everything that is asked here may be asked twice."""
        for tries in range(self._patience.tries):
            await self._wait_turn()
            try:
                answer = await self._http.request(method, path, **request)
            except httpx.TransportError:
                # Nobody knows what became of it, so the same is asked again in the same words.
                await self._rest(tries)
                continue
            if step_after(answer) is not Step.AGAIN:
                return answer
            self._heed(answer)
            await self._rest(tries)
        raise Unreachable

    async def _refresh(self, stale: Tokens) -> None:
        """Replace tokens that no longer work, unless another request has just done so."""
        async with self._refreshing:
            if self._store.tokens() == stale:
                await self._get_tokens({"grant_type": "refresh_token", "refresh_token": stale.refresh})

    async def _get_tokens(self, form: dict[str, str]) -> None:
        answer = await self._ask_as("POST", "/v1/auth/token", data=form)
        if step_after(answer) is not Step.TAKE:
            raise SignedOut
        given = answer.json()
        self._store.keep_tokens(Tokens(given["access_token"], given["refresh_token"]))

    def _heed(self, answer: httpx.Response) -> None:
        """Keep everything back for as long as the service asks, since its limits count a user's requests together."""
        asked = answer.headers.get("retry-after", "")
        seconds = int(asked) if asked.isdecimal() else 0
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)

    async def _rest(self, tries: int) -> None:
        await asyncio.sleep(self._patience.pause(tries, self._chance))

    async def _wait_turn(self) -> None:
        while (wait := self._not_before - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(wait + self._chance.uniform(0, self._patience.first))


def step_after(answer: httpx.Response) -> Step:
    """Decide what an answer asks for; pages that a network puts in its place are no answer."""
    if answer.headers.get("content-type", "").partition(";")[0] not in OURS:
        return Step.AGAIN
    if answer.status_code == 409 and code_of(answer) == "idempotency_in_progress":
        return Step.AGAIN
    return STEPS.get(answer.status_code, Step.AGAIN)


def code_of(refused: httpx.Response) -> str:
    """Read the stable code of a refusal."""
    return str(refused.json()["code"])
