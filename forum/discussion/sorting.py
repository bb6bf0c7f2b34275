"""Name the orders of a thread."""

from enum import StrEnum


class Sort(StrEnum):
    """Name the orders of a thread's roots; replies stay under their root in conversation order."""

    CONVERSATION = "conversation"
    NEWEST = "newest"
    TOP = "top"
