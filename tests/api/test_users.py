"""Registration, the public face of users and the roles that administrators give them."""

from typing import Any
from uuid import uuid4

import pytest

from tests.service import PASSWORD, Person, Service

BODY = {"email": "layla@example.org", "password": PASSWORD, "display_name": "ليلى", "locale": "ar"}


@pytest.fixture
def admin(service: Service) -> Person:
    """Give an administrator."""
    return service.person("admin", display_name="إدارة")


class TestRegistration:
    def test_new_account_is_shown_to_its_owner(self, service: Service) -> None:
        answer = service.nobody.post("/v1/users", BODY)
        assert answer.status_code == 201
        user = answer.json()
        assert answer.headers["location"] == f"/v1/users/{user['id']}"
        assert (user["email"], user["display_name"], user["roles"]) == ("layla@example.org", "ليلى", ["member"])
        assert PASSWORD not in answer.text

    def test_locale_may_be_left_out(self, service: Service) -> None:
        body = {key: value for key, value in BODY.items() if key != "locale"}
        assert service.nobody.post("/v1/users", body).json()["locale"] == "ar"

    def test_known_address_is_taken_whatever_its_case(self, service: Service) -> None:
        service.nobody.post("/v1/users", BODY)
        answer = service.nobody.post("/v1/users", BODY | {"email": "LAYLA@example.org"})
        assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            pytest.param("email", "no address", "not_email", id="an address without a domain"),
            pytest.param("email", f"{'ﷺ' * 60}@example.org", "too_long", id="an address that unfolds too far"),
            pytest.param("password", "a" * 14, "too_short", id="a short password"),
            pytest.param("password", "x y" * 400, "too_long", id="a long password"),
            pytest.param("password", "passwordpassword", "password_common", id="a common password"),
            pytest.param("password", "layla-layla-layla-9", "password_personal", id="the address again and again"),
            pytest.param("password", "ab" * 10, "password_repetitive", id="a short pattern"),
            pytest.param("password", 815_162_342_108, "wrong_type", id="a number for a password"),
            pytest.param("display_name", "\u200b ـ", "blank", id="a name that nobody sees"),
            pytest.param("display_name", "ليلى\nإدارة", "control_character", id="a name of two lines"),
            pytest.param("display_name", "ل" * 81, "too_long", id="a long name"),
            pytest.param("locale", "fr", "not_allowed", id="a language that we do not speak"),
            pytest.param("roles", ["admin"], "unknown_field", id="roles of one's own choice"),
        ],
    )
    @pytest.mark.long_table
    def test_field_that_does_not_do_is_named(self, service: Service, field: str, value: Any, code: str) -> None:
        answer = service.nobody.post("/v1/users", BODY | {field: value})
        assert answer.status_code == 422
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(f"/{field}", code)]
        assert str(value) not in answer.text

    def test_name_whose_folded_form_is_very_long_is_taken(self, service: Service) -> None:
        assert service.nobody.post("/v1/users", BODY | {"display_name": "ﷺ" * 80}).status_code == 201

    @pytest.mark.parametrize("email", ["a@forum.test", "a@intranet.local", "ليلى@مثال.إختبار"])
    def test_address_of_a_small_or_arabic_network_is_taken(self, service: Service, email: str) -> None:
        assert service.nobody.post("/v1/users", BODY | {"email": email}).status_code == 201


class TestPublicFace:
    def test_public_sees_name_badges_and_credential_and_no_address(self, service: Service) -> None:
        expert = service.person("expert", "editor", display_name="د. سلمى", title="أستاذة", affiliation="جامعة")
        answer = service.nobody.get(f"/v1/users/{expert.id}")
        face = answer.json()
        assert face.keys() == {"id", "display_name", "badges", "credential"}
        assert (face["display_name"], face["badges"]) == ("د. سلمى", ["expert", "editor"])
        assert face["credential"]["title"] == "أستاذة"
        assert answer.headers["etag"].startswith('"1.')

    def test_face_that_the_client_has_is_not_sent_again(self, service: Service, member: Person) -> None:
        tag = service.nobody.get(f"/v1/users/{member.id}").headers["etag"]
        assert service.nobody.get(f"/v1/users/{member.id}", if_none_match=tag).status_code == 304

    @pytest.mark.parametrize("name", [str(uuid4()), "nobody", "x" * 300], ids=["new id", "no id", "long text"])
    def test_unknown_user_is_not_found(self, service: Service, name: str) -> None:
        assert service.nobody.get(f"/v1/users/{name}").status_code == 404


class TestRoles:
    def assign(self, who: Person, user: Person, *roles: str, **headers: str) -> Any:
        tag = who.get(f"/v1/users/{user.id}").headers["etag"]
        return who.put(f"/v1/users/{user.id}/roles", {"roles": list(roles)}, **({"if_match": tag} | headers))

    def test_administrator_gives_roles_that_hold_on_the_next_request(
        self, service: Service, admin: Person, member: Person
    ) -> None:
        assert member.get("/v1/moderation/cases").status_code == 403
        answer = self.assign(admin, member, "moderator")
        assert (answer.status_code, answer.json()["roles"]) == (200, ["member", "moderator"])
        assert member.get("/v1/moderation/cases").status_code == 200
        assert self.assign(admin, member).status_code == 200
        assert member.get("/v1/moderation/cases").status_code == 403

    def test_roles_change_the_etag_of_the_user(self, admin: Person, member: Person) -> None:
        answer = self.assign(admin, member, "expert")
        assert answer.headers["etag"].startswith('"2.')
        assert admin.get(f"/v1/users/{member.id}").headers["etag"].startswith('"2.')

    def test_roles_need_the_etag_of_the_user_as_it_is(self, admin: Person, member: Person) -> None:
        path, body = f"/v1/users/{member.id}/roles", {"roles": ["expert"]}
        assert admin.put(path, body).status_code == 428
        assert admin.put(path, body, if_match='"7.a"').status_code == 412

    @pytest.mark.parametrize("role", ["moderator", "editor", "expert"])
    def test_others_give_no_roles(self, service: Service, member: Person, role: str) -> None:
        assert self.assign(service.person(role), member, "admin").status_code == 403

    def test_nobody_is_asked_to_sign_in(self, service: Service, member: Person) -> None:
        assert service.nobody.put(f"/v1/users/{member.id}/roles", {"roles": []}).status_code == 401

    def test_unknown_user_has_no_roles(self, admin: Person) -> None:
        assert admin.put(f"/v1/users/{uuid4()}/roles", {"roles": []}, if_match="*").status_code == 404

    def test_unknown_role_is_refused(self, admin: Person, member: Person) -> None:
        assert self.assign(admin, member, "owner").status_code == 422

    def test_last_administrator_stays_one(self, admin: Person) -> None:
        answer = self.assign(admin, admin, "editor")
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")

    def test_administrator_does_not_raise_themselves(self, admin: Person) -> None:
        assert self.assign(admin, admin, "admin", "expert").status_code == 403
