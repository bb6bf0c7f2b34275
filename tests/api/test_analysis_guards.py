"""No write of an analysis goes past a change that somebody else made just before."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.api.analyses import declare, drafted, published, submitted
from tests.api.interlopers import interloper
from tests.service import Person, Service

Write = Callable[[Service, Person, Person, Any], Any]


def _approve(service: Service, _: Person, editor: Person, analysis: Any) -> Any:
    return service.decide(editor, analysis)


def _edit(_: Service, expert: Person, __: Person, analysis: Any) -> Any:
    return expert.send("PATCH", f"/v1/analyses/{analysis['id']}", {"title": "آخر"}, if_match="*")


def _submit(_: Service, expert: Person, __: Person, analysis: Any) -> Any:
    return expert.post(f"/v1/analyses/{analysis['id']}/submissions")


def _retract(_: Service, expert: Person, __: Person, analysis: Any) -> Any:
    return expert.post(f"/v1/analyses/{analysis['id']}/retractions", {"reason": "خطأ"})


def _delete(_: Service, expert: Person, __: Person, analysis: Any) -> Any:
    return expert.send("DELETE", f"/v1/analyses/{analysis['id']}", if_match="*")


EDITED, RETRACTED = "current_revision = 9", "status = 'retracted'"
# The write, how the analysis stands, the statement just before which somebody changes it, and what they change.
CHANGES_IN_BETWEEN = [
    ("an approval of what was edited", _approve, "submitted", "UPDATE analyses SET", EDITED),
    ("an approval of what was retracted", _approve, "submitted", "UPDATE analyses SET", RETRACTED),
    ("an edit of what was edited", _edit, "drafted", "UPDATE analyses SET", EDITED),
    ("an edit of what was retracted", _edit, "published", "UPDATE analyses SET", RETRACTED),
    ("a submission of what was edited", _submit, "drafted", "UPDATE analyses SET", EDITED),
    ("a retraction of what was retracted", _retract, "published", "UPDATE analyses SET", RETRACTED),
    ("a deletion of what was edited", _delete, "drafted", "DELETE FROM analyses ", EDITED),
    ("a deletion of what was submitted", _delete, "drafted", "DELETE FROM analyses ", "status = 'pending'"),
]


class TestWritesInBetween:
    @pytest.mark.parametrize(
        ("write", "state", "before", "change"),
        [row[1:] for row in CHANGES_IN_BETWEEN],
        ids=[row[0] for row in CHANGES_IN_BETWEEN],
    )
    def test_write_that_would_go_past_a_change_is_refused_whole(
        self, service: Service, write: Write, state: str, before: str, change: str
    ) -> None:
        expert, editor, article = service.person("expert"), service.person("editor"), service.article()
        declare(expert, article)
        begin = {
            "drafted": lambda: drafted(expert, article),
            "submitted": lambda: submitted(expert, article),
            "published": lambda: published(service, expert, editor, article),
        }
        analysis = begin[state]()
        path = f"/v1/analyses/{analysis['id']}"
        paths = (path, f"{path}/revisions", f"/v1/articles/{article['id']}")
        seen = [expert.get(shown).content for shown in paths]
        with interloper(before, f"UPDATE analyses SET {change} WHERE id = '{UUID(analysis['id']).hex}'") as somebody:
            answer = write(service, expert, editor, analysis)
        assert somebody.has_acted
        assert answer.json()["code"] == "stale"
        assert [expert.get(shown).content for shown in paths] == seen
