"""Keep what a phone must not lose in one SQLite file: replies that wait, copies of what was read, tokens.

Each method is one transaction, so that an app that is killed anywhere finds either all of a step or nothing of it.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    parent_id TEXT NOT NULL,
    words TEXT NOT NULL,
    is_tried INTEGER NOT NULL DEFAULT 0,
    comment_id TEXT UNIQUE,
    refusal TEXT
);
CREATE TABLE IF NOT EXISTS copies (
    place TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (place, type, id)
);
CREATE TABLE IF NOT EXISTS positions (place TEXT PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    access TEXT NOT NULL,
    refresh TEXT NOT NULL
);
"""

Thing = Mapping[str, Any]


class Tokens(NamedTuple):
    """Hold what a signed-in device has: one for requests, one to get the next pair with."""

    access: str
    refresh: str


class Reply(NamedTuple):
    """Hold a reply that waits; `is_tried` says that an answer may have been lost."""

    key: str
    parent_id: str
    words: str
    is_tried: bool


class Store:
    """Open the file of one account on one device."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {SCHEMA}")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def queue(self, parent_id: str, words: str) -> str:
        """Keep a reply to be sent and give its key, which is made here, once, and never again."""
        key = str(uuid4())
        self._change("INSERT INTO replies (key, parent_id, words) VALUES (?, ?, ?)", key, parent_id, words)
        return key

    def waiting(self) -> list[Reply]:
        """Give the replies that have no answer yet, the oldest first."""
        rows = self._connection.execute(
            "SELECT key, parent_id, words, is_tried FROM replies"
            " WHERE comment_id IS NULL AND refusal IS NULL ORDER BY number"
        )
        return [Reply(key, parent_id, words, bool(is_tried)) for key, parent_id, words, is_tried in rows]

    def refused(self) -> dict[str, str]:
        """Give the keys of the replies that the service refused, each with the code that says why."""
        return dict(self._connection.execute("SELECT key, refusal FROM replies WHERE refusal IS NOT NULL"))

    def note_try(self, key: str) -> None:
        """Remember that a reply is about to leave, before it does."""
        self._change("UPDATE replies SET is_tried = 1 WHERE key = ?", key)

    def settle(self, key: str, comment_id: str) -> None:
        """Remember which comment a reply became."""
        self._change("UPDATE replies SET comment_id = ? WHERE key = ?", comment_id, key)

    def refuse(self, key: str, code: str) -> None:
        """Remember that a reply will not be taken as it is; its words stay, to be shown."""
        self._change("UPDATE replies SET refusal = ? WHERE key = ?", code, key)

    def settle_from_copy(self, place: str) -> None:
        """Settle tried replies whose words stand among one's own comments already."""
        known = {row[0] for row in self._connection.execute("SELECT comment_id FROM replies")}
        standing = {
            (comment["in_reply_to"] or comment["parent_id"], comment["body"]): comment["id"]
            for comment in self.copy(place, "comment").values()
            if comment["id"] not in known
        }
        for reply in self.waiting():
            if reply.is_tried and (comment_id := standing.pop((reply.parent_id, reply.words), None)):
                self.settle(reply.key, comment_id)

    def position(self, place: str) -> int:
        """Give the number up to which a copy is complete; 0 where there is none yet."""
        row = self._connection.execute("SELECT seq FROM positions WHERE place = ?", [place]).fetchone()
        return row[0] if row else 0

    def take(self, place: str, changes: Iterable[Thing], seq: int) -> None:
        """Bring a copy forward: put each thing in the place of what stood under its id, or drop it."""
        with self._connection as connection:
            for change in changes:
                kind = change["type"]
                named = {"place": place, "type": kind, "id": change[kind]["id"], "content": json.dumps(change[kind])}
                put = "INSERT OR REPLACE INTO copies VALUES (:place, :type, :id, :content)"
                drop = "DELETE FROM copies WHERE place = :place AND type = :type AND id = :id"
                connection.execute(put if is_kept(change) else drop, named)
            connection.execute("INSERT OR REPLACE INTO positions VALUES (?, ?)", [place, seq])

    def drop(self, place: str) -> None:
        """Drop a copy whose number the service does not know, to begin anew."""
        with self._connection as connection:
            connection.execute("DELETE FROM copies WHERE place = ?", [place])
            connection.execute("DELETE FROM positions WHERE place = ?", [place])

    def copy(self, place: str, kind: str) -> dict[str, Any]:
        """Give the copies of one type by their ids."""
        rows = self._connection.execute("SELECT id, content FROM copies WHERE place = ? AND type = ?", [place, kind])
        return {name: json.loads(content) for name, content in rows}

    def tokens(self) -> Tokens | None:
        """Give the tokens; nothing where nobody is signed in."""
        row = self._connection.execute("SELECT access, refresh FROM tokens").fetchone()
        return Tokens(*row) if row else None

    def keep_tokens(self, tokens: Tokens) -> None:
        """Put new tokens in the place of the old ones, before they are used."""
        self._change("INSERT OR REPLACE INTO tokens VALUES (1, ?, ?)", *tokens)

    def _change(self, statement: str, *values: object) -> None:
        with self._connection as connection:
            connection.execute(statement, values)


def is_kept(change: Thing) -> bool:
    """Tell whether a change is to be kept: a thing of an article that is listed, or an own one that is still there."""
    is_gone_news = change["type"] == "notification" and "tombstone" in change["notification"]
    return bool(change.get("listed", not is_gone_news))
