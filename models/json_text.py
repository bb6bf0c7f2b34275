"""Write JSON columns as compact UTF-8 text, so that they can go out again as they stand."""

from typing import Any

import orjson


def write_json(value: Any) -> str:
    """Write a value of a JSON column."""
    return orjson.dumps(value).decode()
