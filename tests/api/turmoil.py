"""Let many people change things at random, through whichever process, as the public may or may not see."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from forum.discussion.reactions import FOLD_INTERVAL
from tests.api.analyses import DECLARED, TEXT, published
from tests.service import PASSWORD, Person, Service

BODY = "تقول الدراسة إن منسوب الماء انخفض في الصيف، وإن الأرقام قديمة. " * 4
KINDS = ("agree", "disagree", "insightful")
ROLES = ("editor", "moderator", "expert", "member", "leaver")


@dataclass
class Turmoil:
    """Hold who acts, what there is to act on, and what was decided last."""

    services: tuple[Service, ...]
    chance: Random
    people: dict[str, Person] = field(default_factory=dict)
    articles: list[Any] = field(default_factory=list)
    comments: list[Any] = field(default_factory=list)
    analyses: list[Any] = field(default_factory=list)
    decisions: list[Any] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        """Let two articles, some comments and an analysis stand before the first act."""
        first = self.services[0]
        roles = {role: () if role in {"member", "leaver"} else (role,) for role in ROLES}
        self.people = {name: first.person(*granted, display_name=name) for name, granted in roles.items()}
        self.articles = [first.article(self.people["editor"], title=f"مقال {n}", body=BODY) for n in range(2)]
        self.analyses.append(published(first, self.people["expert"], self.people["editor"], self.articles[0]))
        for name in ("member", "leaver", "expert"):
            comment = first.approved(self.people[name], self.people["moderator"], self.articles[0], BODY)
            self.comments.append((name, comment))

    def act(self, service: Service) -> str:
        """Do one thing through a process and give its name; what is refused has changed nothing."""
        self.number += 1
        name = self.chance.choice(list(ACTS))
        for other in self.services:
            other.clock.advance(timedelta(seconds=1))
        ACTS[name](self, service)
        return name

    def person(self, name: str, service: Service) -> Person:
        """Let somebody speak to a process."""
        return replace(self.people[name], client=service.client)

    def chore(self, service: Service, name: str) -> None:
        """Run one of the works that come round."""
        assert service.client.portal is not None
        service.client.portal.call(getattr(service.app.state.chores, name))

    def comment(self) -> tuple[str, str]:
        """Choose a comment; give its author and its path."""
        author, comment = self.chance.choice(self.comments)
        return author, f"/v1/comments/{comment['id']}"

    def write(self, service: Service, path: str, **values: Any) -> Any:
        """Post words of somebody."""
        author = self.chance.choice(("member", "leaver", "expert"))
        answer = self.person(author, service).post(path, {"body": f"قول {self.number} {BODY}", **values})
        if answer.status_code == 201:
            self.comments.append((author, answer.json()))
        return answer

    def decide(self, service: Service, subject: Any, verdict: str | None = "approve") -> None:
        """Decide an open case about something, where there is one; without a verdict, any that is possible."""
        moderator = self.person("editor" if "title" in subject else "moderator", service)
        cases = moderator.get(f"/v1/moderation/cases?article={subject['article_id']}&limit=100").json()["items"]
        about = [case for case in cases if case["subject"]["id"] == subject["id"]]
        if about:
            case = self.chance.choice(about)
            # Who restricted words decides no appeal.
            moderator = self.person("editor", service) if case["kind"] == "appeal" else moderator
            said = verdict or self.chance.choice(case["allowed_verdicts"])
            body = {"verdict": said, "revision": case["subject"]["revision"], "reason": "other"}
            answer = moderator.post(f"/v1/moderation/cases/{case['id']}/decisions", body)
            if answer.status_code == 201:
                self.decisions.append(answer.json())


def post(on: Turmoil, service: Service) -> None:
    """Comment on an article or an analysis; most of it is approved at once."""
    below = {"analysis_id": on.analyses[0]["id"]} if on.chance.random() < 0.3 else {}
    quote = {"quote": {"exact": "منسوب الماء انخفض"}} if on.chance.random() < 0.3 else {}
    answer = on.write(service, f"/v1/articles/{on.articles[0]['id']}/comments", **below, **quote)
    if answer.status_code == 201 and on.chance.random() < 0.8:
        on.decide(service, answer.json())


def reply(on: Turmoil, service: Service) -> None:
    """Reply to a comment."""
    answer = on.write(service, f"{on.comment()[1]}/replies")
    if answer.status_code == 201:
        on.decide(service, answer.json())


def decide_any(on: Turmoil, service: Service) -> None:
    """Decide whatever waits about a comment, in any way."""
    on.decide(service, on.chance.choice(on.comments)[1], None)


def put_up(on: Turmoil, service: Service) -> None:
    """Ask for another look at words, as a moderator, a reader or their author."""
    author, path = on.comment()
    asks = {"cases": "moderator", "reports": "editor", "appeals": author}
    way = on.chance.choice(list(asks))
    body: Any = {"reports": {"reason": "abuse"}, "appeals": {"statement": "لم أسئ"}}.get(way, {})
    on.person(asks[way], service).post(f"{path}/{way}", body)


def remove(on: Turmoil, service: Service) -> None:
    """Put public words up for another look and reject them."""
    _, comment = on.chance.choice(on.comments)
    on.person("moderator", service).post(f"/v1/comments/{comment['id']}/cases")
    on.decide(service, comment, "reject")


def reverse(on: Turmoil, service: Service) -> None:
    """Take the last decision back."""
    if on.decisions:
        path = f"/v1/moderation/decisions/{on.decisions.pop()['id']}/reversal"
        on.person("moderator", service).post(path, {"reason": "other"})


def edit(on: Turmoil, service: Service) -> None:
    """Edit words, and approve it or let it wait."""
    author, path = on.comment()
    answer = on.person(author, service).patch(path, {"body": f"صيغة {on.number}"})
    if answer.status_code == 200 and on.chance.random() < 0.7:
        on.decide(service, answer.json())


def withdraw(on: Turmoil, service: Service) -> None:
    """Take words back."""
    author, path = on.comment()
    on.person(author, service).delete(path)


def react(on: Turmoil, service: Service) -> None:
    """React, or take that back, and let it be counted."""
    path = f"{on.comment()[1]}/reactions/{on.chance.choice(KINDS)}"
    on.person("editor", service).send(on.chance.choice(("PUT", "PUT", "DELETE")), path)
    for other in on.services:
        other.clock.advance(FOLD_INTERVAL)
    on.chore(service, "fold_reactions")


def change_article(on: Turmoil, service: Service) -> None:
    """Change what an article says or how it is discussed."""
    values: Any = on.chance.choice(
        (
            {"title": f"عنوان {on.number}"},
            {"slug": f"slug-{on.number}"},
            {"body": BODY.replace("الصيف", f"صيف {on.number}")},
            {"discussion": {"moderation": on.chance.choice(("pre", "post"))}},
        )
    )
    on.person("editor", service).patch(f"/v1/articles/{on.chance.choice(on.articles)['id']}", values)
    on.chore(service, "spread")


def change_profile(on: Turmoil, service: Service) -> None:
    """Take another name or another title."""
    expert = on.person("expert", service)
    expert.patch("/v1/me", {"display_name": f"خبيرة {'أبتثجحخ'[on.number % 7]}"})
    path = f"/v1/experts/{expert.id}/credential"
    expert.send("PATCH", path, {"affiliation": f"معهد {on.number}"}, if_match="*")


def take_credential(on: Turmoil, service: Service) -> None:
    """Take an expert's credential away, once in a while."""
    if on.chance.random() < 0.2:
        path = f"/v1/experts/{on.people['expert'].id}/credential?reason=other"
        on.person("editor", service).send("DELETE", path, if_match="*")


def revise_analysis(on: Turmoil, service: Service) -> None:
    """Change an analysis and approve that, or submit another."""
    expert = on.person("expert", service)
    path = f"/v1/analyses/{on.chance.choice(on.analyses)['id']}"
    changed = expert.patch(path, {"title": f"تحليل {on.number}", "note": "تصحيح"})
    if changed.status_code != 200:
        article = f"/v1/articles/{on.articles[1]['id']}"
        expert.put(f"{article}/disclosure", DECLARED)
        changed = expert.post(f"{article}/analyses", TEXT)
    if changed.status_code in {200, 201}:
        submission = expert.post(f"/v1/analyses/{changed.json()['id']}/submissions")
        on.decide(service, submission.json() if submission.status_code == 201 else changed.json())


def retract_analysis(on: Turmoil, service: Service) -> None:
    """Retract an analysis, once in a while."""
    if on.chance.random() < 0.2:
        path = f"/v1/analyses/{on.chance.choice(on.analyses)['id']}/retractions"
        on.person("expert", service).post(path, {"reason": "الأرقام خاطئة"})


def leave(on: Turmoil, service: Service) -> None:
    """Let somebody have all that is theirs erased, once in a while."""
    if on.chance.random() < 0.2:
        on.person("leaver", service).send("DELETE", "/v1/me", {"password": PASSWORD})
        on.chore(service, "erase_people")


def close(on: Turmoil, service: Service) -> None:
    """Let a discussion close by the clock, and open it again."""
    path, editor = f"/v1/articles/{on.articles[1]['id']}", on.person("editor", service)
    at = (service.clock() + timedelta(minutes=1)).isoformat()
    editor.patch(path, {"discussion": {"state": "open", "closes_at": at}})
    for other in on.services:
        other.clock.advance(timedelta(minutes=2))
    on.chore(service, "close_discussions")


ACTS: dict[str, Callable[[Turmoil, Service], None]] = {
    act.__name__: act
    for act in (
        post,
        reply,
        decide_any,
        put_up,
        remove,
        reverse,
        edit,
        withdraw,
        react,
        change_article,
        change_profile,
        take_credential,
        revise_analysis,
        retract_analysis,
        leave,
        close,
    )
}
