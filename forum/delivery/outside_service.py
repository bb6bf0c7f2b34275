"""Ask the outside service that looks at words: one signed POST, one short answer in JSON."""

import json
import ssl
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from forum.delivery.outbox import DeliveryFailed
from forum.delivery.signatures import signature_headers

TIMEOUT_SECONDS = 5
LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True)
class OutsideService:
    """Name an outside service and the secret that it knows us by."""

    url: str
    secret: bytes

    def ask(self, job_id: UUID, question: dict[str, Any], *, now: datetime) -> Any:
        """Give the service's answer as it was parsed; raise DeliveryFailed for anything but 200 with JSON in time.

        Redirects are not followed. The job's id is the message's, so that a service knows a second try.
        """
        body = json.dumps(question, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **signature_headers([self.secret], str(job_id), body, now=now)}
        connection = self._connection()
        try:
            connection.request("POST", self._target, body, headers)
            response = connection.getresponse()
            answer = response.read(LONGEST_ANSWER + 1)
            if response.status != 200 or len(answer) > LONGEST_ANSWER:
                raise DeliveryFailed(f"status {response.status}")
            return json.loads(answer)
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            raise DeliveryFailed(type(error).__name__) from error
        finally:
            connection.close()

    @property
    def _target(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"

    def _connection(self) -> HTTPConnection:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return HTTPSConnection(host, parts.port, timeout=TIMEOUT_SECONDS, context=context)
        return HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)
