"""Read and change the thresholds of screening, which stand in one row; a transaction reads it once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from models.base import columns_of
from models.plain import execute_plain
from models.screening import SCREENING, ScreeningSettings
from models.versions import Expected, demand_version

_THRESHOLDS = select(*columns_of(ScreeningSettings)).where(columns_of(ScreeningSettings).name == SCREENING)


def thresholds(session: Session) -> Row[Any]:
    """Give the thresholds in force, by the names of their columns."""
    standing: Row[Any] | None = session.info.get(SCREENING)
    if standing is None:
        standing = session.info[SCREENING] = execute_plain(session, _THRESHOLDS, {}).one()
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
