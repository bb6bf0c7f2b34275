"""List every route with what each kind of person is answered: the whole of who may do what, on one page.

A row is method, path and nine statuses. What stands in braces is made by tests/api/world.py, anew after each request
that wrote. A few subjects have rows of their own, since what one may not see does not exist.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.api.analyses import TEXT
from tests.api.world import PEOPLE, World
from tests.service import PASSWORD

# In the order of PEOPLE: nobody, forged token, expired token, member, expert, moderator, editor, admin, author.
TABLE = """
GET    /healthz                                        200 401 401 200 200 200 200 200 200
GET    /readyz                                         200 401 401 200 200 200 200 200 200
GET    /metrics                                        200 200 200 200 200 200 200 200 200
GET    /openapi.json                                   200 401 401 200 200 200 200 200 200
GET    /docs                                           200 401 401 200 200 200 200 200 200
GET    /docs/{digest}/page.css                         200 401 401 200 200 200 200 200 200

POST   /v1/users                                       201 401 401 201 201 201 201 201 201
GET    /v1/users/{user}                                200 401 401 200 200 200 200 200 200
PUT    /v1/users/{user}/roles                          401 401 401 403 403 403 403 200 403
PUT    /v1/users/{unknown}/roles                       401 401 401 404 404 404 404 404 404
POST   /v1/auth/token                                  200 401 401 200 200 200 200 200 200
POST   /v1/auth/revoke                                 200 401 401 200 200 200 200 200 200
POST   /v1/auth/export                                 422 401 401 422 422 422 422 422 422
POST   /v1/auth/erasure                                422 401 401 422 422 422 422 422 422
GET    /v1/auth/sessions                               401 401 401 200 200 200 200 200 200
DELETE /v1/auth/sessions/{session}                     401 401 401 404 404 404 404 404 204
POST   /v1/auth/password-reset                         202 401 401 202 202 202 202 202 202
POST   /v1/auth/password-reset/confirm                 204 401 401 204 204 204 204 204 204
POST   /v1/auth/email-verification/confirm             204 401 401 204 204 204 204 204 204
GET    /v1/me                                          401 401 401 200 200 200 200 200 200
PATCH  /v1/me                                          401 401 401 200 200 200 200 200 200
GET    /v1/me/export                                   401 401 401 200 200 200 200 200 200
DELETE /v1/me                                          401 401 401 422 422 422 422 422 422
PUT    /v1/me/password                                 401 401 401 204 204 204 204 204 204
GET    /v1/me/comments                                 401 401 401 200 200 200 200 200 200
GET    /v1/me/changes?after=0                          401 401 401 200 200 200 200 200 200
GET    /v1/me/reactions?article={article}              401 401 401 200 200 200 200 200 200

GET    /v1/articles                                    200 401 401 200 200 200 200 200 200
POST   /v1/articles                                    401 401 401 403 403 403 201 201 403
GET    /v1/articles/lookup?url={page}                  200 401 401 200 200 200 200 200 200
GET    /v1/counts?article={article}                    200 401 401 200 200 200 200 200 200
GET    /v1/articles/{article}                          200 401 401 200 200 200 200 200 200
GET    /v1/articles/{unknown}                          404 401 401 404 404 404 404 404 404
PATCH  /v1/articles/{article}                          401 401 401 403 403 403 200 200 403
PATCH  /v1/articles/{unknown}                          401 401 401 404 404 404 404 404 404
GET    /v1/articles/{article}/feed.atom                200 401 401 200 200 200 200 200 200
GET    /v1/articles/{unknown}/feed.atom                404 401 401 404 404 404 404 404 404
GET    /v1/experts/{expert}/feed.atom                  200 401 401 200 200 200 200 200 200
GET    /v1/experts/{user}/feed.atom                    404 401 401 404 404 404 404 404 404
GET    /v1/experts/{expert}/publications               200 401 401 200 200 200 200 200 200
GET    /v1/experts/{user}/publications                 404 401 401 404 404 404 404 404 404
GET    /v1/feed.atom                                   200 401 401 200 200 200 200 200 200
GET    /v1/articles/{disclosed}/disclosure             401 401 401 404 200 404 404 404 404
GET    /v1/articles/{disclosed}/disclosure?expert={expert}  401 401 401 403 200 403 200 200 403
PUT    /v1/articles/{article}/disclosure               401 401 401 403 201 403 403 403 403

GET    /v1/articles/{article}/changes                  200 401 401 200 200 200 200 200 200
GET    /v1/articles/{article}/stream                   200 401 401 200 200 200 200 200 200
GET    /v1/articles/{unknown}/stream                   404 401 401 404 404 404 404 404 404
GET    /v1/articles/{unknown}/changes                  404 401 401 404 404 404 404 404 404
GET    /v1/experts                                     200 401 401 200 200 200 200 200 200
GET    /v1/experts/{expert}                            200 401 401 200 200 200 200 200 200
GET    /v1/experts/{unknown}                           404 401 401 404 404 404 404 404 404
POST   /v1/experts/applications                        401 401 401 422 422 422 422 422 422
GET    /v1/me/expert-application                       401 401 401 404 404 404 404 404 404
DELETE /v1/me/expert-application                       401 401 401 404 404 404 404 404 404
POST   /v1/experts/invitations                         401 401 401 403 403 403 201 201 403
POST   /v1/experts/invitations/accept                  401 401 401 422 422 422 422 422 422
PATCH  /v1/experts/{expert}/credential                 401 401 401 403 422 403 403 403 403
PATCH  /v1/experts/{unknown}/credential                401 401 401 404 404 404 404 404 404
DELETE /v1/experts/{colleague_expert}/credential?reason=other  401 401 401 403 403 403 204 204 403
DELETE /v1/experts/{unknown}/credential?reason=other   401 401 401 404 404 404 404 404 404

GET    /v1/articles/{article}/comments                 200 401 401 200 200 200 200 200 200
POST   /v1/articles/{article}/comments                 401 401 401 201 201 201 201 201 201
POST   /v1/articles/{experts_only}/comments            401 401 401 403 201 403 403 403 403
POST   /v1/articles/{closed}/comments                  401 401 401 409 409 409 409 409 409
POST   /v1/articles/{unknown}/comments                 401 401 401 404 404 404 404 404 404
GET    /v1/comments/{public}                           200 401 401 200 200 200 200 200 200
GET    /v1/comments/{edited}                           200 401 401 200 200 200 200 200 200
GET    /v1/comments/{waiting}                          404 401 401 404 404 200 200 200 200
GET    /v1/comments/{rejected}                         404 401 401 404 404 200 200 200 200
GET    /v1/comments/{removed}                          404 401 401 404 404 200 200 200 200
GET    /v1/comments/{withdrawn}                        404 401 401 404 404 200 200 200 200
GET    /v1/comments/{withdrawn_unread}                 404 401 401 404 404 200 200 200 200
PATCH  /v1/comments/{public}                           401 401 401 403 403 403 403 403 200
PATCH  /v1/comments/{waiting}                          401 401 401 404 404 403 403 403 200
PATCH  /v1/comments/{rejected}                         401 401 401 404 404 403 403 403 409
PATCH  /v1/comments/{withdrawn}                        401 401 401 404 404 403 403 403 409
DELETE /v1/comments/{public}                           401 401 401 403 403 403 403 403 204
DELETE /v1/comments/{waiting}                          401 401 401 404 404 403 403 403 204
DELETE /v1/comments/{rejected}                         401 401 401 404 404 403 403 403 204
DELETE /v1/comments/{withdrawn}                        401 401 401 404 404 403 403 403 409
GET    /v1/comments/{public}/replies                   200 401 401 200 200 200 200 200 200
GET    /v1/comments/{waiting}/replies                  404 401 401 404 404 200 200 200 200
POST   /v1/comments/{public}/replies                   401 401 401 201 201 201 201 201 201
POST   /v1/comments/{public_to_experts}/replies        401 401 401 403 201 403 403 403 403
POST   /v1/comments/{waiting}/replies                  401 401 401 404 404 409 409 409 409
POST   /v1/comments/{removed}/replies                  401 401 401 404 404 409 409 409 409
GET    /v1/comments/{public}/revisions                 200 401 401 200 200 200 200 200 200
GET    /v1/comments/{waiting}/revisions                404 401 401 404 404 200 200 200 200
PUT    /v1/comments/{public}/reactions/agree           401 401 401 200 200 200 200 200 200
PUT    /v1/comments/{waiting}/reactions/agree          401 401 401 404 404 409 409 409 409
DELETE /v1/comments/{public}/reactions/agree           401 401 401 200 200 200 200 200 200
DELETE /v1/comments/{waiting}/reactions/agree          401 401 401 404 404 409 409 409 409

GET    /v1/articles/{article}/analyses                 200 401 401 200 200 200 200 200 200
GET    /v1/articles/{unknown}/analyses                 404 401 401 404 404 404 404 404 404
POST   /v1/articles/{article}/analyses                 401 401 401 403 201 403 403 403 403
POST   /v1/articles/{unknown}/analyses                 401 401 401 404 404 404 404 404 404
GET    /v1/analyses/{analysis}                         200 401 401 200 200 200 200 200 200
GET    /v1/analyses/{retracted}                        200 401 401 200 200 200 200 200 200
GET    /v1/analyses/{draft}                            404 401 401 404 200 404 404 404 404
GET    /v1/analyses/{submitted}                        404 401 401 404 200 404 200 200 404
PATCH  /v1/analyses/{analysis}                         401 401 401 403 200 403 403 403 403
PATCH  /v1/analyses/{draft}                            401 401 401 404 200 404 404 404 404
PATCH  /v1/analyses/{submitted}                        401 401 401 404 200 404 403 403 404
PATCH  /v1/analyses/{retracted}                        401 401 401 403 409 403 403 403 403
DELETE /v1/analyses/{draft}                            401 401 401 404 204 404 404 404 404
DELETE /v1/analyses/{analysis}                         401 401 401 403 409 403 403 403 403
POST   /v1/analyses/{draft}/submissions                401 401 401 404 201 404 404 404 404
POST   /v1/analyses/{submitted}/submissions            401 401 401 404 409 404 403 403 404
POST   /v1/analyses/{analysis}/retractions             401 401 401 403 201 403 201 201 403
POST   /v1/analyses/{submitted}/retractions            401 401 401 404 409 404 409 409 404
GET    /v1/analyses/{analysis}/comments                200 401 401 200 200 200 200 200 200
GET    /v1/analyses/{submitted}/comments               404 401 401 404 404 404 404 404 404
GET    /v1/analyses/{analysis}/revisions               200 401 401 200 200 200 200 200 200
GET    /v1/analyses/{analysis}/revisions/1             200 401 401 200 200 200 200 200 200
GET    /v1/analyses/{analysis}/revisions/1/diff?against=1  200 401 401 200 200 200 200 200 200
GET    /v1/analyses/{submitted}/revisions/1            404 401 401 404 200 404 200 200 404
GET    /v1/analyses/{analysis}/revisions/2             404 401 401 404 404 404 404 404 404

POST   /v1/comments/{public}/reports                   401 401 401 201 201 201 201 201 403
POST   /v1/comments/{waiting}/reports                  401 401 401 404 404 409 409 409 403
GET    /v1/me/reports                                  401 401 401 200 200 200 200 200 200
POST   /v1/comments/{rejected}/appeals                 401 401 401 404 404 403 403 403 201
POST   /v1/comments/{public}/appeals                   401 401 401 403 403 403 403 403 409
GET    /v1/comments/{rejected}/statement               401 401 401 404 404 403 403 403 200
GET    /v1/comments/{public}/statement                 401 401 401 403 403 403 403 403 404

GET    /v1/moderation/cases                            401 401 401 403 403 200 200 200 403
POST   /v1/auth/stream-ticket                          401 401 401 403 403 200 200 200 403
GET    /v1/moderation/stream                           401 401 401 403 403 200 200 200 403
GET    /v1/moderation/stream?ticket=unknown            401 401 401 403 403 200 200 200 403
GET    /v1/moderation/summary                          401 401 401 403 403 200 200 200 403
GET    /v1/moderation/cases/{case}                     401 401 401 403 403 200 200 200 403
GET    /v1/moderation/cases/{analysis_case}            401 401 401 403 403 404 200 200 403
GET    /v1/moderation/cases/{unknown}                  401 401 401 403 403 404 404 404 403
POST   /v1/moderation/cases/{case}/claim               401 401 401 403 403 200 200 200 403
POST   /v1/moderation/cases/{moderators_case}/claim    401 401 401 403 403 403 200 200 403
DELETE /v1/moderation/cases/{case}/claim               401 401 401 403 403 204 204 204 403
POST   /v1/moderation/cases/{case}/claim/handover      401 401 401 403 403 422 422 422 403
GET    /v1/me/moderation-scope                         401 401 401 403 403 200 200 200 403
PUT    /v1/me/moderation-scope                         401 401 401 403 403 201 201 201 403
POST   /v1/moderation/decisions                        401 401 401 403 403 422 422 422 403
POST   /v1/moderation/batches/preview                  401 401 401 403 403 200 200 200 403
POST   /v1/moderation/batches                          401 401 401 403 403 202 202 202 403
GET    /v1/moderation/batches/{batch}                  401 401 401 403 403 200 200 200 403
GET    /v1/moderation/batches/{unknown}                401 401 401 403 403 404 404 404 403
POST   /v1/moderation/batches/{batch}/reversal         401 401 401 403 403 202 202 202 403
POST   /v1/moderation/batches/{unknown}/reversal       401 401 401 403 403 404 404 404 403
POST   /v1/moderation/cases/{case}/decisions           401 401 401 403 403 201 201 201 403
POST   /v1/moderation/cases/{moderators_case}/decisions  401 401 401 403 403 403 201 201 403
POST   /v1/moderation/cases/{unknown}/decisions        401 401 401 403 403 404 404 404 403
POST   /v1/moderation/decisions/{moderators_decision}/reversal  401 401 401 403 403 201 201 201 403
POST   /v1/moderation/decisions/{admins_decision}/reversal  401 401 401 403 403 403 201 201 403
POST   /v1/moderation/decisions/{unknown}/reversal     401 401 401 403 403 404 404 404 403
POST   /v1/comments/{public}/cases                     401 401 401 403 403 201 201 201 403
POST   /v1/comments/{unknown}/cases                    401 401 401 403 403 404 404 404 403
GET    /v1/transparency                                200 401 401 200 200 200 200 200 200
GET    /v1/moderation/figures                          401 401 401 403 403 403 200 200 403
GET    /v1/moderation/decisions                        401 401 401 403 403 200 200 200 403
GET    /v1/moderation/decisions/verify                 401 401 401 403 403 200 200 200 403

GET    /v1/moderation/rules                            401 401 401 403 403 200 200 200 403
POST   /v1/moderation/rules                            401 401 401 403 403 201 201 201 403
POST   /v1/moderation/rules/simulations                401 401 401 403 403 200 200 200 403
GET    /v1/moderation/rules/{rule}                     401 401 401 403 403 200 200 200 403
GET    /v1/moderation/rules/{unknown}                  401 401 401 403 403 404 404 404 403
PATCH  /v1/moderation/rules/{rule}                     401 401 401 403 403 200 200 200 403
PATCH  /v1/moderation/rules/{unknown}                  401 401 401 403 403 404 404 404 403
DELETE /v1/moderation/rules/{rule}                     401 401 401 403 403 204 204 204 403
DELETE /v1/moderation/rules/{unknown}                  401 401 401 403 403 404 404 404 403
GET    /v1/moderation/screening                        401 401 401 403 403 200 200 200 403
PATCH  /v1/moderation/screening                        401 401 401 403 403 403 200 200 403
GET    /v1/users/{user}/sanctions                      401 401 401 403 403 200 200 200 403
GET    /v1/users/{expert}/sanctions                    401 401 401 403 200 200 200 200 403
POST   /v1/users/{user}/sanctions                      401 401 401 403 403 201 201 201 403
POST   /v1/users/{unknown}/sanctions                   401 401 401 404 404 404 404 404 404
POST   /v1/users/{colleague}/sanctions                 401 401 401 403 403 403 201 201 403
DELETE /v1/users/{expert}/sanctions/{sanction}         401 401 401 403 403 204 204 204 403
DELETE /v1/users/{expert}/sanctions/{unknown}          401 401 401 403 403 404 404 404 403

GET    /v1/me/notifications                            401 401 401 200 200 200 200 200 200
POST   /v1/me/notifications/read                       401 401 401 200 200 200 200 200 200
GET    /v1/me/notification-settings                    401 401 401 200 200 200 200 200 200
PUT    /v1/me/notification-settings                    401 401 401 201 201 201 201 201 201
GET    /v1/notifications/stop?token={unknown}          404 401 401 404 404 404 404 404 404
POST   /v1/notifications/stop?token={unknown}          404 401 401 404 404 404 404 404 404
GET    /v1/articles/{article}/subscription             401 401 401 200 200 200 200 200 200
PUT    /v1/articles/{article}/subscription             401 401 401 204 204 204 204 204 204
DELETE /v1/articles/{article}/subscription             401 401 401 204 204 204 204 204 204
PUT    /v1/articles/{unknown}/subscription             401 401 401 404 404 404 404 404 404

GET    /v1/webhooks                                    401 401 401 403 403 403 200 200 403
POST   /v1/webhooks                                    401 401 401 403 403 403 201 201 403
GET    /v1/webhooks/{webhook}                          401 401 401 403 403 403 200 200 403
GET    /v1/webhooks/{unknown}                          401 401 401 403 403 403 404 404 403
PATCH  /v1/webhooks/{webhook}                          401 401 401 403 403 403 200 200 403
DELETE /v1/webhooks/{webhook}                          401 401 401 403 403 403 204 204 403
POST   /v1/webhooks/{webhook}/secret-rotation          401 401 401 403 403 403 201 201 403
POST   /v1/webhooks/{webhook}/ping                     401 401 401 403 403 403 202 202 403
GET    /v1/webhooks/{webhook}/deliveries               401 401 401 403 403 403 200 200 403
POST   /v1/webhooks/{webhook}/deliveries/{unknown}/resend  401 401 401 403 403 403 404 404 403
"""

NEW_PASSWORD = "جمل يقرأ الصحف في المقهى"
COMMENT = {"body": "رأي {number}"}
NOBODYS_CASES = {"filter": {"author": "{unknown}"}, "verdict": "approve"}
# By method and the last fixed word of the path; a request without an entry has no body.
BODIES: dict[str, Any] = {
    "POST users": {
        "email": "new{number}@example.org",
        "password": PASSWORD,
        "display_name": "زائرة",
        "locale": "ar",
    },
    "PUT roles": {"roles": ["expert"]},
    "POST token": {"grant_type": "password", "username": "{email}", "password": PASSWORD},
    "POST revoke": {"token": "unknown"},
    "POST password-reset": {"email": "{email}"},
    "POST confirm": {"token": "{reset}", "password": NEW_PASSWORD},
    "POST email-verification": {"token": "{verification}"},
    "PATCH me": {"locale": "en"},
    "DELETE me": {"password": "unknown"},
    "PUT password": {"current_password": PASSWORD, "new_password": NEW_PASSWORD},
    "POST articles": {"title": "مقال {number}"},
    "PATCH articles": {"title": "عنوان {number}"},
    "PUT disclosure": {"none": True},
    # What would change who somebody is in the rows below is refused for its form.
    "POST applications": {"title": "باحثة"},
    "PATCH credential": {"orcid": "0"},
    "POST invitations": {"email": "{email}", "title": "باحثة", "affiliation": "مركز", "fields": ["مياه"]},
    "POST accept": {"token": "unknown"},
    "POST analyses": TEXT,
    "PATCH analyses": {"title": "عنوان {number}"},
    "POST submissions": {},
    "POST retractions": {"reason": "الأرقام خاطئة"},
    "POST comments": COMMENT,
    "PATCH comments": COMMENT,
    "POST replies": COMMENT,
    "POST decisions": {"verdict": "approve", "revision": 1},
    "POST cases": {},
    "POST rules": {"phrase": "عبارة {number}", "action": "hold", "state": "off"},
    "POST simulations": {"phrase": "رأي"},
    "PATCH rules": {"note": "{number}"},
    "PATCH screening": {},
    "POST read": {"up_to": "{unknown}"},
    "PUT notification-settings": {"reply": "off"},
    "POST webhooks": {"url": "https://example.org/hook", "events": ["comment.approved"]},
    "PATCH webhooks": {"active": False},
    "POST sanctions": {"kind": "warning", "reason": "abuse"},
    "POST reports": {"reason": "abuse"},
    "POST appeals": {"statement": "نقلت الرقم عن مصدر منشور."},
    "POST handover": {"to": "{unknown}", "claim_token": "unknown"},
    "PUT moderation-scope": {"sections": [], "languages": ["ar"]},
    "POST preview": NOBODYS_CASES,
    "POST batches": NOBODYS_CASES,
    "POST reversal": {"reason": "other"},
}
FORMS = ("/v1/auth/token", "/v1/auth/revoke")


@dataclass(frozen=True)
class Row:
    """Hold one request and what each kind of person is answered."""

    method: str
    path: str
    expected: dict[str, int]

    @property
    def name(self) -> str:
        """Name the row as it stands in the table."""
        return f"{self.method} {self.path}"

    def statuses(self, world: World) -> dict[str, int]:
        """Send the request as everybody and give the answers."""
        return dict(self.answers(world))

    def answers(self, world: World) -> Iterator[tuple[str, int]]:
        """Send the request as everybody, one after the other, for as long as the next answer is asked for."""
        path = ""
        for who in PEOPLE:
            path = path or self.path.format_map(world)
            found = self._status(world, who, path)
            yield who, found
            if self.method != "GET" and found < 400:
                path = ""

    def _status(self, world: World, who: str, path: str) -> int:
        person = world.people[who]
        body = self.body(world)
        headers = dict(person.headers)
        if self.method in {"PATCH", "DELETE"} or path.endswith("/roles"):
            headers["If-Match"] = "*"
        sent = {"data": body} if path in FORMS else {"json": body}
        status: int = world.service.client.request(self.method, path, headers=headers, **sent).status_code
        return status

    def body(self, world: World) -> Any:
        """Make the body that goes with the row, or nothing."""
        return _filled(BODIES.get(self.body_key), world)

    @property
    def body_key(self) -> str:
        """Name the row's entry among the bodies."""
        words = [word for word in self.path.partition("?")[0].split("/") if word and not word.startswith("{")]
        word = "email-verification" if "email-verification" in words else words[-1]
        return f"{self.method} {word}"


def _filled(body: Any, world: World) -> Any:
    match body:
        case str():
            return body.format_map(world)
        case dict():
            return {name: _filled(value, world) for name, value in body.items()}
    return body


def _row(line: str) -> Row:
    method, path, *statuses = line.split()
    return Row(method, path, dict(zip(PEOPLE, map(int, statuses), strict=True)))


ROWS = [_row(line) for line in TABLE.splitlines() if line]
