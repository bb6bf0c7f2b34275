"""Put the service together: routes, refusals, the gate before them and what runs beside them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.types import Receive, Scope, Send

from api import problems
from api.background import Chores, delivery, running, upkeep
from api.cors import Cors
from api.deps import viewer_of
from api.gate import Gate
from api.limits import Limiter
from api.public_reads import Rest
from api.routers import (
    analyses,
    analysis_revisions,
    articles,
    authentication,
    bulk,
    changes,
    comments,
    disclosures,
    documentation,
    experts,
    feeds,
    figures,
    following,
    health,
    me,
    moderation,
    moderation_scope,
    notifications,
    privacy,
    reactions,
    reports,
    rules,
    sanctions,
    streams,
    users,
    webhooks,
)
from api.services import Services
from api.streams.running import running_streams
from api.thread_cache import ThreadCache
from api.workers import ending_with_parent
from auth.passwords import PasswordHashing
from auth.tokens import SigningKeys
from forum.delivery.mail import Mailer
from models.article_versions import versions_for
from models.database import Database
from settings import Settings

# The framework tries them in this order, so those that are asked most come first.
ROUTERS: tuple[APIRouter, ...] = (
    comments.router,
    moderation.router,
    reactions.router,
    articles.router,
    authentication.router,
    users.router,
    me.router,
    privacy.router,
    analyses.router,
    analysis_revisions.router,
    changes.router,
    streams.router,
    following.router,
    disclosures.router,
    experts.router,
    feeds.router,
    bulk.router,
    moderation_scope.router,
    figures.router,
    reports.router,
    rules.router,
    sanctions.router,
    notifications.router,
    webhooks.router,
    documentation.router,
    health.router,
)


class Forum(FastAPI):
    """Stand behind the cache of public pages, which answers before the framework does."""

    front: ThreadCache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the cache answer first, as long as the service runs."""
        await (super().__call__ if scope["type"] == "lifespan" else self.front)(scope, receive, send)


def build(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    hashing: PasswordHashing = PasswordHashing(),
) -> Forum:
    """Build the application; it opens its database when it starts and closes it when it ends."""
    keys = SigningKeys.parse(settings.secret_keys)

    application = Forum(
        title="Forum",
        summary="Discussions under articles: verified experts, threaded comments, moderation.",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=running_on(settings, keys, hashing, clock),
        generate_unique_id_function=operation_id,
        # It would record what went wrong with its message, which may hold what somebody wrote.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=[
            Middleware(Gate, cdn_seconds=settings.cdn_seconds, origins=settings.cors_origins),
        ],
    )
    problems.install(application)
    for router in ROUTERS:
        application.include_router(router, dependencies=[Depends(viewer_of)])
    return application


def operation_id(route: APIRoute) -> str:
    """Name an operation by its tag and function, which is what generated clients call it."""
    tag = str(route.tags[0]) if route.tags else "service"
    return f"{tag}_{route.name}"


def running_on(
    settings: Settings,
    keys: SigningKeys,
    hashing: PasswordHashing,
    clock: Callable[[], datetime],
    opened: Callable[[str], Database] = Database.open,
) -> Callable[[Forum], AbstractAsyncContextManager[None]]:
    """Say what begins and ends with each run of the application; its routes outlive a run."""

    @asynccontextmanager
    async def lifespan(application: Forum) -> AsyncIterator[None]:
        database = opened(settings.database_url)
        limiter = Limiter.open(settings, workers=settings.workers)
        replica = opened(settings.database_read_url) if settings.database_read_url else None
        services = Services(settings, database, replica, keys, hashing, limiter, clock)
        chores = Chores(services, Mailer.of(settings.public_url, settings.smtp_url, settings.mail_folder))
        application.state.services = services
        application.state.closed_months = {}
        application.state.replica_rest = Rest()
        application.state.versions = versions_for(settings.database_url, database)
        application.state.chores = chores
        application.front = ThreadCache(
            super(Forum, application).__call__, cors=Cors(settings.cors_origins), state=application.state
        )
        jobs = [*upkeep(chores), *(delivery(chores) if settings.relay else [])]
        async with running(chores, jobs), running_streams(application.state, services), ending_with_parent():
            yield
        await application.state.versions.close()
        await limiter.close()
        if replica is not None:
            await replica.close()
        await database.close()

    return lifespan
