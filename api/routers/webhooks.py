"""Serve webhooks: set up, change, rotate the secret, try the way, read the log and send again."""

from functools import partial
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import IfMatch, answer, made
from api.deps import ForumRouter, Now, ServicesHere, SignedIn, identifier, requires
from api.idempotency import Created, IdempotencyKey
from api.pagination import PagingParameters
from api.schemas.webhooks import (
    DeliveryList,
    DeliveryPublic,
    WebhookCreate,
    WebhookList,
    WebhookPublic,
    WebhookUpdate,
    WebhookWithSecret,
)
from auth.permissions import Permission
from forum.delivery.targets import is_plainly_private
from forum.delivery.webhooks import (
    Tried,
    change_webhook,
    create_webhook,
    deliveries_of,
    drop_webhook,
    find_webhook,
    list_webhooks,
    ping,
    resend,
    rotate_secret,
)
from models.deliveries import DeliveryState, Webhook
from models.errors import Invalid
from settings import Settings

router = ForumRouter(prefix="/v1/webhooks", tags=["webhooks"])

Editor = Annotated[SignedIn, requires(Permission.WEBHOOK_SET_UP)]


async def webhook_here(webhook: str, editor: Editor, services: ServicesHere) -> Webhook:
    """Load the webhook of a path before its body is looked at; others than editors get 403, there or not."""
    return await services.database.lookup(find_webhook, identifier(webhook))


WebhookHere = Annotated[Webhook, Depends(webhook_here)]


@router.get("", response_model=WebhookList)
async def read_all(request: Request, editor: Editor, services: ServicesHere, paging: PagingParameters) -> Response:
    """List the webhooks, the newest first."""
    page = await services.database.read(partial(list_webhooks, after=paging.after(), limit=paging.limit))
    cursor = paging.next(page)
    items = [WebhookPublic.of(webhook).model_dump(mode="json") for webhook in page.rows]
    return answer(request, paging.body(items, cursor), 0, headers=paging.link(cursor))


@router.post("", status_code=201, response_model=WebhookWithSecret)
async def create(
    editor: Editor, body: WebhookCreate, repeatable: IdempotencyKey, services: ServicesHere, now: Now
) -> Response:
    """Set up a webhook; its secret is shown this once."""
    _demand_outside(body.url, services.settings)

    def verb(session: Session) -> Created:
        return _with_secret(create_webhook(session, body.new(), created_by=editor.user_id, now=now))

    return await repeatable.run(editor, verb, is_visible=_is_there, now=now)


@router.get("/{webhook}", response_model=WebhookPublic)
async def read(request: Request, found: WebhookHere) -> Response:
    """Read one webhook."""
    return _shown(request, found)


@router.patch("/{webhook}", response_model=WebhookPublic)
async def change(
    request: Request,
    found: WebhookHere,
    body: WebhookUpdate,
    condition: IfMatch,
    services: ServicesHere,
    now: Now,
) -> Response:
    """Change a webhook; another address, or switching it on, has what waits tried at once."""
    if body.url is not None:
        _demand_outside(body.url, services.settings)
    changed = await services.database.write(
        change_webhook, found.id, body.columns(), expected=condition.demand(), now=now
    )
    return _shown(request, changed)


@router.delete("/{webhook}", status_code=204)
async def drop(found: WebhookHere, condition: IfMatch, services: ServicesHere) -> Response:
    """Take a webhook away with its log."""
    await services.database.write(drop_webhook, found.id, expected=condition.demand())
    return Response(status_code=204)


@router.post("/{webhook}/secret-rotation", status_code=201, response_model=WebhookWithSecret)
async def rotate(found: WebhookHere, editor: Editor, repeatable: IdempotencyKey, now: Now) -> Response:
    """Make a new secret, shown this once; the one before signs too for a day."""

    def verb(session: Session) -> Created:
        return _with_secret(rotate_secret(session, found.id, now=now))

    return await repeatable.run(editor, verb, is_visible=_is_there, now=now)


@router.post("/{webhook}/ping", status_code=202, response_model=DeliveryPublic)
async def try_the_way(found: WebhookHere, editor: Editor, repeatable: IdempotencyKey, now: Now) -> Response:
    """Send a message that only tries the way; what came of it stands in the log."""

    def verb(session: Session) -> Created:
        return _queued(Tried(ping(session, found.id, now=now), []))

    return await repeatable.run(editor, verb, is_visible=_is_there, now=now)


@router.get("/{webhook}/deliveries", response_model=DeliveryList)
async def read_deliveries(
    request: Request,
    webhook: str,
    editor: Editor,
    services: ServicesHere,
    paging: PagingParameters,
    state: DeliveryState | None = None,
) -> Response:
    """Read what went to a webhook in the last thirty days, with every try; `state=failed` are those given up."""
    scope = {"webhook": webhook, "state": state or ""}
    after = paging.after(**scope)
    verb = partial(deliveries_of, state=state, after=after, limit=paging.limit)
    page = await services.database.read(verb, identifier(webhook))
    cursor = paging.next(page, **scope)
    items = [DeliveryPublic.of(tried).model_dump(mode="json") for tried in page.rows]
    return answer(request, paging.body(items, cursor), 0, headers=paging.link(cursor))


@router.post("/{webhook}/deliveries/{delivery}/resend", status_code=202, response_model=DeliveryPublic)
async def send_again(
    found: WebhookHere, delivery: str, editor: Editor, repeatable: IdempotencyKey, now: Now
) -> Response:
    """Send something again, whatever came of it before; the receiver sees the same id."""
    delivery_id = identifier(delivery)

    def verb(session: Session) -> Created:
        return _queued(resend(session, found.id, delivery_id, now=now))

    return await repeatable.run(editor, verb, is_visible=_is_there, now=now)


def _demand_outside(url: str, settings: Settings) -> None:
    """Refuse at once what is plainly private; where a name leads is looked at whenever something is sent."""
    if not settings.webhook_allow_private and is_plainly_private(urlsplit(url).hostname or ""):
        raise Invalid("/url", "private_address")


def _with_secret(webhook: Webhook) -> Created:
    def content(secret: str | None) -> bytes:
        return WebhookWithSecret.of(webhook, secret=secret).model_dump_json().encode()

    shown = content(webhook.secret)
    headers = made(shown, webhook.version, f"/v1/webhooks/{webhook.id}")
    return Created(shown, webhook.id, headers=headers, kept=content(None))


def _queued(tried: Tried) -> Created:
    content = DeliveryPublic.of(tried).model_dump_json().encode()
    return Created(content, tried.delivery.webhook_id, status=202)


def _shown(request: Request, webhook: Webhook) -> Response:
    return answer(request, WebhookPublic.of(webhook).model_dump_json().encode(), webhook.version)


def _is_there(session: Session, webhook_id: UUID) -> bool:
    return session.get(Webhook, webhook_id) is not None
