"""What people may ask about themselves: an export of all that is held on them, and their erasure."""

from typing import Any

from api.background import Chores
from forum.delivery.mail import Mailer
from forum.people.erasing import LAST_LOOK
from forum.people.holdings import HOLDINGS, SECTIONS
from models.tables import metadata
from tests.service import PASSWORD, Person, Service

WORDS = "كلمات لا يعرفها غيرها"
NAME = "مها الغائبة"
NAMING = ("_by", "user_id", "author_id", "reporter_id", "actor_id")
# What stays of a person by the words of others or of the institute: the page of a published analysis.
PUBLISHED = ("analyses", "analysis_revisions")


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


class TestExport:
    def test_nobody_has_nothing_to_take(self, service: Service) -> None:
        assert service.nobody.get("/v1/me/export").status_code == 401


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
