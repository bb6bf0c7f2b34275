"""Write server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream)."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

BEAT: Final = b":\n\n"


class Event(NamedTuple):
    """Hold one event: its type and what goes with it."""

    type: str
    data: Any


def batch(number: int, events: Sequence[Event]) -> bytes:
    """Write all events of one number; only the last names it, so that a cut between them loses none."""
    *before, last = (_lines(event) for event in events)
    return b"".join([*(lines + b"\n" for lines in before), last, b"id: %d\n\n" % number])


def opening(number: int, *, retry: int) -> bytes:
    """Tell a client where it stands, so that it goes on from there after a cut, and when to come back (in ms)."""
    return b"retry: %d\nid: %d\n\n" % (retry, number)


def reset(number: int) -> bytes:
    """Tell a client that the number it named is none of ours, and that the stream goes on after another."""
    return batch(number, [Event("reset", {"reset": True, "seq": number})])


def farewell(*, retry: int) -> bytes:
    """Tell a client that the stream ends here and that it should come back."""
    return b": the stream ends here, connect again\nretry: %d\n\n" % retry


def _lines(event: Event) -> bytes:
    return b"event: %s\ndata: %s\n" % (event.type.encode(), orjson.dumps(event.data))
