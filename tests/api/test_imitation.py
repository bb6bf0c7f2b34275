"""Names and titles that could be taken for those of experts, of moderators or of the institute."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.candidates import APPLICATION, APPLICATIONS
from tests.service import PASSWORD, Person, Service, running_service

REGISTRATION = {"password": PASSWORD, "locale": "ar"}
IMITATIONS = {
    "an expert's name": "د. ريم السيّد",
    "a moderator's in disguise": "3مر 3لي",
    "the institute's within": "إدارة معهد المياه",
}


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Run the service of an institute with an expert and a moderator."""
    with running_service(database_url, tmp_path, institute_name="معهد المياه") as service:
        service.person("expert", display_name="ريم السيد")
        service.person("moderator", display_name="عمر علي")
        yield service


def register(service: Service, name: str, number: int) -> Any:
    """Open an account over the API."""
    body = {**REGISTRATION, "email": f"one{number}@example.org", "display_name": name}
    return service.nobody.post("/v1/users", body)


def pointers(answer: Any) -> list[tuple[str, str]]:
    """Give what a refusal points at."""
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_nobody_takes_a_name_that_imitates(service: Service, member: Person) -> None:
    for number, name in enumerate(IMITATIONS.values()):
        assert pointers(register(service, name, number)) == [("/display_name", "imitation")], name
        assert pointers(member.patch("/v1/me", {"display_name": name})) == [("/display_name", "imitation")], name
        assert pointers(member.post(APPLICATIONS, APPLICATION | {"title": name})) == [("/title", "imitation")]
    assert register(service, member.display_name, 10).status_code == 201
    assert member.patch("/v1/me", {"display_name": "سلمى أخرى"}).status_code == 200


def test_own_name_is_spelt_anew_and_published_words_keep_the_former(service: Service, moderator: Person) -> None:
    expert = service.person("expert", display_name="هدى حسن")
    service.person("moderator", display_name="هدى حسن")
    article = service.article()
    assert expert.put(f"/v1/articles/{article['id']}/disclosure", {"none": True}).status_code == 201
    comment = service.approved(expert, moderator, article, "رأي")
    assert expert.patch("/v1/me", {"display_name": "د. هدى حسن"}).status_code == 200
    assert service.nobody.get(f"/v1/comments/{comment['id']}").json()["author"]["display_name"] == "هدى حسن"
    assert service.nobody.get(f"/v1/users/{expert.id}").json()["display_name"] == "د. هدى حسن"


def test_affiliation_names_the_institute_plainly_or_not_at_all(service: Service, member: Person) -> None:
    hidden = member.post(APPLICATIONS, APPLICATION | {"affiliation": "معهد المي1ه"})
    assert pointers(hidden) == [("/affiliation", "imitation")]
    assert member.post(APPLICATIONS, APPLICATION | {"affiliation": "معهد المياه، قسم الأنهار"}).status_code == 201
    expert = service.person("expert", display_name="تالا")
    changed = expert.send("PATCH", f"/v1/experts/{expert.id}/credential", {"title": "ريم السيد"})
    assert pointers(changed) == [("/title", "imitation")]


@pytest.mark.parametrize("control", ["\u202e", "\u202d", "\u202a", "\u2067", "\u2069", "\u2028"])
@pytest.mark.long_table
def test_nobody_writes_a_name_backwards_or_beyond_its_line(service: Service, member: Person, control: str) -> None:
    name = control + "ريم السيد"[::-1]
    assert pointers(register(service, name, 0)) == [("/display_name", "control_character")]
    assert pointers(member.post(APPLICATIONS, APPLICATION | {"title": name})) == [("/title", "control_character")]
    marked = APPLICATION | {"title": "باحثة في GIS\u200f"}
    assert member.post(APPLICATIONS, marked).status_code == 201
