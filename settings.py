"""Read the environment once into one frozen value; nothing else reads it."""

import os
import secrets
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from auth.tokens import SigningKeys
from forum.delivery.signatures import secret_bytes

PREFIX = "FORUM_"
Names = Annotated[tuple[str, ...], NoDecode]
NOWHERE_ELSE = "http://127.0.0.1:8000"
WEB: Final = ("http", "https")
SCHEMES: Final = {
    "public_url": WEB,
    "screening_url": WEB,
    "smtp_url": ("smtp", "smtps"),
    "redis_url": ("redis", "rediss"),
}


class WrongSetting(ValueError):
    """Say which variable is wrong and why, without its value, which may be a secret."""


class Settings(BaseSettings):
    """Say how this process runs; every field is the variable `FORUM_` plus its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    database_url: str = "sqlite:///var/forum.db"
    database_read_url: str | None = None
    redis_url: str | None = None
    secret_keys: str = ""
    public_url: str = NOWHERE_ELSE
    issuer: str | None = None
    cors_origins: Names = ()
    trusted_proxies: Names = ()
    smtp_url: str | None = None
    mail_folder: Path = Path("var/mail")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    rate_limits: bool = True
    screening_url: str | None = None
    screening_secret: str | None = None
    webhook_allow_private: bool = False
    cdn_seconds: int = Field(default=0, ge=0)
    metrics_token: str | None = None
    workers: int = Field(default=1, ge=1)
    relay: bool = True
    institute_name: str | None = None

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def split_names(cls, value: object) -> object:
        """Take a list from one variable, its members divided by commas or spaces."""
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("redis_url", "smtp_url", "screening_url")
    @classmethod
    def take_nothing_for_none(cls, value: str | None) -> str | None:
        """Read an empty variable as one that is not there, or mail would go to a server that nobody named."""
        return value or None

    @field_validator(*SCHEMES)
    @classmethod
    def know_the_scheme(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Refuse an address that leads nowhere, which the first letter or link would only show."""
        schemes = SCHEMES[info.field_name or ""]
        if value is not None and not _leads_somewhere(value, schemes):
            raise ValueError(f"use {schemes[0]}://host or {schemes[1]}://host, with special characters as %XX")
        return value

    @field_validator("cors_origins")
    @classmethod
    def know_origins(cls, value: Names) -> Names:
        """Refuse what no browser names as an origin, since it would never match."""
        for name in value:
            parts = urlsplit(name)
            if name != "*" and name != f"{parts.scheme}://{parts.netloc}".lower():
                raise ValueError("use origins such as https://site.example, in small letters and without a path, or *")
        return value

    @field_validator("screening_secret")
    @classmethod
    def know_the_secret(cls, value: str | None) -> str | None:
        """Refuse a secret that nothing could be signed with."""
        secret_bytes(value or "")
        return value

    @field_validator("public_url")
    @classmethod
    def drop_trailing_slash(cls, value: str) -> str:
        """Keep one form of the address, since tokens and links are made from it."""
        return value.rstrip("/")

    @field_validator("database_url", "database_read_url")
    @classmethod
    def know_the_engine(cls, value: str | None) -> str | None:
        """Refuse a database that the service does not run on."""
        if value is None:
            return None
        refusal = ValueError("use sqlite:///path or postgresql://…, with special characters of a password as %XX")
        if not value.startswith(("sqlite:///", "postgresql://")):
            raise refusal
        try:
            address = make_url(value)
        except (ArgumentError, ValueError):
            # What could not be read may be a part of the password.
            raise refusal from None
        is_cut = "@" in (address.host or "")  # Then a part of the password would be told as the host.
        if is_cut or (address.drivername == "sqlite" and address.database in {None, "", ":memory:"}):
            raise refusal
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def know_networks(cls, value: Names) -> Names:
        """Refuse what is neither an address nor a network (CIDR)."""
        for name in value:
            ip_network(name)
        return value

    @model_validator(mode="after")
    def sign_what_leaves(self) -> Self:
        """Refuse an outside check that could not tell who asks."""
        if self.screening_url and not self.screening_secret:
            raise ValueError("FORUM_SCREENING_URL goes with a FORUM_SCREENING_SECRET")
        return self

    @model_validator(mode="after")
    def keep_replicas_to_postgresql(self) -> Self:
        """Refuse a replica beside SQLite, where it could mean nothing."""
        if self.database_read_url and not self.database_url.startswith("postgresql://"):
            raise ValueError("FORUM_DATABASE_READ_URL goes with a PostgreSQL FORUM_DATABASE_URL")
        return self

    @property
    def token_issuer(self) -> str:
        """Give who issues tokens: the same for all processes on one database, whatever port each listens at."""
        return self.issuer or self.public_url


def load_settings() -> Settings:
    """Read the settings from the environment; raise WrongSetting, for a name with our prefix that is not ours too."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise WrongSetting(f"unknown variable {unknown[0]}; known are {', '.join(sorted(known))}")
    try:
        return Settings()
    except ValidationError as error:
        [first, *_] = error.errors(include_url=False, include_context=False, include_input=False)
    # What is about several variables names them itself.
    named = [f"{PREFIX}{field}".upper() for field in first["loc"][:1]]
    raise WrongSetting(": ".join([*named, first["msg"].removeprefix("Value error, ")]))


def announce_workers(workers: int) -> None:
    """Tell the processes that this one is about to start how many they are."""
    os.environ[f"{PREFIX}WORKERS"] = str(workers)


def announce_address(url: str) -> None:
    """Tell what this process starts at which address it is reached, where nothing says so; tokens hold beyond it."""
    if f"{PREFIX}PUBLIC_URL" not in os.environ:
        os.environ[f"{PREFIX}PUBLIC_URL"] = url
        os.environ.setdefault(f"{PREFIX}ISSUER", NOWHERE_ELSE)


def with_secret_keys(settings: Settings, *, folder: Path = Path("var")) -> Settings:
    """Fill in the key of an embedded set-up: made once at the first start, readable by its owner only.

    Raises WrongSetting where keys are malformed, or cannot be kept.
    """
    path = folder / "secret_keys"
    try:
        keys = settings.secret_keys or _kept_keys(path)
        SigningKeys.parse(keys)
    except OSError as error:
        raise WrongSetting(f"{path} cannot be kept ({error.strerror}); set FORUM_SECRET_KEYS") from None
    except ValueError as error:
        raise WrongSetting(f"{'FORUM_SECRET_KEYS' if settings.secret_keys else path}: {error}") from None
    return settings.model_copy(update={"secret_keys": keys})


def _leads_somewhere(address: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _kept_keys(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"k1:{secrets.token_urlsafe(48)}")
    return path.read_text().strip()
