"""Hold a phone of a test: its file, its app that may be killed and opened again, and what to compare it with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2 as httpx

from auth.tokens import ACCESS_LIFETIME, SigningKeys, mint_access_token, read_access_token
from examples.mobile_client import OWN, MobileClient, Patience
from examples.mobile_store import Store, Tokens
from tests.processes import SECRET_KEYS, Caller, Process

PASSWORD = "غيمة بعيدة فوق جسر المدينة"
EMAIL = "phone@example.org"


class Phone:
    """Hold a phone's file, and run its app."""

    def __init__(self, path: Path, patience: Patience, *, at_once: int) -> None:
        self._path, self._patience, self._at_once = path, patience, at_once
        self.store = Store(path)

    @asynccontextmanager
    async def app(self, port: int) -> AsyncIterator[MobileClient]:
        """Run the app for the length of a block, with its file opened anew, as after a kill."""
        self.store.close()
        self.store = Store(self._path)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=15) as http:
                client = MobileClient(
                    http, self.store, chance=Random(1), patience=self._patience, at_once=self._at_once
                )
                yield client
        finally:
            self.store.close()
            self.store = Store(self._path)

    def queue(self, parent: str, number: int) -> list[str]:
        """Write so many replies while there is no network; give their words."""
        words = [f"رد رقم {count}" for count in range(number)]
        for text in words:
            self.store.queue(parent, text)
        return words

    def let_token_lapse(self, service: Process) -> Tokens:
        """Put an access token whose time is over in the place of the one that is good, and give what now stands."""
        tokens = self.store.tokens()
        assert tokens is not None
        keys, now = SigningKeys.parse(SECRET_KEYS), datetime.now(UTC)
        claims = read_access_token(keys, tokens.access, issuer=service.url, now=now)
        access = mint_access_token(
            keys,
            user_id=claims.user_id,
            session_id=claims.session_id,
            roles=(),
            issuer=service.url,
            now=now - ACCESS_LIFETIME - timedelta(minutes=1),
        )
        lapsed = Tokens(access, tokens.refresh)
        self.store.keep_tokens(lapsed)
        return lapsed

    def demand_equal(self, caller: Caller, article: str) -> dict[str, Any]:
        """Demand that its copies are what the service shows its owner; give the thread."""
        thread = listed(caller, f"/v1/articles/{article}/comments")
        assert self.store.copy(f"/v1/articles/{article}/changes", "comment") == thread
        assert self.store.copy(OWN, "comment") == listed(caller, "/v1/me/comments")
        assert self.store.copy(OWN, "notification") == listed(caller, "/v1/me/notifications")
        return thread


def open_account(service: Process) -> Caller:
    """Open the account of the phone's owner and sign in on another device of theirs."""
    new = {"email": EMAIL, "password": PASSWORD, "display_name": "كاتب", "locale": "ar"}
    service.caller().call("POST", "/v1/users", new, expect=201)
    return service.caller(EMAIL, PASSWORD)


def listed(caller: Caller, path: str) -> dict[str, Any]:
    """Read a whole list, by id; nothing may be there twice."""
    found: dict[str, Any] = {}
    cursor = ""
    while True:
        page = caller.call("GET", f"{path}?limit=100{cursor}", expect=200).json()
        assert not found.keys() & {thing["id"] for thing in page["items"]}
        found |= {thing["id"]: thing for thing in page["items"]}
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"
