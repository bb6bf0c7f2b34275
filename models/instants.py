"""Write instants in one form wherever they stand."""

from datetime import UTC, datetime


def format_instant(value: datetime) -> str:
    """Write an instant as RFC 3339 in UTC, with microseconds and `Z`."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
