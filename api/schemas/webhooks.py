"""Shape webhooks: what editors set up, and the log of what went out."""

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field

from api.schemas.types import Answer, Changes, Closed, HttpUrl, Instant, SafeText, Truth, refuse
from forum.delivery.webhooks import NewWebhook, Tried
from models.deliveries import DESCRIPTION_LENGTH, DeliveryState, EventType, Webhook

Subscribable = Literal[
    EventType.COMMENT_CREATED,
    EventType.COMMENT_APPROVED,
    EventType.COMMENT_UPDATED,
    EventType.COMMENT_REMOVED,
    EventType.ANALYSIS_PUBLISHED,
    EventType.ANALYSIS_UPDATED,
    EventType.ANALYSIS_RETRACTED,
    EventType.CASE_OPENED,
    EventType.CASE_DECIDED,
    EventType.USER_SANCTIONED,
]


def _bare(value: str) -> str:
    parts = urlsplit(value)
    if parts.fragment:
        raise refuse("malformed")
    try:
        (parts.hostname or "").encode("idna")
    except UnicodeError:
        raise refuse("not_http_url") from None
    return value


def _distinct(value: list[EventType]) -> list[EventType]:
    return list(dict.fromkeys(value))


Target = Annotated[HttpUrl, AfterValidator(_bare)]
Events = Annotated[list[Subscribable], Field(min_length=1, max_length=20), AfterValidator(_distinct)]
Description = Annotated[SafeText, Field(max_length=DESCRIPTION_LENGTH)]


class WebhookCreate(Closed):
    """Set up a webhook."""

    url: Target = Field(description="http or https, without user, password or fragment.")
    events: Events
    description: Description | None = None

    def new(self) -> NewWebhook:
        """Give the webhook as the verb takes it."""
        return NewWebhook(self.url, self.events, self.description)


class WebhookUpdate(Changes):
    """Change a webhook; what is left out stays, and null takes the description away."""

    clearable = frozenset({"description"})

    url: Target | None = None
    events: Events | None = None
    description: Description | None = None
    active: Truth | None = Field(
        default=None, description="While it is off nothing is sent and nothing is kept for it."
    )

    def columns(self) -> dict[str, Any]:
        """Give the columns that change."""
        kept = self.model_dump(exclude_unset=True)
        if "active" in kept:
            kept["is_active"] = kept.pop("active")
        return kept


class WebhookPublic(Answer):
    """Show a webhook, its secret aside."""

    id: UUID
    url: str
    events: list[str]
    description: str | None
    active: bool
    status: Literal["ok", "failing"] = Field(description="Whether the last try failed.")
    failing_since: Instant | None
    previous_secret_until: Instant | None
    created_by: UUID
    created_at: Instant

    @classmethod
    def of(cls, webhook: Webhook, **more: Any) -> Self:
        """Shape a webhook."""
        return cls(
            id=webhook.id,
            url=webhook.url,
            events=webhook.events,
            description=webhook.description,
            active=webhook.is_active,
            status="failing" if webhook.failing_since else "ok",
            failing_since=webhook.failing_since,
            previous_secret_until=webhook.previous_until,
            created_by=webhook.created_by,
            created_at=webhook.created_at,
            **more,
        )


class WebhookWithSecret(WebhookPublic):
    """Show a webhook with its secret, the one time that it is shown; null in an answer that is given again."""

    secret: str | None


class WebhookList(Answer):
    """Hold a page of webhooks."""

    items: list[WebhookPublic]
    next: str | None


class TryPublic(Answer):
    """Show one try: the status that was answered, or the kind of trouble."""

    number: int
    at: Instant
    milliseconds: int
    status: int | None
    error: str | None


class DeliveryPublic(Answer):
    """Show what went to a webhook, or waits to; `id` is the header webhook-id of every try."""

    id: UUID
    type: EventType
    subject_id: UUID
    occurred_at: Instant
    state: DeliveryState
    next_try_at: Instant | None
    ended_at: Instant | None
    tries: list[TryPublic]

    @classmethod
    def of(cls, tried: Tried) -> Self:
        """Shape a delivery with its tries."""
        delivery = tried.delivery
        return cls(
            id=delivery.id,
            type=delivery.type,
            subject_id=delivery.subject_id,
            occurred_at=delivery.occurred_at,
            state=delivery.state,
            next_try_at=delivery.due_at if delivery.state is DeliveryState.WAITING else None,
            ended_at=delivery.ended_at,
            tries=[
                TryPublic(
                    number=one.number,
                    at=one.tried_at,
                    milliseconds=one.milliseconds,
                    status=one.status,
                    error=one.error,
                )
                for one in tried.tries
            ],
        )


class DeliveryList(Answer):
    """Hold a page of deliveries."""

    items: list[DeliveryPublic]
    next: str | None
