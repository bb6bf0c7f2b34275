"""Apply to be an expert and decide about it, as clients do."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from models.accounts import AuthSession
from tests.api.world import with_token
from tests.service import Person, Service

APPLICATION = {
    "title": "أستاذة الموارد المائية",
    "affiliation": "جامعة النيل",
    "fields": ["هيدرولوجيا", "سياسات المياه"],
    "biography": "تدرّس منذ عشرين عامًا.",
    "orcid": "0000-0002-1825-0097",
    "evidence": [{"label": "صفحتها في الجامعة", "url": "https://example.org/reem"}],
}
APPLICATIONS, OWN = "/v1/experts/applications", "/v1/me/expert-application"


def apply(person: Person, **values: Any) -> Any:
    """Send an application."""
    answer = person.post(APPLICATIONS, APPLICATION | values)
    assert answer.status_code == 201, answer.text
    return answer.json()


def case_of(editor: Person, application: Any) -> Any:
    """Find the open case about an application."""
    cases = editor.get("/v1/moderation/cases?kind=application&limit=100").json()["items"]
    return next(case for case in cases if case["subject"]["id"] == application["id"])


def decide(editor: Person, application: Any, verdict: str = "approve", **values: Any) -> Any:
    """Decide the open case about an application."""
    case = case_of(editor, application)
    body = {"verdict": verdict, "revision": case["subject"]["revision"], **values}
    return editor.post(f"/v1/moderation/cases/{case['id']}/decisions", body)


def verified(service: Service, editor: Person, **values: Any) -> Person:
    """Give somebody whose application was approved."""
    person = service.person(**values)
    answer = decide(editor, apply(person))
    assert answer.status_code == 201, answer.text
    return person


def tend(service: Service) -> None:
    """Let what is due about credentials be done."""
    assert service.client.portal is not None
    service.client.portal.call(service.app.state.chores.tend_credentials)


def later(service: Service, after: timedelta, *people: Person) -> list[Person]:
    """Let a long time pass and give people who are signed in still."""
    service.clock.advance(after)
    until = service.clock() + timedelta(days=60)
    service.write(lambda session: session.execute(update(AuthSession).values(expires_at=until)) and None)
    return [with_token(service, person, at=service.clock()) for person in people]
