"""One mailbox has one account, however the domain of its address is spelt."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from auth.kept_sanctions import address_marks, keep_restrictions
from models.people import KeptSanction
from models.publication import OutboxJob
from tests.service import PASSWORD, Person, Service, running_service

UNICODE, ASCII = "layla@bücher.example", "Layla@XN--bcher-kva.example"
SPELLINGS = [(UNICODE, ASCII), (ASCII, UNICODE), ("a@دار-النشر.example", "a@xn----ymcb3alcu1ksa.example")]
ACCEPT = "/v1/experts/invitations/accept"
INVITED = {"title": "باحث", "affiliation": "مركز", "fields": ["مياه"]}


def register(service: Service, email: str) -> Any:
    return service.nobody.post(
        "/v1/users", {"email": email, "password": PASSWORD, "display_name": "ليلى", "locale": "ar"}
    )


def sign_in(service: Service, email: str) -> Any:
    return service.client.post(
        "/v1/auth/token", data={"grant_type": "password", "username": email, "password": PASSWORD}
    )


def signed_in(service: Service, email: str) -> Person:
    return Person(service.client, headers={"Authorization": f"Bearer {sign_in(service, email).json()['access_token']}"})


def mails(session: Session) -> list[dict[str, Any]]:
    return [job.payload for job in session.exec(select(OutboxJob).order_by(col(OutboxJob.id))).all()]


@pytest.mark.parametrize(("first", "other"), SPELLINGS)
class TestSpellings:
    def test_address_is_taken_and_signed_in_with_by_either(self, service: Service, first: str, other: str) -> None:
        assert register(service, first).status_code == 201
        for email in (first, other):
            answer = register(service, email)
            assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
            assert sign_in(service, email).status_code == 200
        assert signed_in(service, other).get("/v1/me").json()["email"] == first

    def test_owner_is_told_of_another_registration(
        self, database_url: str, tmp_path: Path, first: str, other: str
    ) -> None:
        with running_service(database_url, tmp_path, smtp_url="smtp://127.0.0.1:9") as service:
            assert [register(service, email).status_code for email in (first, other)] == [202, 202]
            sent = [(mail["template"], mail["to"]) for mail in service.read(mails)]
            assert sent == [("email_verification", first), ("already_registered", first)]

    def test_password_is_reset_by_either(self, service: Service, first: str, other: str) -> None:
        register(service, first)
        assert service.nobody.post("/v1/auth/password-reset", {"email": other}).status_code == 202
        assert [mail["to"] for mail in service.read(mails)] == [first]

    def test_invitation_opens_for_either(self, service: Service, first: str, other: str) -> None:
        register(service, first)
        person, editor = signed_in(service, first), service.person("editor")
        assert editor.post("/v1/experts/invitations", {"email": other, **INVITED}).status_code == 201
        [token] = [mail["token"] for mail in service.read(mails)]
        assert person.post(ACCEPT, {"token": token}).status_code == 200

    def test_restriction_comes_back_by_either(self, service: Service, first: str, other: str) -> None:
        user_id, admin = register(service, first).json()["id"], service.person("admin")
        muted = {"kind": "mute", "reason": "abuse"}
        assert admin.post(f"/v1/users/{user_id}/sanctions", muted).status_code == 201
        erased = service.nobody.post("/v1/auth/erasure", {"email": other, "password": PASSWORD})
        assert erased.status_code == 202
        again = register(service, other).json()["id"]
        assert [item["kind"] for item in admin.get(f"/v1/users/{again}/sanctions").json()["items"]] == ["mute"]


@pytest.mark.parametrize("spelling", [UNICODE, ASCII])
def test_restriction_comes_back_that_was_kept_when_domains_were_compared_as_spelt(
    service: Service, spelling: str
) -> None:
    admin, member = service.person("admin"), service.person()
    admin.post(f"/v1/users/{member.id}/sanctions", {"kind": "mute", "reason": "abuse"})
    former = address_marks(service.app.state.services.keys, ASCII.lower())[0]
    assert member.id is not None
    service.write(keep_restrictions, UUID(str(member.id)), former, now=service.clock())
    again = register(service, spelling).json()["id"]
    assert [item["kind"] for item in admin.get(f"/v1/users/{again}/sanctions").json()["items"]] == ["mute"]
    assert service.read(lambda session: session.exec(select(KeptSanction)).all()) == []
