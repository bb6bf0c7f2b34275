"""Sanctions through the API: what each kind takes, who may impose it, when it ends, and its place in the log."""

from datetime import timedelta
from typing import Any

import pytest

from models.instants import format_instant
from tests.api.world import with_token
from tests.service import PASSWORD, Person, Service


def sanction(moderator: Person, user: Person, kind: str, **values: Any) -> Any:
    """Sanction somebody."""
    answer = moderator.post(f"/v1/users/{user.id}/sanctions", {"kind": kind, "reason": "abuse", **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def codes(answer: Any) -> tuple[int, str]:
    """Give status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


class TestKinds:
    def test_warning_takes_nothing(self, service: Service, member: Person, moderator: Person) -> None:
        sanction(moderator, member, "warning")
        assert service.comment(member, service.article())["status"] == "pending"

    def test_mute_takes_commenting_and_reacting_before_anything_is_read(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        public = service.approved(service.person(), moderator, article, "رأي")
        own = service.comment(member, article, "كلامي")
        sanction(moderator, member, "mute")
        for method, path in (
            ("POST", f"/v1/articles/{article['id']}/comments"),
            ("POST", f"/v1/comments/{public['id']}/replies"),
            ("PATCH", f"/v1/comments/{own['id']}"),
            ("PUT", f"/v1/comments/{public['id']}/reactions/agree"),
        ):
            assert codes(member.send(method, path, {"unknown": 1})) == (403, "sanctioned"), path
        assert member.get(f"/v1/comments/{own['id']}").status_code == 200
        assert member.get(f"/v1/me/reactions?article={article['id']}").status_code == 200
        assert member.delete(f"/v1/comments/{own['id']}").status_code == 204

    def test_suspension_takes_writing_of_every_kind_and_leaves_the_account(
        self, service: Service, moderator: Person
    ) -> None:
        expert, article = service.person("expert"), service.article()
        sanction(moderator, expert, "suspension")
        disclosure = expert.put(f"/v1/articles/{article['id']}/disclosure", {"none": True})
        assert codes(disclosure) == (403, "sanctioned")
        assert codes(expert.post(f"/v1/articles/{article['id']}/comments", {"body": "رأي"})) == (403, "sanctioned")
        assert expert.get("/v1/me").status_code == 200
        assert expert.patch("/v1/me", {"locale": "en"}).status_code == 200

    def test_ban_ends_every_session_and_no_other_is_opened(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        email = member.get("/v1/me").json()["email"]
        form = {"grant_type": "password", "username": email, "password": PASSWORD}
        granted = service.client.post("/v1/auth/token", data=form).json()
        made = sanction(moderator, member, "ban")
        assert member.get("/v1/me").status_code == 401
        assert service.client.post("/v1/auth/token", data=form).json()["error"] == "invalid_grant"
        refresh = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
        assert service.client.post("/v1/auth/token", data=refresh).json()["error"] == "invalid_grant"
        assert moderator.delete(f"/v1/users/{member.id}/sanctions/{made['id']}", if_match="*").status_code == 204
        assert service.client.post("/v1/auth/token", data=form).status_code == 200

    def test_heaviest_of_several_weighs(self, service: Service, member: Person, moderator: Person) -> None:
        sanction(moderator, member, "ban", until=format_instant(service.clock() + timedelta(days=1)))
        sanction(moderator, member, "warning")
        assert member.get("/v1/me").status_code == 401


class TestEnd:
    def test_sanction_ends_by_itself_at_its_time(self, service: Service, member: Person, moderator: Person) -> None:
        article = service.article()
        sanction(moderator, member, "mute", until=format_instant(service.clock() + timedelta(minutes=5)))
        path = f"/v1/articles/{article['id']}/comments"
        service.clock.advance(timedelta(minutes=5) - timedelta(seconds=1))
        assert member.post(path, {"body": "رأي"}).status_code == 403
        service.clock.advance(timedelta(seconds=1))
        assert member.post(path, {"body": "رأي"}).status_code == 201
        [shown] = moderator.get(f"/v1/users/{member.id}/sanctions").json()["items"]
        assert shown["in_force"] is False

    def test_lifted_sanction_is_over_at_once_and_lifting_again_changes_nothing(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        path = f"/v1/users/{member.id}/sanctions/{sanction(moderator, member, 'mute')['id']}"
        for _ in range(2):
            assert moderator.send("DELETE", path).status_code == 204
        assert service.comment(member, service.article())["status"] == "pending"
        assert len(moderator.get("/v1/moderation/decisions").json()["items"]) == 2

    def test_end_in_the_past_is_refused(self, service: Service, member: Person, moderator: Person) -> None:
        body = {"kind": "mute", "reason": "abuse", "until": format_instant(service.clock())}
        answer = moderator.post(f"/v1/users/{member.id}/sanctions", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/until")

    def test_sanction_of_somebody_else_is_not_found(self, service: Service, member: Person, moderator: Person) -> None:
        made = sanction(moderator, member, "mute")
        other = service.person()
        assert moderator.send("DELETE", f"/v1/users/{other.id}/sanctions/{made['id']}").status_code == 404


WHO = [
    ("moderator", "expert", 201),
    ("moderator", "moderator", 403),
    ("moderator", "admin", 403),
    ("editor", "moderator", 201),
    ("editor", "editor", 403),
    ("admin", "editor", 201),
    ("admin", "admin", 403),
]


class TestWho:
    @pytest.mark.parametrize(("by", "of", "status"), WHO)
    @pytest.mark.long_table
    def test_only_those_who_rank_below_are_sanctioned(self, service: Service, by: str, of: str, status: int) -> None:
        path = f"/v1/users/{service.person(of).id}/sanctions"
        assert service.person(by).post(path, {"kind": "mute", "reason": "other"}).status_code == status

    def test_nobody_sanctions_themselves(self, service: Service) -> None:
        admin = service.person("admin")
        body = {"kind": "mute", "reason": "other"}
        assert admin.post(f"/v1/users/{admin.id}/sanctions", body).status_code == 403

    def test_sanctioned_read_why_and_not_by_whom(self, service: Service, member: Person, moderator: Person) -> None:
        sanction(moderator, member, "mute", note="ثلاث شتائم في يوم")
        [own] = member.get(f"/v1/users/{member.id}/sanctions").json()["items"]
        assert (own["reason"], own["note"], own["by"]) == ("abuse", "ثلاث شتائم في يوم", None)
        [shown] = moderator.get(f"/v1/users/{member.id}/sanctions").json()["items"]
        assert shown["by"] == str(moderator.id)
        assert service.person().get(f"/v1/users/{member.id}/sanctions").status_code == 403

    def test_repeated_request_imposes_one_sanction(self, member: Person, moderator: Person) -> None:
        body = {"kind": "mute", "reason": "abuse"}
        path = f"/v1/users/{member.id}/sanctions"
        first, second = (moderator.post(path, body, idempotency_key="k") for _ in range(2))
        assert first.json() == second.json()
        assert len(moderator.get(path).json()["items"]) == 1


class TestRecord:
    def test_each_act_is_an_entry_of_the_sound_chain(self, member: Person, moderator: Person) -> None:
        made = sanction(moderator, member, "mute", note="ن")
        sanction(moderator, member, "suspension")
        moderator.send("DELETE", f"/v1/users/{member.id}/sanctions/{made['id']}")
        log = moderator.get("/v1/moderation/decisions").json()["items"]
        acts = [(entry["verdict"], entry["from"], entry["to"]) for entry in reversed(log)]
        assert acts == [
            ("mute", "free", "mute"),
            ("suspension", "mute", "suspension"),
            ("lift", "suspension", "suspension"),
        ]
        assert {entry["subject"]["type"] for entry in log} == {"user"}
        assert {entry["subject"]["id"] for entry in log} == {str(member.id)}
        assert {entry["case_id"] for entry in log} == {None}
        assert moderator.get("/v1/moderation/decisions/verify").json() == {
            "ok": True,
            "checked": 3,
            "first_broken": None,
        }

    def test_entry_about_a_user_is_not_taken_back_like_a_verdict(self, member: Person, moderator: Person) -> None:
        sanction(moderator, member, "mute")
        [entry] = moderator.get("/v1/moderation/decisions").json()["items"]
        answer = moderator.post(f"/v1/moderation/decisions/{entry['id']}/reversal", {"reason": "other"})
        assert answer.status_code == 404


class TestLater:
    def test_token_from_before_a_ban_that_is_over_stays_worthless(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        sanction(moderator, member, "ban", until=format_instant(service.clock() + timedelta(minutes=1)))
        service.clock.advance(timedelta(minutes=2))
        assert with_token(service, member, at=service.clock()).get("/v1/me").status_code == 401
