"""No path publishes an expert's words without a declaration in force, a credential in force and a decision.

Each path is prepared, something that publication stands on is taken away, and then the path is walked to its end.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from api import background
from models.users import Credential
from tests.api.analyses import published, submitted
from tests.api.candidates import later
from tests.service import Person, Service

pytestmark = pytest.mark.long_table
BEFORE, NEW = "كلمات نُشرت من قبل", "كلمات جديدة"


@dataclass
class Scene:
    """Hold who takes part, and the articles below which it happens."""

    service: Service
    expert: Person
    moderator: Person
    editor: Person
    articles: list[Any] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def words(self) -> str:
        """Give words that were not sent before."""
        return f"{NEW} {next(self.numbers)}"

    def article(self, moderation: str = "pre", *, is_declared: bool = True) -> Any:
        """Put an article up for which the expert has declared interests, or has not."""
        article = self.service.article(self.editor, discussion={"moderation": moderation})
        if is_declared:
            self.declare(article)
        self.articles.append(article)
        return article

    def declare(self, article: Any) -> Any:
        """Declare that there are no interests."""
        return self.expert.put(f"/v1/articles/{article['id']}/disclosure", {"none": True})

    def public(self) -> list[tuple[str, bool]]:
        """Give all public words of the expert, and whether they are shown as an expert's."""
        shown = []
        for article in self.articles:
            path = f"/v1/articles/{article['id']}"
            for text in (
                self.service.nobody.get(f"{path}/comments").json()["items"]
                + self.service.nobody.get(f"{path}/analyses").json()["items"]
            ):
                shown.append((text.get("body") or text["title"], "expert" in text["author"]["badges"]))
        return shown


def posting(scene: Scene) -> Iterator[Any]:
    article = scene.article("post")
    yield
    yield scene.expert.post(f"/v1/articles/{article['id']}/comments", {"body": scene.words()})


def trusted_posting(scene: Scene) -> Iterator[Any]:
    article = scene.article("trusted")
    yield
    yield scene.expert.post(f"/v1/articles/{article['id']}/comments", {"body": scene.words()})


def editing(scene: Scene) -> Iterator[Any]:
    comment = scene.service.comment(scene.expert, scene.article("post"), BEFORE)
    yield
    yield scene.expert.patch(f"/v1/comments/{comment['id']}", {"body": scene.words()})


def declaring(scene: Scene) -> Iterator[Any]:
    article = scene.article("trusted", is_declared=False)
    scene.service.comment(scene.expert, article, scene.words())
    yield
    yield scene.declare(article)


def decision(scene: Scene) -> Iterator[Any]:
    comment = scene.service.comment(scene.expert, scene.article(), scene.words())
    yield
    yield scene.service.decide(scene.moderator, comment)


def decisions_at_once(scene: Scene) -> Iterator[Any]:
    comment = scene.service.comment(scene.expert, scene.article(), scene.words())
    yield
    case = scene.service.case_of(scene.moderator, comment)
    ruling = {"case_id": case["id"], "verdict": "approve", "revision": 1}
    yield scene.moderator.post("/v1/moderation/decisions", {"decisions": [ruling]})


def work_batches(scene: Scene) -> None:
    """Let what is to be done about many cases be done."""
    scene.service.client.portal.call(scene.service.app.state.chores.work_batches)  # type: ignore[union-attr]


def batch(scene: Scene) -> Iterator[Any]:
    article = scene.article()
    scene.service.comment(scene.expert, article, scene.words())
    yield
    naming = {"filter": {"article": article["id"]}, "verdict": "approve"}
    answer = scene.moderator.post("/v1/moderation/batches", naming)
    work_batches(scene)
    yield answer


def appeal(scene: Scene) -> Iterator[Any]:
    comment = scene.service.comment(scene.expert, scene.article(), scene.words())
    scene.service.decide(scene.editor, comment, "reject", reason="other")
    assert scene.expert.post(f"/v1/comments/{comment['id']}/appeals", {"statement": "مصدر"}).status_code == 201
    yield
    yield scene.service.decide(scene.moderator, comment, "overturn")


def reversal(scene: Scene) -> Iterator[Any]:
    comment = scene.service.approved(scene.expert, scene.moderator, scene.article(), scene.words())
    scene.moderator.post(f"/v1/comments/{comment['id']}/cases")
    rejection = scene.service.decide(scene.moderator, comment, "reject", reason="other").json()
    yield
    yield scene.editor.post(f"/v1/moderation/decisions/{rejection['id']}/reversal", {"reason": "other"})


def batch_reversal(scene: Scene) -> Iterator[Any]:
    article = scene.article()
    comment = scene.service.approved(scene.expert, scene.moderator, article, scene.words())
    scene.moderator.post(f"/v1/comments/{comment['id']}/cases")
    naming = {"filter": {"article": article["id"]}, "verdict": "reject", "reason": "other"}
    rejected = scene.editor.post("/v1/moderation/batches", naming).json()
    work_batches(scene)
    yield
    answer = scene.editor.post(f"/v1/moderation/batches/{rejected['id']}/reversal", {"reason": "other"})
    work_batches(scene)
    yield answer


def analysis_edit(scene: Scene) -> Iterator[Any]:
    text = published(scene.service, scene.expert, scene.editor, scene.article(), title=BEFORE)
    scene.expert.patch(f"/v1/analyses/{text['id']}", {"title": scene.words()})
    yield
    yield scene.service.decide(scene.editor, text)


def analysis(scene: Scene) -> Iterator[Any]:
    analysis = submitted(scene.expert, scene.article(), title=scene.words())
    yield
    yield scene.service.decide(scene.editor, analysis)


PATHS = (
    posting,
    trusted_posting,
    editing,
    declaring,
    decision,
    decisions_at_once,
    batch,
    appeal,
    reversal,
    batch_reversal,
    analysis,
    analysis_edit,
)
DECIDED = {decision, appeal, reversal, analysis, analysis_edit}
HELD = {posting, trusted_posting, editing}


def lapse(scene: Scene) -> None:
    """Let declarations grow older than a year."""
    people = (scene.expert, scene.moderator, scene.editor)
    scene.expert, scene.moderator, scene.editor = later(scene.service, timedelta(days=365), *people)


def run_out(scene: Scene) -> None:
    """Let the credential run out a moment ago, so that nothing was written of it yet."""
    now = scene.service.clock()
    ended = update(Credential).where(col(Credential.user_id) == scene.expert.id).values(expires_at=now)

    def verb(session: Session) -> None:
        session.execute(ended)

    scene.service.write(verb)


def revoke(scene: Scene) -> None:
    """Revoke the credential."""
    path = f"/v1/experts/{scene.expert.id}/credential?reason=other"
    assert scene.editor.send("DELETE", path).status_code == 204


# What is taken away, the refusal of decisions then, and what new words wait for; whoever is no expert any more is held
# for nothing of the kind. A declaration that is confirmed is no path around its confirmation.
MISSING: dict[str, tuple[Callable[[Scene], None], str, str | None]] = {
    "a declaration that is to be confirmed": (lapse, "disclosure_required", "disclosure_missing"),
    "a credential that ran out": (run_out, "credential_required", "credential_missing"),
    "a credential that was revoked": (revoke, "credential_required", None),
}


@pytest.fixture
def scene(service: Service, moderator: Person) -> Scene:
    """Bring somebody of each kind together."""
    return Scene(service, service.person("expert", display_name="ريم"), moderator, service.person("editor"))


def test_each_path_publishes_where_nothing_is_missing(scene: Scene) -> None:
    for path in PATHS:
        scene.articles.clear()
        walking = path(scene)
        next(walking)
        assert not any(words.startswith(NEW) for words, _ in scene.public()), path.__name__
        answer = next(walking)
        assert [as_expert for words, as_expert in scene.public() if words.startswith(NEW)] == [True], answer.text


@pytest.mark.parametrize(("take", "code", "hold"), MISSING.values(), ids=MISSING)
def test_no_path_publishes_as_an_expert_where_something_is_missing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, take: Callable[[Scene], None], code: str, hold: str | None
) -> None:
    monkeypatch.setattr(background, "has_due_credentials", lambda session, *, now: False)
    walking = []
    for path in PATHS:
        if (path, take) != (declaring, lapse):
            scene.articles = []
            walking.append((path, path(scene), scene.articles))
            next(walking[-1][1])
    take(scene)
    for path, rest, scene.articles in walking:
        answer = next(rest)
        if path in DECIDED:
            assert (answer.status_code, answer.json()["code"]) == (422, code), path.__name__
        if path in HELD and hold is not None:
            waiting = answer.json().get("waiting") or answer.json()
            assert hold in waiting["hold"]["codes"], path.__name__
        assert {words for words, as_expert in scene.public() if as_expert} <= {BEFORE}, path.__name__
    scene.articles = [article for _, _, articles in walking for article in articles]
    assert {words for words, as_expert in scene.public() if as_expert} <= {BEFORE}


def test_words_of_a_former_expert_are_published_once_their_author_writes_them_anew(
    scene: Scene, moderator: Person
) -> None:
    comment = scene.service.comment(scene.expert, scene.article(), "كخبيرة")
    revoke(scene)
    assert scene.service.decide(moderator, comment).json()["code"] == "credential_required"
    assert scene.expert.patch(f"/v1/comments/{comment['id']}", {"body": NEW}).status_code == 200
    assert scene.service.decide(moderator, comment).status_code == 201
    assert scene.public() == [(NEW, False)]
