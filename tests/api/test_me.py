"""One's own account."""

from typing import Any

import pytest

from tests.service import PASSWORD, Person, Service

NEW_PASSWORD = "جمل يقرأ الصحف في المقهى"


class TestReading:
    def test_own_account_has_address_and_roles(self, service: Service) -> None:
        answer = service.person("editor", display_name="ليلى").get("/v1/me")
        me = answer.json()
        assert me["email"].endswith("@example.org")
        assert (me["display_name"], me["roles"], me["badges"]) == ("ليلى", ["member", "editor"], ["editor"])
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["etag"].startswith('"1.')

    def test_nobody_has_no_account(self, service: Service) -> None:
        assert service.nobody.get("/v1/me").status_code == 401


class TestChanging:
    def test_change_shows_everywhere_and_moves_the_etag(self, service: Service, member: Person) -> None:
        answer = member.patch("/v1/me", {"display_name": "سلمى الجديدة"})
        assert (answer.status_code, answer.json()["display_name"]) == (200, "سلمى الجديدة")
        assert answer.json()["locale"] == "ar"
        assert answer.headers["etag"].startswith('"2.')
        assert service.nobody.get(f"/v1/users/{member.id}").json()["display_name"] == "سلمى الجديدة"

    def test_change_needs_the_etag_as_it_is(self, member: Person) -> None:
        assert member.send("PATCH", "/v1/me", {"locale": "en"}).status_code == 428
        assert member.patch("/v1/me", {"locale": "en"}, if_match='"7.a"').status_code == 412

    def test_change_to_what_stands_leaves_the_etag(self, member: Person) -> None:
        tag = member.get("/v1/me").headers["etag"]
        assert member.patch("/v1/me", {"display_name": member.display_name, "locale": "ar"}).headers["etag"] == tag

    @pytest.mark.parametrize("body", [{"roles": ["admin"]}, {"email": "a@example.org"}, {"display_name": ""}, []])
    @pytest.mark.long_table
    def test_what_is_not_ones_to_change_is_refused(self, member: Person, body: Any) -> None:
        assert member.patch("/v1/me", body).status_code == 422


class TestPassword:
    def change(self, who: Person, current: str = PASSWORD, new: str = NEW_PASSWORD) -> Any:
        return who.put("/v1/me/password", {"current_password": current, "new_password": new})

    def sign_in(self, service: Service, email: str, password: str) -> Any:
        form = {"grant_type": "password", "username": email, "password": password}
        return service.client.post("/v1/auth/token", data=form)

    def test_new_password_signs_all_other_devices_out(self, service: Service, member: Person) -> None:
        email = member.get("/v1/me").json()["email"]
        token = self.sign_in(service, email, PASSWORD).json()["access_token"]
        other = Person(service.client, headers={"Authorization": f"Bearer {token}"})
        assert other.get("/v1/me").status_code == 200
        assert self.change(member).status_code == 204
        assert other.get("/v1/me").status_code == 401
        assert member.get("/v1/me").status_code == 200
        assert self.sign_in(service, email, PASSWORD).status_code == 400
        assert self.sign_in(service, email, NEW_PASSWORD).status_code == 200

    @pytest.mark.parametrize(
        ("current", "new", "pointer", "code"),
        [
            ("wrong", NEW_PASSWORD, "/current_password", "password_wrong"),
            (PASSWORD, "too short", "/new_password", "too_short"),
            (PASSWORD, "qwertyuiopasdfgh", "/new_password", "password_common"),
        ],
    )
    def test_password_that_does_not_do_is_named(
        self, member: Person, current: str, new: str, pointer: str, code: str
    ) -> None:
        answer = self.change(member, current, new)
        assert answer.status_code == 422
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]

    def test_looking_for_a_new_password_that_does_is_no_guessing(self, member: Person) -> None:
        for _ in range(7):
            assert self.change(member, new="qwertyuiopasdfgh").status_code == 422
        assert self.change(member).status_code == 204

    def test_nobody_changes_no_password(self, service: Service) -> None:
        assert self.change(service.nobody).status_code == 401
