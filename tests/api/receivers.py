"""Receive webhooks on loopback as another system would, answering as a test says."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import time_machine
from standardwebhooks.webhooks import Webhook as Verifier


@dataclass(frozen=True)
class Received:
    """Hold one request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Give the id of the message."""
        return self.headers["webhook-id"]

    @property
    def content(self) -> Any:
        """Give the body as it was parsed."""
        return json.loads(self.body)

    def verified(self, secret: str) -> Any:
        """Verify the signatures with the reference library at the time of the message; it raises for a wrong one."""
        with time_machine.travel(float(self.headers["webhook-timestamp"]), tick=False):
            return Verifier(secret).verify(self.body.decode(), self.headers)


@dataclass
class Receiver:
    """Answer with a status, after waiting where a test wants that, and remember what came."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    may_answer: threading.Event = field(default_factory=threading.Event)
    received: list[Received] = field(default_factory=list)

    def of_type(self, kind: str) -> list[Any]:
        """Give what came of one type, as it was parsed."""
        return [one.content for one in self.received if one.content["type"] == kind]


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Run a receiver for the length of a block."""
    receiver = Receiver()
    receiver.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(self.path, headers, body))
            receiver.may_answer.wait(10)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.may_answer.set()
            server.shutdown()
            thread.join()


@contextmanager
def answering(content: bytes) -> Iterator[str]:
    """Answer every connection with these bytes, whatever it asks, and leave it open; give the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                kept.append(connection)
                connection.recv(65536)
                connection.sendall(content)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in kept:
                connection.close()
