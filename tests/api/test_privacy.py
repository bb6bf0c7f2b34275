"""What people may ask about themselves: an export of all that is held on them, and their erasure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from api.background import Chores
from auth.erasure import begin_erasure
from auth.sign_in import begin_password_check
from forum.delivery.mail import Mailer
from forum.people.erasing import LAST_LOOK, erase_slice
from forum.people.holdings import HOLDINGS, SECTIONS, Fate
from models.analyses import Analysis
from models.base import Table, columns_of
from models.comments import Comment, CommentRevision
from models.errors import Invalid, Unauthenticated
from models.notifications import Subscription
from models.people import Erasure
from models.tables import metadata
from models.users import User
from tests.api.analyses import drafted, published, submitted
from tests.service import PASSWORD, Person, Service, running_service

WORDS, NAME, TITLE = "كلمات لا يعرفها غيرها", "مها الغائبة", "خبيرة المياه الجوفية"
NAMING = ("_by", "user_id", "author_id", "reporter_id", "actor_id")


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Run the service without its relay, so that mails wait."""
    with running_service(database_url, tmp_path, relay=False) as service:
        yield service


def erase(person: Person, password: str = PASSWORD) -> Any:
    return person.send("DELETE", "/v1/me", {"password": password})


def finish(service: Service) -> None:
    """Do what is left of erasures, with the last look."""
    chores = Chores(
        service.app.state.services, Mailer.of(service.settings.public_url, None, service.settings.mail_folder)
    )
    assert service.client.portal is not None
    service.client.portal.call(chores.erase_people)
    service.clock.advance(LAST_LOOK)
    service.client.portal.call(chores.erase_people)
    service.client.portal.call(chores.fold_reactions)


class TestHoldings:
    def test_every_table_that_names_somebody_says_what_becomes_of_it(self) -> None:
        naming = {
            table.name
            for table in metadata.tables.values()
            for column in table.columns
            if column.name.endswith(NAMING) or any(key.column.table.name == "users" for key in column.foreign_keys)
        }
        assert naming - {str(table.__tablename__) for table in HOLDINGS} == set()

    def test_sections_have_names_of_their_own(self) -> None:
        names = [section.name for section in SECTIONS]
        assert len(set(names)) == len(names)


@dataclass
class Past:
    """Hold somebody who has done everything, and some of what they did."""

    person: Person
    article: Any
    reply: Any
    analysis: Any
    others: Any


def past(service: Service) -> Past:
    """Let an expert who moderates live through everything that leaves something behind."""
    person = service.person("expert", "moderator", display_name=NAME, title=TITLE)
    editor, reader = service.person("editor", display_name="ليلى"), service.person(display_name="سلمى")
    article = service.article(editor)
    shown = published(service, person, editor, article)
    submitted(person, article, title=WORDS)
    drafted(person, article, title=WORDS)
    top = service.approved(person, editor, article, f"{WORDS} ١")
    person.patch(f"/v1/comments/{top['id']}", {"body": f"{WORDS} ٢"})
    reply = service.approved(reader, editor, article, "جواب باقٍ", parent_id=top["id"])
    # Answers that others may have again tell the words of cases.
    assert editor.post(f"/v1/comments/{top['id']}/cases", idempotency_key="look").status_code == 201
    service.comment(person, article, f"{WORDS} ٣")
    rejected = service.comment(person, article, f"{WORDS} ٤")
    service.decide(editor, rejected, "reject", reason="abuse")
    assert person.post(f"/v1/comments/{rejected['id']}/appeals", {"statement": WORDS}).status_code == 201
    others = service.approved(reader, person, service.article(editor, title="مقال آخر"), "رأي آخر")
    assert person.put(f"/v1/comments/{others['id']}/reactions/agree").status_code == 200
    assert person.post(f"/v1/comments/{reply['id']}/reports", {"reason": "abuse", "detail": WORDS}).status_code == 201
    person.put(f"/v1/articles/{article['id']}/subscription")
    person.put("/v1/me/notification-settings", {"reply": "off"})
    person.put("/v1/me/moderation-scope", {"sections": [], "languages": ["ar"]})
    person.post("/v1/auth/stream-ticket")
    person.post(f"/v1/articles/{article['id']}/comments", {"body": f"{WORDS} ٥"}, idempotency_key="once")
    change = {"title": f"{WORDS} ٦", "evidence": [{"label": WORDS, "url": "https://example.org/maha"}]}
    assert person.patch(f"/v1/experts/{person.id}/credential", change, if_match="*").status_code < 300
    email = person.get("/v1/me").json()["email"]
    service.client.post("/v1/auth/password-reset", json={"email": email})
    invited = {"email": email, "title": WORDS, "affiliation": "مركز", "fields": ["مياه"]}
    assert editor.post("/v1/experts/invitations", invited, idempotency_key="invite").status_code == 201
    admin = service.person("admin")
    assert admin.post(f"/v1/users/{person.id}/sanctions", {"kind": "warning", "reason": "abuse"}).status_code == 201
    return Past(person, article, reply, shown, others)


def traces(service: Service, *words: str) -> set[str]:
    """Name the tables in which one of these words stands somewhere."""

    def verb(session: Session) -> set[str]:
        # As plain tuples, since rows cut long texts short when they are written out.
        rows = {name: str(list(map(tuple, session.execute(select(table))))) for name, table in metadata.tables.items()}
        return {name for name, text in rows.items() if any(word in text for word in words)}

    found: set[str] = service.read(verb)
    return found


def count_rows(service: Service, table: type[Table], user_id: Any) -> int:
    columns = columns_of(table)
    count = select(func.count()).select_from(table).where(columns.user_id == user_id)
    number: int = service.read(lambda session: session.execute(count).scalar_one())
    return number


class TestExport:
    def test_nobody_has_nothing_to_take(self, service: Service) -> None:
        assert service.nobody.get("/v1/me/export").status_code == 401

    def test_everything_of_a_person_is_in_it_and_nothing_of_others(self, service: Service) -> None:
        whole = past(service)
        answer = whole.person.get("/v1/me/export")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
        found = answer.json()
        empty = {"batches", "screening_rules", "webhooks", "overdue_digests", "decisions_on_applications"}
        assert {name for name, rows in found.items() if not rows} - empty == set()
        assert set(found) == {section.name for section in SECTIONS}
        assert found["account"][0]["display_name"] == NAME
        assert [row["body"][-1] for row in found["comment_revisions"]] == list("١٢٣٤٥")
        assert len(found["comments"]) == 4
        others = [person_id for person_id in user_ids(service) if person_id != str(whole.person.id)]
        assert len(others) == 3
        assert [one for one in others if one in answer.text] == []
        assert "hash" not in answer.text

    def test_many_rows_are_read_in_slices(
        self, service: Service, member: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        article = service.article()
        bodies = [f"رأي {number}" for number in range(4)]
        for body in bodies:
            service.comment(member, article, body)
        monkeypatch.setattr("api.routers.privacy.SECTIONS", [replace(section, most=2) for section in SECTIONS])
        assert [row["body"] for row in member.get("/v1/me/export").json()["comment_revisions"]] == bodies

    def test_suspension_leaves_export_and_erasure(self, service: Service, member: Person) -> None:
        admin = service.person("admin")
        admin.post(f"/v1/users/{member.id}/sanctions", {"kind": "suspension", "reason": "abuse"})
        assert member.get("/v1/me/export").status_code == 200
        assert erase(member).status_code == 202


class TestUnsigned:
    def test_the_banned_still_take_their_data_and_leave(self, service: Service, member: Person) -> None:
        email, nobody = member.get("/v1/me").json()["email"], service.nobody
        proof = {"email": email.upper(), "password": PASSWORD}
        service.comment(member, service.article(), WORDS)
        banned = service.person("admin").post(f"/v1/users/{member.id}/sanctions", {"kind": "ban", "reason": "abuse"})
        assert banned.status_code == 201
        assert member.get("/v1/me/export").status_code == 401
        taken = nobody.post("/v1/auth/export", proof)
        assert (taken.status_code, WORDS in taken.text) == (200, True)
        assert taken.headers["cache-control"] == "no-store"
        assert nobody.post("/v1/auth/erasure", proof).status_code == 202
        assert nobody.post("/v1/auth/export", proof).status_code == 422
        finish(service)
        again = {"email": email, "password": "جمل يقرأ الصحف في المقهى", "display_name": "عائد", "locale": "ar"}
        assert nobody.post("/v1/users", again).status_code == 201
        form = {"grant_type": "password", "username": email, "password": again["password"]}
        assert service.client.post("/v1/auth/token", data=form).json()["error"] == "invalid_grant"

    @pytest.mark.parametrize("route", ["export", "erasure"])
    def test_a_wrong_password_and_an_address_of_nobody_are_answered_alike(
        self, service: Service, member: Person, route: str
    ) -> None:
        email = member.get("/v1/me").json()["email"]
        wrong = [{"email": email, "password": "wrong"}, {"email": "nobody@example.org", "password": PASSWORD}]
        answers = [service.nobody.post(f"/v1/auth/{route}", body) for body in wrong]
        assert [(answer.status_code, answer.json()["errors"]) for answer in answers] == [
            (422, [answers[0].json()["errors"][0]])
        ] * 2
        assert answers[0].json()["errors"][0]["code"] == "password_wrong"
        assert member.get("/v1/me").status_code == 200


class TestErasure:
    def test_wrong_password_erases_nobody(self, member: Person) -> None:
        answer = erase(member, "not the password at all")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "password_wrong")
        assert member.get("/v1/me").status_code == 200

    def test_whoever_is_erased_is_nobody_at_once(self, service: Service, member: Person) -> None:
        email = member.get("/v1/me").json()["email"]
        assert erase(member).status_code == 202
        assert member.get("/v1/me").status_code == 401
        assert service.nobody.get(f"/v1/users/{member.id}").status_code == 404
        form = {"grant_type": "password", "username": email, "password": PASSWORD}
        assert service.client.post("/v1/auth/token", data=form).status_code == 400

    def test_last_administrator_stays(self, service: Service) -> None:
        first, second = service.person("admin"), service.person("admin")
        assert erase(first).status_code == 202
        answer = erase(second)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
        assert second.get("/v1/me").status_code == 200

    def test_nothing_of_the_person_is_left_but_tombstones_and_what_was_published(self, service: Service) -> None:
        whole = past(service)
        email = whole.person.get("/v1/me").json()["email"]
        assert len(traces(service, NAME, WORDS, TITLE, email)) == 10
        seq = service.nobody.get(f"/v1/articles/{whole.article['id']}").json()["seq"]
        assert erase(whole.person).status_code == 202
        finish(service)
        assert traces(service, WORDS, email) == set()
        assert traces(service, NAME, TITLE) == {"analysis_revisions"}
        owned = {table: holding for table, holding in HOLDINGS.items() if "user_id" in columns_of(table)}
        gone = [table for table, holding in owned.items() if holding.fate is Fate.DELETED]
        assert len(gone) > 12
        assert {table: count_rows(service, table, whole.person.id) for table in gone} == dict.fromkeys(gone, 0)
        article = service.nobody.get(f"/v1/articles/{whole.article['id']}").json()
        assert article["seq"] > seq
        assert article["counts"] == {"comments": 1, "analyses": 1}
        # The public sees a tombstone above the reply, and the analysis as it was.
        thread = service.nobody.get(f"/v1/articles/{whole.article['id']}/comments").json()["items"]
        stone = next(comment for comment in thread if comment["tombstone"])
        assert (stone["tombstone"], stone["author"], stone["body"]) == ("withdrawn", None, None)
        assert whole.reply["id"] in [comment["id"] for comment in thread]
        assert service.nobody.get(f"/v1/comments/{whole.others['id']}").json()["reactions"]["agree"] == 0
        changes = service.nobody.get(f"/v1/articles/{whole.article['id']}/changes?after=0").text
        assert WORDS not in changes
        analysis = service.nobody.get(f"/v1/analyses/{whole.analysis['id']}").json()
        assert analysis["author"]["display_name"] == NAME
        listed = service.nobody.get(f"/v1/articles/{whole.article['id']}/analyses").json()["items"]
        assert [one["id"] for one in listed] == [whole.analysis["id"]]

    def test_moderation_goes_on_and_the_log_is_sound(self, service: Service) -> None:
        whole = past(service)
        erase(whole.person)
        finish(service)
        editor = service.person("editor")
        cases = editor.get("/v1/moderation/cases?limit=100").json()["items"]
        assert [case["kind"] for case in cases] == ["report"]
        for state in ("void", "decided"):
            assert editor.get(f"/v1/moderation/cases?state={state}").status_code == 200
        verdict = {"verdict": "dismiss", "revision": 1}
        assert editor.post(f"/v1/moderation/cases/{cases[0]['id']}/decisions", verdict).status_code == 201
        assert editor.get("/v1/moderation/decisions/verify").json()["ok"]
        taken = [one["by"] for one in editor.get("/v1/moderation/decisions").json()["items"]]
        assert str(whole.person.id) in taken
        # What has no words any more can still be read and taken back.
        thread = f"/v1/articles/{whole.article['id']}/comments"
        comments = service.read(lambda session: session.scalars(select(Comment.id)).all())
        analyses = service.read(lambda session: session.scalars(select(Analysis.id)).all())
        assert (len(comments), len(analyses)) == (6, 2)
        addresses = [f"/v1/comments/{one}" for one in comments] + [f"/v1/analyses/{one}" for one in analyses]
        assert [editor.get(address).status_code for address in addresses] == [200] * 8
        assert [editor.get(f"{address}/revisions").status_code for address in addresses] == [200] * 8
        decisions = editor.get("/v1/moderation/decisions").json()["items"]
        reversals = [f"/v1/moderation/decisions/{one['id']}/reversal" for one in decisions]
        statuses = [editor.post(address, {"reason": "other"}).status_code for address in reversals]
        assert max(statuses) < 500
        assert WORDS not in service.nobody.get(thread).text
        assert editor.get("/v1/moderation/cases?limit=100").status_code == 200
        assert editor.get("/v1/moderation/decisions/verify").json()["ok"]

    def test_erasure_goes_on_where_it_stopped(self, service: Service, member: Person) -> None:
        article = service.article()
        first, second = (service.comment(member, article, f"رأي {number}")["id"] for number in range(2))
        erase(member)
        assert service.write(erase_slice, member.id, now=service.clock())
        service.write(erase_slice, member.id, now=service.clock())
        bodies = {str(row.comment_id): row.body for row in service.read(revisions)}
        assert bodies == {first: "", second: ""}
        finish(service)
        assert not service.write(erase_slice, member.id, now=service.clock())

    def test_what_a_request_under_way_still_wrote_is_found_by_a_last_look(
        self, service: Service, member: Person
    ) -> None:
        article_id = UUID(service.article()["id"])
        erase(member)
        assert not service.write(erase_slice, member.id, now=service.clock())
        late = Subscription(article_id=article_id, user_id=UUID(str(member.id)), created_at=service.clock())
        service.write(lambda session: session.add(late))
        assert not service.write(erase_slice, member.id, now=service.clock())
        assert count_rows(service, Subscription, member.id) == count_rows(service, Erasure, member.id) == 1
        finish(service)
        assert count_rows(service, Subscription, member.id) == count_rows(service, Erasure, member.id) == 0

    def test_password_that_was_replaced_meanwhile_erases_nobody(self, service: Service, member: Person) -> None:
        now = service.clock()
        account, attempt = service.write(begin_password_check, user_id=member.id, network="192.0.2.1", now=now)
        new = {"current_password": PASSWORD, "new_password": "جمل يقرأ الصحف في المقهى"}
        assert member.put("/v1/me/password", new).status_code == 204
        with pytest.raises(Invalid):
            service.write(begin_erasure, account, attempt=attempt, mark="", now=now)
        assert member.get("/v1/me").status_code == 200

    def test_second_request_at_the_same_moment_comes_from_nobody(self, service: Service, member: Person) -> None:
        now = service.clock()
        account, attempt = service.write(begin_password_check, user_id=member.id, network="n", now=now)
        assert erase(member).status_code == 202
        with pytest.raises(Unauthenticated):
            service.write(begin_erasure, account, attempt=attempt, mark="m", now=now)

    def test_address_registers_again_and_a_restriction_comes_back_with_it(self, service: Service) -> None:
        member, admin = service.person(), service.person("admin")
        email = member.get("/v1/me").json()["email"]
        muted = {"kind": "mute", "reason": "abuse", "note": WORDS}
        admin.post(f"/v1/users/{member.id}/sanctions", muted)
        admin.post(f"/v1/users/{member.id}/sanctions", muted | {"kind": "warning"})
        assert erase(member).status_code == 202
        finish(service)
        again = {"email": email, "password": PASSWORD, "display_name": "زائرة", "locale": "ar"}
        answer = service.nobody.post("/v1/users", again)
        assert answer.status_code == 201
        [sanction] = admin.get(f"/v1/users/{answer.json()['id']}/sanctions").json()["items"]
        assert (sanction["kind"], sanction["note"]) == ("mute", None)
        assert service.nobody.post("/v1/users", again | {"email": f"x{email}"}).status_code == 201

    def test_export_is_limited(self, database_url: str, tmp_path: Path) -> None:
        with running_service(database_url, tmp_path, rate_limits=True) as service:
            member = service.person()
            statuses = [member.get("/v1/me/export").status_code for _ in range(11)]
            assert (statuses[9], statuses[10]) == (200, 429)


def revisions(session: Session) -> Any:
    return session.execute(select(CommentRevision.comment_id, CommentRevision.body)).all()


def user_ids(service: Service) -> list[str]:
    ids = service.read(lambda session: session.scalars(select(User.id)).all())
    return [str(user_id) for user_id in ids]
