"""Read JSON that means the same to every reader (RFC 8259, RFC 7493), within bounds that our bodies never reach."""

import json
from typing import Any

import orjson

# A hundred decisions at once are seven hundred values; thousands of unknown fields would take the validator seconds.
MOST_VALUES = 2_000


class NotPlain(ValueError):
    """Say that a body is not JSON as we take it."""


def read_json(body: bytes) -> Any:
    """Parse UTF-8 without NaN, lone surrogates, a member named twice, deep nesting or very many values.

    Raises NotPlain.
    """
    try:
        parsed = orjson.loads(body)
        if _has_many_values(parsed):
            raise NotPlain
        # Of two members with one name each reader may take another, and the first parser does not tell.
        json.loads(body, object_pairs_hook=_demand_unique)
    except (ValueError, RecursionError):
        raise NotPlain from None
    return parsed


def _has_many_values(parsed: Any) -> bool:
    waiting, counted = [parsed], 0
    while waiting and counted <= MOST_VALUES:
        value = waiting.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        counted += len(inner)
        waiting.extend(inner)
    return counted > MOST_VALUES


def _demand_unique(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise NotPlain
