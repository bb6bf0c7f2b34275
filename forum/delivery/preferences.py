"""Keep which notifications come by mail, for each kind: at once or not."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session

from models.base import columns_of
from models.errors import Refused
from models.notifications import NotificationKind, NotificationSetting
from models.plain import Plain
from models.upserts import insert_once
from models.versions import Expected, demand_version


class Pace(StrEnum):
    """Name when a notification comes by mail."""

    AT_ONCE = "at_once"
    OFF = "off"


# The letter about a credential that ends soon is sent to every expert, whatever they chose.
CHOOSABLE = tuple(kind for kind in NotificationKind if kind is not NotificationKind.CREDENTIAL_EXPIRING)
OFF_AT_FIRST = frozenset({NotificationKind.NEW_COMMENT})
USUAL: Mapping[str, Pace] = {kind: Pace.OFF if kind in OFF_AT_FIRST else Pace.AT_ONCE for kind in CHOOSABLE}

_SETTINGS = columns_of(NotificationSetting)
_CHOICES = select(_SETTINGS.user_id, _SETTINGS.choices)
_OF_ONE = Plain(_CHOICES.where(_SETTINGS.user_id == bindparam("user_id")))


def pace_of(chosen: Mapping[str, str], kind: NotificationKind) -> Pace:
    """Give when a kind comes by mail to whoever chose this."""
    return Pace(chosen.get(kind, USUAL.get(kind, Pace.OFF)))


def read_settings(session: Session, user_id: UUID) -> NotificationSetting:
    """Give what somebody chose, or nothing, as version 0, where they chose nothing yet."""
    return session.get(NotificationSetting, user_id) or NotificationSetting(user_id=user_id, choices={}, version=0)


def choose_settings(
    session: Session,
    choices: Mapping[str, str],
    *,
    user_id: UUID,
    expected: Expected,
    is_conditional: bool,
) -> tuple[NotificationSetting, bool]:
    """Choose for all kinds; give the choice and whether it is the first. Raises precondition_required, Stale."""
    chosen = session.get(NotificationSetting, user_id, with_for_update=True)
    if chosen is None:
        if is_conditional:
            demand_version(expected, 0)
        chosen, is_first = _choose_first(session, user_id, choices)
        if is_first:
            return chosen, True
    if not is_conditional:
        raise Refused("precondition_required")
    demand_version(expected, chosen.version)
    chosen.choices, chosen.version = dict(choices), chosen.version + 1
    session.flush()
    return chosen, False


def switch_off(session: Session, user_id: UUID, kind: NotificationKind) -> None:
    """Send no more mails of a kind, as one click asks."""
    chosen = session.get(NotificationSetting, user_id, with_for_update=True)
    if chosen is None:
        chosen, _ = _choose_first(session, user_id, {kind.value: Pace.OFF})
    if pace_of(chosen.choices, kind) is not Pace.OFF:
        chosen.choices, chosen.version = {**chosen.choices, kind.value: Pace.OFF}, chosen.version + 1
    session.flush()


def _choose_first(session: Session, user_id: UUID, choices: Mapping[str, str]) -> tuple[NotificationSetting, bool]:
    """Keep a first choice unless another was made meanwhile; give the one that stands and whether it is this."""
    row = NotificationSetting(user_id=user_id, choices=dict(choices))
    is_first = insert_once(session, NotificationSetting, row.model_dump())
    return session.get_one(NotificationSetting, user_id, with_for_update=True), is_first


def wanting_mail(session: Session, kind: NotificationKind, user_ids: Collection[UUID]) -> set[UUID]:
    """Give those of some users who want mails of a kind."""
    if len(user_ids) == 1:
        # Nearly every decision tells one person alone.
        [only] = user_ids
        rows: Sequence[Any] = _OF_ONE.rows(session, {"user_id": only})
    else:
        rows = session.execute(_CHOICES.where(_SETTINGS.user_id.in_(user_ids))).all()
    chosen = {row.user_id: row.choices for row in rows}
    return {user_id for user_id in user_ids if pace_of(chosen.get(user_id, {}), kind) is Pace.AT_ONCE}
