"""The one number of an article: it rises by one with what the public sees change, and each rise names its subjects."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from forum.discussion.reactions import FOLD_INTERVAL
from models.publication import Change
from tests.service import START, Person, Service


@dataclass
class Scene:
    """Hold who is there and what they have written, by name."""

    service: Service
    member: Person
    moderator: Person
    editor: Person
    article: Any
    words: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Give the path of the article."""
        return f"/v1/articles/{self.article['id']}"

    def at(self, name: str) -> str:
        """Give the path of a comment."""
        return f"/v1/comments/{self.words[name]['id']}"

    def post(self, name: str, above: str | None = None) -> Any:
        """Post words under a name."""
        parent = {"parent_id": self.words[above]["id"]} if above else {}
        self.words[name] = self.service.comment(self.member, self.article, f"تعليق {name}", **parent)
        return self.words[name]

    def edit(self, name: str, body: str) -> Any:
        """Edit the words of a name."""
        return self.member.patch(self.at(name), {"body": body})

    def decide(self, name: str, verdict: str = "approve") -> Any:
        """Decide the open case about a name."""
        return self.service.decide(self.moderator, self.words[name], verdict, reason="other")

    def review(self, name: str) -> Any:
        """Put the words of a name up for another look."""
        return self.moderator.post(f"{self.at(name)}/cases")

    def change(self, **values: Any) -> Any:
        """Change the article."""
        return self.editor.patch(self.path, values)

    def give_role(self, role: str) -> Any:
        """Change the author's roles."""
        admin, path = self.service.person("admin"), f"/v1/users/{self.member.id}"
        return admin.put(f"{path}/roles", {"roles": [role]}, if_match=admin.get(path).headers["etag"])

    def chore(self, name: str) -> None:
        """Run one of the works that come round."""
        assert self.service.client.portal is not None
        self.service.client.portal.call(getattr(self.service.app.state.chores, name))

    def fold(self) -> None:
        """Fold reactions once they are due."""
        self.service.clock.advance(FOLD_INTERVAL)
        self.chore("fold_reactions")

    def close(self) -> None:
        """Close the discussion once it is due."""
        self.service.clock.advance(timedelta(minutes=1))
        self.chore("close_discussions")


Act = tuple[str, Callable[[Scene], Any], set[str]]

STORY: list[Act] = [
    ("a comment waits", lambda on: on.post("root"), set()),
    ("waiting words are edited", lambda on: on.edit("root", "بصيغة أخرى"), set()),
    ("changes are asked for", lambda on: on.decide("root", "request_changes"), set()),
    ("changed words come back", lambda on: on.edit("root", "بمصدر"), set()),
    ("a comment is approved", lambda on: on.decide("root"), {"root"}),
    ("a reply waits", lambda on: on.post("reply", "root"), set()),
    ("a reply is approved: its parent counts it", lambda on: on.decide("reply"), {"reply", "root"}),
    ("a deeper reply waits", lambda on: on.post("deep", "reply"), set()),
    ("it is approved: only its own parent counts it", lambda on: on.decide("deep"), {"deep", "reply"}),
    ("an edit waits behind public words", lambda on: on.edit("root", "النص الثاني"), set()),
    ("an edit is approved", lambda on: on.decide("root"), {"root"}),
    ("another edit waits", lambda on: on.edit("root", "النص الثالث"), set()),
    ("an edit is rejected", lambda on: on.decide("root", "reject"), set()),
    ("public words are put up for another look", lambda on: on.review("root"), set()),
    ("they are confirmed", lambda on: on.decide("root"), set()),
    ("words over a reply are put up", lambda on: on.review("reply"), set()),
    ("they are removed and stay as a tombstone", lambda on: on.decide("reply", "reject"), {"reply", "root"}),
    ("the last reply is withdrawn: the tombstone goes", lambda on: on.member.delete(on.at("deep")), {"deep", "reply"}),
    ("removed words are put up again", lambda on: on.review("reply"), set()),
    ("removed words are called spam instead", lambda on: on.decide("reply", "spam"), set()),
    ("spam is put up again", lambda on: on.review("reply"), set()),
    ("removed words come back", lambda on: on.decide("reply"), {"reply", "root"}),
    ("words wait to be withdrawn", lambda on: on.post("brief"), set()),
    ("waiting words are withdrawn", lambda on: on.member.delete(on.at("brief")), set()),
    ("words wait to be refused", lambda on: on.post("refused"), set()),
    ("waiting words are refused", lambda on: on.decide("refused", "spam"), set()),
    ("refused words are withdrawn", lambda on: on.member.delete(on.at("refused")), set()),
    ("a reader reacts", lambda on: on.editor.put(f"{on.at('root')}/reactions/agree"), set()),
    ("reactions are folded", lambda on: on.fold(), {"root"}),
    ("nothing is left to fold", lambda on: on.fold(), set()),
    ("the author takes another name", lambda on: on.member.patch("/v1/me", {"display_name": "سارة"}), set()),
    ("the author becomes an expert", lambda on: on.give_role("expert"), set()),
    ("interests are declared", lambda on: on.member.put(f"{on.path}/disclosure", {"none": True}), set()),
    ("somebody writes below another article", lambda on: on.service.comment(on.editor, on.service.article()), set()),
    ("the title changes", lambda on: on.change(title="عنوان آخر"), {"article"}),
    ("the title stays as it is", lambda on: on.change(title="عنوان آخر"), set()),
    ("nothing is changed", lambda on: on.change(discussion={}), set()),
    ("the discussion is opened to all", lambda on: on.change(discussion={"moderation": "post"}), {"article"}),
    ("words are public at once", lambda on: on.post("quick", "root"), {"quick", "root"}),
    ("an edit is public at once", lambda on: on.edit("quick", "بصيغة أخرى له"), {"quick"}),
    ("public words are withdrawn", lambda on: on.member.delete(on.at("quick")), {"quick", "root"}),
    ("other words are public at once", lambda on: on.post("late"), {"late"}),
    ("they are put up for another look", lambda on: on.review("late"), set()),
    ("they are removed", lambda on: on.decide("late", "reject"), {"late"}),
    ("they are withdrawn: readers see another reason", lambda on: on.member.delete(on.at("late")), {"late"}),
    (
        "a time to close is set",
        lambda on: on.change(discussion={"closes_at": (START + timedelta(minutes=1)).isoformat()}),
        {"article"},
    ),
    ("the time to close comes", lambda on: on.close(), {"article"}),
    ("the discussion is closed already", lambda on: on.close(), set()),
]


@pytest.fixture
def scene(service: Service, member: Person, moderator: Person) -> Scene:
    """Give an article where every comment waits, and nobody has written yet."""
    editor = service.person("editor")
    return Scene(service, member, moderator, editor, service.article(editor))


def changes_of(session: Session, article_id: str) -> dict[UUID, int]:
    """Give each subject that ever changed below an article, with its newest number."""
    rows = session.exec(select(Change).where(col(Change.article_id) == UUID(article_id))).all()
    return {row.subject_id: row.seq for row in rows}


class TestNumber:
    def test_article_begins_with_its_own_first_change(self, scene: Scene) -> None:
        assert scene.article["seq"] == 1
        changes = scene.service.read(changes_of, scene.article["id"])
        assert changes == {UUID(scene.article["id"]): 1}

    def test_each_public_change_is_one_step_and_nothing_else_is(self, scene: Scene) -> None:
        seq, changes = 1, scene.service.read(changes_of, scene.article["id"])
        for sentence, act, subjects in STORY:
            answer = act(scene)
            assert getattr(answer, "status_code", 200) < 300, (sentence, answer.text)
            seq += bool(subjects)
            named = {"article": scene.article} | scene.words
            changes |= {UUID(named[name]["id"]): seq for name in subjects}
            assert scene.service.nobody.get(scene.path).json()["seq"] == seq, sentence
            assert scene.service.read(changes_of, scene.article["id"]) == changes, sentence

    def test_count_of_comments_is_that_of_the_public_ones(self, scene: Scene) -> None:
        for sentence, act, _ in STORY:
            act(scene)
            public = [name for name in scene.words if scene.service.nobody.get(scene.at(name)).status_code == 200]
            counts = scene.service.nobody.get(scene.path).json()["counts"]
            assert counts["comments"] == len(public), sentence
