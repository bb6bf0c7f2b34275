"""Read and change the thresholds of screening, which stand in one row; a transaction reads it once."""

from collections.abc import Mapping

from sqlmodel import Session

from models.screening import SCREENING, ScreeningSettings
from models.versions import Expected, demand_version


def thresholds(session: Session) -> ScreeningSettings:
    """Give the thresholds in force."""
    standing = session.info.get(SCREENING)
    if standing is None:
        standing = session.info[SCREENING] = session.get_one(ScreeningSettings, SCREENING)
    assert isinstance(standing, ScreeningSettings)  # noqa: S101
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
