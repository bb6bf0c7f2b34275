"""Hold what requests need from the process: settings, data, keys, hashing, limits and the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from api.limits import Limiter
from auth.passwords import PasswordHashing
from auth.tokens import SigningKeys
from models.database import Database
from settings import Settings


@dataclass(frozen=True)
class Services:
    """Hold one process's parts; a test puts its own clock here."""

    settings: Settings
    database: Database
    replica: Database | None
    keys: SigningKeys
    hashing: PasswordHashing
    limiter: Limiter
    clock: Callable[[], datetime]


def services_of(request: Request) -> Services:
    """Give the parts that the application was started with."""
    services = request.app.state.services
    assert isinstance(services, Services)  # noqa: S101
    return services
