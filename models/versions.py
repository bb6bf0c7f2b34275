"""Compare the version that a client read with the one that stands."""

from typing import Final

from models.errors import Stale

Expected = frozenset[int] | None
ANY: Final = None


def demand_version(expected: Expected, actual: int) -> None:
    """Raise Stale unless the client named the version that stands (ANY names every one)."""
    if expected is not ANY and actual not in expected:
        raise Stale
