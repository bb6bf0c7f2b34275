"""Read and change the thresholds of screening, which stand in one row; a transaction reads it once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.base import columns_of
from models.plain import Plain
from models.screening import SCREENING, ScreeningSettings
from models.versions import Expected, demand_version

_THRESHOLDS = Plain(select(*columns_of(ScreeningSettings)).where(columns_of(ScreeningSettings).name == SCREENING))


def thresholds(session: Session) -> Any:
    """Give the thresholds in force, by the names of their columns; raise LookupError where there are none."""
    standing = session.info.get(SCREENING)
    if standing is None:
        standing = session.info[SCREENING] = _THRESHOLDS.first(session, {})
    if standing is None:
        raise LookupError(SCREENING)
    return standing


def change_thresholds(session: Session, values: Mapping[str, int], *, expected: Expected) -> ScreeningSettings:
    """Set the named thresholds; raise Stale."""
    standing = session.get_one(ScreeningSettings, SCREENING, with_for_update=True)
    demand_version(expected, standing.version)
    for name, value in values.items():
        setattr(standing, name, value)
    standing.version += 1
    session.flush()
    return standing
