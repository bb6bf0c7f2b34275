"""Serve the least that could be served: the same bytes from a bare ASGI application, the same rows by raw statements.

Run by `bench.service`, which names in FLOOR the folder with what to serve.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import Depends, FastAPI, Request
from sqlmodel import Session
from starlette.types import Receive, Scope, Send

from auth.tokens import SigningKeys, read_access_token
from models.database import Database

FOLDER = Path(os.environ.get("FLOOR", "."))


class Bare:
    """Answer with pages, headers and all, as they were taken from the service; `/3` is the page in `page3.json`."""

    def __init__(self) -> None:
        files = {f"/{file.stem.removeprefix('page')}": file for file in FOLDER.glob("page*.json")}
        self._pages = {path: _messages(json.loads(file.read_text())) for path, file in files.items()}
        self._missing = _messages({"status": 404, "headers": [("content-length", "0")], "body": ""})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page."""
        if scope["type"] == "http":
            start, body = self._pages.get(scope["path"], self._missing)
            await send(start)
            await send(body)


def _messages(page: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    headers = [(name.encode(), value.encode()) for name, value in page["headers"]]
    start = {"type": "http.response.start", "status": page["status"], "headers": headers}
    return start, {"type": "http.response.body", "body": bytes.fromhex(page["body"])}


def bare() -> Bare:
    """Make the bare application."""
    return Bare()


def posting() -> FastAPI:
    """Make a FastAPI route that checks the token and commits what one comment leaves behind, by raw statements."""
    given: dict[str, Any] = json.loads((FOLDER / "posting.json").read_text())
    database = Database.open(given["database_url"])
    keys = SigningKeys.parse(given["keys"])

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await database.close()

    async def caller(request: Request) -> str:
        token = request.headers["authorization"].removeprefix("Bearer ")
        claims = read_access_token(keys, token, issuer=given["issuer"], now=datetime.now(UTC))
        await database.lookup(lambda session: _run(session, given["identity"], [_key(session, claims.session_id)]))
        return str(claims.user_id)

    application = FastAPI(lifespan=lifespan)

    @application.post("/{path:path}", status_code=201)
    async def post(request: Request, author: str = Depends(caller)) -> dict[str, str]:
        body = await request.json()
        comment = uuid4()

        def verb(session: Session) -> None:
            names = {given["comment"]: _key(session, comment), given["case"]: _key(session, uuid4())}
            for statement, values in given["rows"]:
                _run(session, statement, [names.get(value, value) for value in values])

        await database.write_briefly(verb)
        return {"id": str(comment), "body": body["body"], "author": author}

    return application


def _run(session: Session, statement: str, values: list[Any]) -> None:
    session.connection().exec_driver_sql(statement, tuple(values))


def _key(session: Session, value: Any) -> str:
    return value.hex if session.get_bind().dialect.name == "sqlite" else str(value)
