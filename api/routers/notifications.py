"""Serve what people are told, what they want to hear of by mail, and the discussions that they follow."""

from functools import partial
from typing import Annotated

import orjson
from fastapi import Query, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from api.conditional import IfMatch, answer
from api.deps import AnswerLanguage, ForumRouter, Now, ServicesHere, SignedIn, requires
from api.languages import Language
from api.openapi import or_else
from api.pagination import PagingParameters
from api.routers.articles import article_named
from api.schemas.notifications import (
    NotificationList,
    NotificationPublic,
    NotificationSettings,
    NotificationSettingsPublic,
    NotificationsRead,
    SubscriptionPublic,
    Unread,
)
from api.stopping import PATH, read_stop_token
from auth.permissions import Permission
from forum.delivery.letters import paragraphs_of_html
from forum.delivery.preferences import choose_settings, read_settings, switch_off
from forum.delivery.subscriptions import subscribe, subscription_of, unsubscribe
from forum.inbox.reading import Told, count_unread, mark_read, notifications_page
from models.articles import Article
from models.notifications import NotificationSetting
from models.pages import Page

router = ForumRouter(tags=["notifications"])

Reader = Annotated[SignedIn, requires(Permission.NOTIFICATION_READ)]
Follower = Annotated[Article, requires(Permission.DISCUSSION_FOLLOW, of=article_named)]
StopToken = Annotated[str, Query(max_length=200, description="The signed word of a mail.")]

SURE = ("هل تريد إيقاف الرسائل من هذا النوع؟", "No more mails of this kind?")
DONE = ("لن تصلك رسائل من هذا النوع بعد الآن.", "You will get no more mails of this kind.")
STOP = ("إيقاف", "Stop")
PAGE_POLICY = {"Content-Security-Policy": "default-src 'none'; form-action 'self'", "Referrer-Policy": "no-referrer"}


@router.get("/v1/me/notifications", response_model=NotificationList)
async def read(request: Request, reader: Reader, services: ServicesHere, paging: PagingParameters) -> Response:
    """Read what one is told, the newest first; nothing about words that are not public any more."""
    after = paging.after()

    def verb(session: Session) -> tuple[Page[Told], int]:
        page = notifications_page(session, reader.user_id, after=after, limit=paging.limit)
        return page, count_unread(session, reader.user_id)

    page, unread = await services.database.read(verb)
    cursor = paging.next(page)
    items = [NotificationPublic.of(told, reader.locale).model_dump(mode="json") for told in page.rows]
    content = orjson.dumps({"items": items, "next": cursor, "unread": unread})
    return answer(request, content, 0, headers=paging.link(cursor))


@router.post("/v1/me/notifications/read", response_model=Unread)
async def mark(reader: Reader, body: NotificationsRead, services: ServicesHere, now: Now) -> Response:
    """Mark notifications as read; what is not one's own is left alone. Gives how many are left."""

    def verb(session: Session) -> int:
        mark_read(session, reader.user_id, ids=body.ids or (), up_to=body.up_to, now=now)
        return count_unread(session, reader.user_id)

    return Response(orjson.dumps({"unread": await services.database.write(verb)}), media_type="application/json")


@router.get("/v1/me/notification-settings", response_model=NotificationSettingsPublic)
async def read_choices(request: Request, reader: Reader, services: ServicesHere) -> Response:
    """Read which kinds come by mail."""
    return _shown(request, await services.database.lookup(read_settings, reader.user_id))


@router.put(
    "/v1/me/notification-settings",
    response_model=NotificationSettingsPublic,
    responses=or_else(201, NotificationSettingsPublic, "The first choice."),
)
async def choose(
    request: Request, reader: Reader, body: NotificationSettings, condition: IfMatch, services: ServicesHere
) -> Response:
    """Choose which kinds come by mail, at once or not."""
    verb = partial(
        choose_settings,
        user_id=reader.user_id,
        expected=condition.versions(),
        is_conditional=condition.header is not None,
    )
    chosen, is_first = await services.database.write_briefly(verb, body.choices())
    return _shown(request, chosen, status=201 if is_first else 200)


@router.get(PATH, response_class=HTMLResponse)
async def ask_to_stop(token: StopToken, services: ServicesHere, language: AnswerLanguage) -> Response:
    """Show a page that asks whether mails of a kind shall end; reading it changes nothing."""
    read_stop_token(services.keys, token)
    place = _place(language)
    form = f'<form method="post"><button>{STOP[place]}</button></form>'
    page = paragraphs_of_html([SURE[place]], language).replace("</body>", f"{form}</body>")
    return HTMLResponse(page, headers=PAGE_POLICY)


@router.post(PATH, response_class=HTMLResponse)
async def stop(token: StopToken, services: ServicesHere, language: AnswerLanguage) -> Response:
    """End mails of a kind by one click in the mail or on the page; saying it again changes nothing."""
    user_id, kind = read_stop_token(services.keys, token)
    await services.database.write_briefly(switch_off, user_id, kind)
    return HTMLResponse(paragraphs_of_html([DONE[_place(language)]], language), headers=PAGE_POLICY)


@router.get("/v1/articles/{article}/subscription", response_model=SubscriptionPublic)
async def read_subscription(request: Request, found: Follower, identity: SignedIn, services: ServicesHere) -> Response:
    """Tell whether one follows a discussion."""
    subscription = await services.database.lookup(subscription_of, found.id, identity.user_id)
    since = subscription.created_at if subscription else None
    content = SubscriptionPublic(subscribed=subscription is not None, since=since).model_dump_json().encode()
    return answer(request, content, 0)


@router.put("/v1/articles/{article}/subscription", status_code=204)
async def follow(found: Follower, identity: SignedIn, services: ServicesHere, now: Now) -> Response:
    """Follow a discussion; one is told of new analyses, and of comments too."""
    await services.database.write_briefly(subscribe, found.id, identity.user_id, now=now)
    return Response(status_code=204)


@router.delete("/v1/articles/{article}/subscription", status_code=204)
async def leave(found: Follower, identity: SignedIn, services: ServicesHere) -> Response:
    """Follow a discussion no longer."""
    await services.database.write_briefly(unsubscribe, found.id, identity.user_id)
    return Response(status_code=204)


def _shown(request: Request, chosen: NotificationSetting, *, status: int = 200) -> Response:
    content = NotificationSettingsPublic.of(chosen).model_dump_json().encode()
    return answer(request, content, chosen.version, status=status)


def _place(language: Language) -> int:
    return 1 if language == "en" else 0
