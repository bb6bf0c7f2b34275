"""Run the service and everything that is done to it by hand; each command says what it did."""

import gc

# What is loaded stays, so looking for garbage among it all the while took a quarter of each start.
gc.disable()

import asyncio
import re
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn, TextIO, TypeVar
from uuid import UUID

import typer
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.table import Table
from sqlmodel import Session

from api.application import build
from api.logs import configure
from api.protocol import ForumProtocol
from api.relay import run_relay
from api.schemas.experts import CredentialUpdate
from api.schemas.users import UserCreate, name_key
from api.workers import Workers
from auth.accounts import NewAccount, create_account
from auth.password_rules import password_refusal
from auth.passwords import PasswordHashing
from forum import demo as demo_content
from forum.delivery.outbox import dead_jobs, revive_jobs
from forum.experts.names import demand_own_name
from forum.moderation.chain import Verification, verify
from forum.moderation.credentials import Qualification, vouch_for
from migrations.standing import demand_current
from models.backup import BackupFailed, back_up
from models.by_hand import Unusable, carry_out, told_plainly
from models.errors import ForumError, Invalid
from models.positions import keep_positions_rising
from models.users import LOCALES, Role, User
from settings import Settings, WrongSetting, announce_address, announce_workers, load_settings, with_secret_keys

gc.enable()

GRACE_SECONDS = 8
HEALTH_SECONDS = 60
MOST_LISTED = 1_000
PORT = typer.Option(min=1, max=65_535, help="Port to listen at.")
R = TypeVar("R")

cli = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
console = Console()


def create_app() -> FastAPI:
    """Build the application from the environment, for any ASGI server."""
    settings = _settings(keyed=True)
    configure(settings.log_level)
    gc.disable()
    application = build(settings)
    # What stands after the start stays, so that collections need not walk it: they showed as pauses of 60 ms.
    gc.collect()
    gc.freeze()
    gc.enable()
    return application


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, PORT] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes; more than one only with PostgreSQL.")] = 1,
) -> None:
    """Serve the API; refuses a database that is not at the newest migration."""
    settings = _settings(keyed=True)
    if workers > 1 and settings.database_url.startswith("sqlite"):
        _stop("More than one worker needs PostgreSQL: set FORUM_DATABASE_URL, or leave --workers out.")
    _with_database(settings, keep_positions_rising, writes=True)
    announce_workers(workers)
    # Links in feeds, structured data and mails lead to the port that was asked for.
    announce_address(f"http://127.0.0.1:{port}")
    config = uvicorn.Config(
        "main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=ForumProtocol,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
        # A worker that takes long to load is not dead; with the usual five seconds a busy machine never gets one up.
        timeout_worker_healthcheck=HEALTH_SECONDS,
    )
    # An address that is taken ends the start here, before anything is announced.
    listener = _listener(host, port, config.backlog)
    console.print(f"Serving http://{host}:{port} · documentation http://{host}:{port}/docs")
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        if workers > 1:
            Workers(config, sockets=[listener]).run()
            return
        server.run(sockets=[listener])
    if not server.started:
        raise typer.Exit(1)


@cli.command()
def relay() -> None:
    """Send mail, notifications and webhooks, for a service that runs with FORUM_RELAY=off."""
    settings = _settings(keyed=True)
    _with_database(settings, keep_positions_rising, writes=True)
    configure(settings.log_level)
    asyncio.run(run_relay(settings, clock=lambda: datetime.now(UTC)))


@cli.command("dead-letters")
def dead_letters(
    resend: Annotated[str, typer.Option(help="An id of the list, or all: have it tried anew.")] = "",
) -> None:
    """List what could not be sent in ten tries, without its contents, or have it tried anew."""
    settings = _settings()
    if resend:
        named, now = None if resend == "all" else _identifier(resend), datetime.now(UTC)
        revived = _with_database(settings, lambda session: revive_jobs(session, named, now=now), writes=True)
        console.print(f"To be tried anew: {revived}.")
        return
    for job in _with_database(settings, lambda session: dead_jobs(session, limit=MOST_LISTED)):
        console.print(f"{job.id} {job.kind} of {job.created_at:%F %T}, given up {job.failed_at:%F %T}", soft_wrap=True)


@cli.command()
def migrate() -> None:
    """Bring the database to the newest migration."""
    # What moves a database is large, and a process that serves has no use for it.
    from migrations.run import upgrade  # noqa: PLC0415

    try:
        with told_plainly():
            upgrade(_settings().database_url)
    except Unusable as error:
        _stop(f"{error}")
    console.print("The database is at the newest migration.")


@cli.command()
def demo() -> None:
    """Fill an empty database with demo content and print its accounts; leave any other as it is."""
    hashing, now = PasswordHashing(), datetime.now(UTC)
    fill = partial(demo_content.fill, hash_password=hashing.hash, now=now)
    if not (accounts := _with_database(_settings(), fill, writes=True)):
        return
    table = Table("Address", "Password", "Roles", title="Demo accounts, with passwords made up just now")
    for account in accounts:
        table.add_row(account.email, account.password, account.role)
    console.print(table)


@cli.command()
def run(port: Annotated[int, PORT] = 8000) -> None:
    """Migrate, add demo content to an empty database and serve on 127.0.0.1, all in one start."""
    # The mails of the demo lead there too.
    announce_address(f"http://127.0.0.1:{port}")
    # Keys that are wrong end it before the passwords of the demo are shown, which are shown once.
    _settings(keyed=True)
    migrate()
    demo()
    serve(port=port)


@cli.command("create-user")
def create_user(
    email: Annotated[str, typer.Option(help="Address to sign in with.")],
    display_name: Annotated[str, typer.Option(help="Name that others see.")],
    role: Annotated[list[Role] | None, typer.Option(help="Role; may be repeated.")] = None,
    locale: Annotated[str, typer.Option(help="ar or en.")] = LOCALES[0],
    title: Annotated[str, typer.Option(help="Title of an expert.")] = "",
    affiliation: Annotated[str, typer.Option(help="Affiliation of an expert.")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    even_if_alike: Annotated[bool, typer.Option("--even-if-alike", help="Take a name that imitates.")] = False,
) -> None:
    """Open an account by hand, such as the first administrator's."""
    password = _line(sys.stdin) if password_stdin else typer.prompt("Password", hide_input=True)
    refused = password_refusal(password, email=email, display_name=display_name)
    if refused:
        _stop(f"This password is not taken: {refused}.")
    _demand_form(UserCreate, email=email, password=password, display_name=display_name, locale=locale)
    _demand_form(CredentialUpdate, title=title or None, affiliation=affiliation or None)
    roles = frozenset(role or ()) - {Role.MEMBER}
    now = datetime.now(UTC)
    account = NewAccount(email, display_name, name_key(display_name), locale, PasswordHashing().hash(password))
    settings = _settings()

    def verb(session: Session) -> User:
        if not even_if_alike:
            demand_own_name(session, display_name, user_id=None, institute=settings.institute_name)
        user = create_account(session, account, roles=roles, is_verified=True, now=now)
        if Role.EXPERT in roles:
            session.flush()
            vouch_for(session, user.id, Qualification(title, affiliation), now=now)
        return user

    try:
        user = _with_database(settings, verb, writes=True)
    except Invalid:
        _stop("This name is like that of somebody trusted, or of the institute. Insist with --even-if-alike.")
    except ForumError as error:
        _stop(f"The account was not made: {error.code}.")
    console.print(f"{user.id}")


@cli.command("verify-log")
def verify_log() -> None:
    """Walk the chain of decisions; ends with status 1 where a link is broken."""
    found: Verification = _with_database(_settings(), verify)
    if found.is_sound:
        console.print(f"The log is sound: {found.checked} decisions.")
        return
    where = f"first broken: {found.first_broken}" if found.first_broken else "its end was cut off"
    _stop(f"The log is broken after {found.checked} decisions; {where}.")


@cli.command()
def backup(target: Annotated[Path, typer.Argument(help="File to write; must not exist.")]) -> None:
    """Copy the database while it is in use."""
    try:
        back_up(_settings().database_url, target)
    except BackupFailed as error:
        _stop(f"No copy was made: {error}.")
    console.print(f"Copied to {target}.")


def _settings(*, keyed: bool = False) -> Settings:
    try:
        return with_secret_keys(load_settings()) if keyed else load_settings()
    except WrongSetting as error:
        _stop(f"Not started: {error}.")


def _listener(host: str, port: int, backlog: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        _stop(f"Nothing can listen at {host}, port {port}: {error.strerror}. Name another with --host or --port.")
    listener.set_inheritable(True)
    return listener


def _demand_form(shape: type[BaseModel], **values: str | None) -> None:
    """Stop at what the API would refuse too."""
    try:
        shape(**values)
    except ValidationError as error:
        [first, *_] = error.errors(include_input=False, include_url=False)
        _stop(f"The account was not made: {first['loc'][0]}, {first['type']}.")


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        _stop("This is no id of the list.")


def _with_database(settings: Settings, verb: Callable[[Session], R], *, writes: bool = False) -> R:
    try:
        return asyncio.run(carry_out(settings.database_url, verb, demand=demand_current, writes=writes))
    except Unusable as error:
        _stop(f"{error}")


def _line(file: TextIO) -> str:
    # The line's end is LF or CRLF, whoever wrote it; all else belongs to the password.
    return re.sub(r"\r?\n\Z", "", file.readline())


def _stop(message: str) -> NoReturn:
    # As it is: a terminal's width breaks no path, and brackets are no markup.
    typer.echo(message, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    cli()
