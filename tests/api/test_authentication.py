"""Tokens, devices and the ways back into an account, as clients see them."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from api.routers import authentication
from api.schemas.users import EMAIL_LENGTH
from auth.throttling import PAIR
from models.publication import OutboxJob
from tests.service import PASSWORD, Person, Service, running_service

EMAIL = "layla@example.org"
NEW_PASSWORD = "جمل يقرأ الصحف في المقهى"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Visitor:
    """Fill in the forms of somebody who is not signed in yet, from an address of their own."""

    client: TestClient

    def token(self, **form: Any) -> Any:
        return self.client.post("/v1/auth/token", data=form)

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> Any:
        return self.token(grant_type="password", username=email, password=password)

    def refresh(self, token: str) -> Any:
        return self.token(grant_type="refresh_token", refresh_token=token)

    def person(self, access_token: str) -> Person:
        return Person(self.client, headers={"Authorization": f"Bearer {access_token}"})

    def signed_in(self) -> tuple[Person, str]:
        """Sign in; give somebody who can ask, and the refresh token."""
        tokens = self.sign_in().json()
        return self.person(tokens["access_token"]), tokens["refresh_token"]


@pytest.fixture
def visitor(service: Service) -> Visitor:
    """Register somebody and let them stand before the door."""
    body = {"email": EMAIL, "password": PASSWORD, "display_name": "ليلى", "locale": "ar"}
    assert service.nobody.post("/v1/users", body).status_code == 201
    return Visitor(service.client)


def from_address(service: Service, address: str) -> Visitor:
    return Visitor(TestClient(service.app, client=(address, 40_000), raise_server_exceptions=False))


def mailed_token(service: Service) -> str:
    """Send what the outbox holds and read the token out of the newest mail."""
    assert service.client.portal is not None
    service.client.portal.call(service.app.state.chores.deliver)
    newest = max(service.settings.mail_folder.glob("*.eml"), key=lambda path: path.name)
    message = email.message_from_bytes(newest.read_bytes(), policy=email.policy.default)
    found = re.search(r"^[\w-]{40,}$", message.get_body().get_content(), re.MULTILINE)  # type: ignore[union-attr]
    assert found is not None
    return found.group()


def outbox(session: Session) -> list[dict[str, Any]]:
    return [job.payload for job in session.exec(select(OutboxJob).order_by(col(OutboxJob.id))).all()]


class TestToken:
    def test_right_password_gives_tokens_that_open_the_account(self, visitor: Visitor) -> None:
        answer = visitor.sign_in()
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        tokens = answer.json()
        assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
        assert visitor.person(tokens["access_token"]).get("/v1/me").json()["email"] == EMAIL

    def test_address_is_found_whatever_its_case(self, visitor: Visitor) -> None:
        assert visitor.sign_in(EMAIL.upper()).status_code == 200

    def test_no_more_of_an_address_is_compared_than_any_has(
        self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Marks that stand in no order are put in one in quadratic time, and a form holds a quarter of a megabyte."""
        lengths: list[int] = []
        monkeypatch.setattr(authentication, "email_key", lambda text: lengths.append(len(text)) or text)
        assert visitor.sign_in("a" + "\u0327\u0301" * 2_000).status_code == 400
        assert lengths == [EMAIL_LENGTH]

    def test_access_token_is_over_after_ten_minutes(self, service: Service, visitor: Visitor) -> None:
        person, _ = visitor.signed_in()
        service.clock.advance(10 * MINUTE)
        answer = person.get("/v1/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")

    @pytest.mark.parametrize(
        ("form", "error"),
        [
            pytest.param({}, "invalid_request", id="an empty form"),
            pytest.param({"username": EMAIL, "password": PASSWORD}, "invalid_request", id="no grant type"),
            pytest.param({"grant_type": "password", "username": EMAIL}, "invalid_request", id="no password"),
            pytest.param({"grant_type": "refresh_token"}, "invalid_request", id="no refresh token"),
            pytest.param({"grant_type": ["password"] * 2}, "invalid_request", id="a field twice"),
            pytest.param({"grant_type": "password", "username": "\0", "password": "a"}, "invalid_request", id="a NUL"),
            pytest.param({"grant_type": "client_credentials"}, "unsupported_grant_type", id="another grant"),
            pytest.param(
                {"grant_type": "password", "username": EMAIL, "password": "wrong"},
                "invalid_grant",
                id="a wrong password",
            ),
            pytest.param(
                {"grant_type": "password", "username": "a@example.org", "password": PASSWORD},
                "invalid_grant",
                id="an unknown address",
            ),
            pytest.param(
                {"grant_type": "refresh_token", "refresh_token": "no token"}, "invalid_grant", id="a made-up token"
            ),
        ],
    )
    @pytest.mark.long_table
    def test_refusal_has_the_form_of_oauth(self, visitor: Visitor, form: dict[str, Any], error: str) -> None:
        answer = visitor.token(**form)
        assert answer.status_code == 400
        assert answer.json().keys() == {"error", "error_description"}
        assert answer.json()["error"] == error

    def test_unknown_address_and_wrong_password_look_the_same(self, visitor: Visitor) -> None:
        answers = [visitor.sign_in(password="wrong"), visitor.sign_in("nobody@example.org")]
        assert answers[0].content == answers[1].content

    def test_json_is_not_taken(self, visitor: Visitor) -> None:
        body = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}
        assert visitor.client.post("/v1/auth/token", json=body).status_code == 415


class TestRefresh:
    def test_refresh_goes_on_and_its_repeat_gets_the_same(self, visitor: Visitor) -> None:
        _, first = visitor.signed_in()
        second = visitor.refresh(first).json()
        assert visitor.refresh(first).json()["refresh_token"] == second["refresh_token"]
        assert visitor.person(second["access_token"]).get("/v1/me").status_code == 200

    def test_late_repeat_ends_the_session_for_whoever_holds_it(self, service: Service, visitor: Visitor) -> None:
        person, first = visitor.signed_in()
        second = visitor.refresh(first).json()
        service.clock.advance(MINUTE + timedelta(seconds=1))
        assert visitor.refresh(first).json()["error"] == "invalid_grant"
        assert visitor.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
        assert person.get("/v1/me").status_code == 401


class TestRevoke:
    def test_session_ends_at_once_with_its_access_tokens(self, visitor: Visitor) -> None:
        person, token = visitor.signed_in()
        assert visitor.client.post("/v1/auth/revoke", data={"token": token}).status_code == 200
        assert person.get("/v1/me").json()["code"] == "unauthenticated"
        assert visitor.refresh(token).json()["error"] == "invalid_grant"

    def test_access_token_is_revoked_too(self, visitor: Visitor) -> None:
        tokens = visitor.sign_in().json()
        form = {"token": tokens["access_token"], "token_type_hint": "refresh_token"}
        assert visitor.client.post("/v1/auth/revoke", data=form).status_code == 200
        assert visitor.person(tokens["access_token"]).get("/v1/me").status_code == 401

    def test_unknown_token_is_no_error(self, visitor: Visitor) -> None:
        assert visitor.client.post("/v1/auth/revoke", data={"token": "no token"}).status_code == 200

    def test_request_without_a_token_is_refused(self, visitor: Visitor) -> None:
        assert visitor.client.post("/v1/auth/revoke", data={}).json()["error"] == "invalid_request"


class TestThrottling:
    def guess(self, visitor: Visitor, times: int = PAIR.free_failures + 1) -> None:
        for _ in range(times):
            assert visitor.sign_in(password="wrong").status_code == 400

    def test_guesses_run_into_a_pause_that_even_the_right_password_waits_for(
        self, service: Service, visitor: Visitor
    ) -> None:
        self.guess(visitor)
        answer = visitor.sign_in()
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert 1 <= int(answer.headers["retry-after"]) <= 16
        service.clock.advance(timedelta(seconds=16))
        assert visitor.sign_in().status_code == 200

    def test_stranger_does_not_lock_the_owner_out(self, service: Service, visitor: Visitor) -> None:
        home = from_address(service, "192.0.2.1")
        assert home.sign_in().status_code == 200
        for host in range(6):
            self.guess(from_address(service, f"198.51.100.{host}"), times=5)
        self.guess(from_address(service, "203.0.113.1"), times=1)
        assert from_address(service, "203.0.113.2").sign_in().status_code == 429
        assert home.sign_in().status_code == 200

    def test_unknown_address_runs_into_the_same_pause(self, service: Service, visitor: Visitor) -> None:
        for _ in range(PAIR.free_failures + 1):
            assert visitor.sign_in("nobody@example.org").status_code == 400
        assert visitor.sign_in("nobody@example.org").status_code == 429

    def test_pause_outlives_a_restart(self, service: Service, visitor: Visitor, tmp_path: Path) -> None:
        self.guess(from_address(service, "192.0.2.1"))
        with running_service(service.settings.database_url, tmp_path) as restarted:
            assert from_address(restarted, "192.0.2.1").sign_in().status_code == 429

    def test_guesses_at_the_current_password_count_too(self, visitor: Visitor) -> None:
        person, _ = visitor.signed_in()
        body = {"current_password": "wrong", "new_password": NEW_PASSWORD}
        codes = [person.put("/v1/me/password", body).status_code for _ in range(PAIR.free_failures + 2)]
        assert codes == [422] * (PAIR.free_failures + 1) + [429]


class TestDevices:
    def test_each_device_is_listed_and_can_be_signed_out(self, visitor: Visitor) -> None:
        here, _ = visitor.signed_in()
        visitor.client.headers["User-Agent"] = "Phone"
        there, _ = visitor.signed_in()
        listed = here.get("/v1/auth/sessions").json()
        assert listed["next"] is None
        assert {item["name"] for item in listed["items"]} == {"Phone", "testclient"}
        other = next(item for item in listed["items"] if not item["current"])
        assert other["name"] == "Phone"
        assert here.send("DELETE", f"/v1/auth/sessions/{other['id']}").status_code == 204
        assert there.get("/v1/me").status_code == 401
        assert here.get("/v1/me").status_code == 200

    def test_devices_come_in_pages_that_are_one_s_own(self, service: Service, visitor: Visitor) -> None:
        people = [visitor.signed_in()[0] for _ in range(3)]
        path, seen = "/v1/auth/sessions?limit=2", []
        while path:
            page = people[0].get(path)
            seen.append([item["id"] for item in page.json()["items"]])
            path = page.links["next"]["url"] if page.json()["next"] else ""
        assert [len(ids) for ids in seen] == [2, 1]
        assert seen[0] + seen[1] == [item["id"] for item in people[1].get("/v1/auth/sessions").json()["items"]]
        cursor = people[0].get("/v1/auth/sessions?limit=1").json()["next"]
        other = service.person().get(f"/v1/auth/sessions?cursor={cursor}")
        assert (other.status_code, other.json()["code"]) == (422, "cursor_invalid")
        assert people[0].get("/v1/auth/sessions?limit=0").status_code == 422

    def test_device_of_somebody_else_does_not_exist(self, service: Service, visitor: Visitor) -> None:
        person, _ = visitor.signed_in()
        own = person.get("/v1/auth/sessions").json()["items"][0]
        assert service.person().send("DELETE", f"/v1/auth/sessions/{own['id']}").status_code == 404
        assert person.send("DELETE", "/v1/auth/sessions/none").status_code == 404

    def test_nobody_has_no_devices(self, service: Service) -> None:
        assert service.nobody.get("/v1/auth/sessions").status_code == 401


class TestReset:
    def test_token_out_of_the_mail_sets_a_password_once_and_signs_everybody_out(
        self, service: Service, visitor: Visitor
    ) -> None:
        person, _ = visitor.signed_in()
        assert service.nobody.post("/v1/auth/password-reset", {"email": EMAIL}).status_code == 202
        body = {"token": mailed_token(service), "password": NEW_PASSWORD}
        assert service.nobody.post("/v1/auth/password-reset/confirm", body).status_code == 204
        assert person.get("/v1/me").status_code == 401
        assert visitor.sign_in().status_code == 400
        assert visitor.sign_in(password=NEW_PASSWORD).status_code == 200
        again = service.nobody.post("/v1/auth/password-reset/confirm", body)
        assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "token_invalid")

    def test_token_is_over_after_half_an_hour(self, service: Service, visitor: Visitor) -> None:
        service.nobody.post("/v1/auth/password-reset", {"email": EMAIL})
        body = {"token": mailed_token(service), "password": NEW_PASSWORD}
        service.clock.advance(30 * MINUTE)
        assert service.nobody.post("/v1/auth/password-reset/confirm", body).status_code == 422

    def test_refused_password_does_not_use_the_token_up(self, service: Service, visitor: Visitor) -> None:
        service.nobody.post("/v1/auth/password-reset", {"email": EMAIL})
        token = mailed_token(service)
        refused = service.nobody.post("/v1/auth/password-reset/confirm", {"token": token, "password": EMAIL})
        assert refused.json()["errors"] == [
            {"pointer": "/password", "code": "password_personal", "detail": refused.json()["errors"][0]["detail"]}
        ]
        body = {"token": token, "password": NEW_PASSWORD}
        assert service.nobody.post("/v1/auth/password-reset/confirm", body).status_code == 204

    def test_unknown_address_gets_the_same_answer(self, service: Service, visitor: Visitor) -> None:
        answers = [
            service.nobody.post("/v1/auth/password-reset", {"email": known}) for known in (EMAIL, "a@example.org")
        ]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].content == answers[1].content


class TestVerification:
    def test_account_opens_once_its_address_is_confirmed(self, database_url: str, tmp_path: Path) -> None:
        with running_service(database_url, tmp_path, smtp_url="smtp://127.0.0.1:9") as service:
            visitor = Visitor(service.client)
            body = {"email": EMAIL, "password": PASSWORD, "display_name": "ليلى", "locale": "ar"}
            assert service.nobody.post("/v1/users", body).status_code == 202
            assert visitor.sign_in().json()["error"] == "invalid_grant"
            token = service.read(outbox)[0]["token"]
            confirmed = service.nobody.post("/v1/auth/email-verification/confirm", {"token": token})
            assert confirmed.status_code == 204
            assert visitor.sign_in().status_code == 200
            again = service.nobody.post("/v1/auth/email-verification/confirm", {"token": token})
            assert again.status_code == 422

    def test_known_address_gets_the_same_answer_and_its_owner_a_mail(self, database_url: str, tmp_path: Path) -> None:
        with running_service(database_url, tmp_path, smtp_url="smtp://127.0.0.1:9") as service:
            body = {"email": EMAIL, "password": PASSWORD, "display_name": "ليلى", "locale": "ar"}
            answers = [service.nobody.post("/v1/users", body) for _ in range(2)]
            assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"")] * 2
            assert [mail["template"] for mail in service.read(outbox)] == ["email_verification", "already_registered"]
