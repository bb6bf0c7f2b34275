"""Keep a small world to send requests at: somebody of each kind, and a subject of each kind whenever one is named."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from auth.digests import token_digest
from auth.tokens import ACCESS_LIFETIME, SigningKeys, mint_access_token
from models.accounts import AuthSession, SingleUseToken, TokenPurpose
from tests.api.analyses import declare, drafted, published, submitted
from tests.service import SECRET_KEYS, Person, Service, open_session, running_service

PEOPLE = ("nobody", "forged", "expired", "member", "expert", "moderator", "editor", "admin", "author")
ROLES = ("expert", "moderator", "editor", "admin")
FORGED_KEYS = "test:" + "x" * 48
TOKEN = "t" * 20


@dataclass
class World:
    """Hold the people by what they are, and make subjects by name: a new one at each naming."""

    service: Service
    people: dict[str, Person]
    numbers: Iterator[int] = field(default_factory=count)

    def __getitem__(self, name: str) -> str:
        """Make the subject that a placeholder names, and give its id or other text."""
        return SUBJECTS[name](self)

    def number(self) -> int:
        """Give a number that was not given before."""
        return next(self.numbers)

    def article(self, **values: Any) -> Any:
        """Put an article up."""
        return self.service.article(self.people["editor"], title=f"مقال {self.number()}", **values)

    def comment(self, *verdicts: str, author: str = "author", **values: Any) -> Any:
        """Post a comment below an article of its own and decide its cases one after the other."""
        comment = self.service.comment(self.people[author], self.article(), f"رأي {self.number()}", **values)
        admin = self.people["admin"]
        for number, verdict in enumerate(verdicts):
            if number > 0:
                admin.post(f"/v1/comments/{comment['id']}/cases")
            reason = {} if verdict == "approve" else {"reason": "other"}
            answer = self.service.decide(admin, comment, verdict, **reason)
            assert answer.status_code == 201, answer.text
        return comment

    def case(self, **values: Any) -> Any:
        """Let a comment wait, and give its case."""
        return self.service.case_of(self.people["admin"], self.comment(**values))

    def single_use(self, purpose: TokenPurpose) -> str:
        """Give a token as it comes by mail to somebody new."""
        owner, token = self.service.person(), f"{TOKEN}{self.number()}"
        expires_at = self.service.clock() + timedelta(minutes=30)
        row = SingleUseToken(
            purpose=purpose, user_id=UUID(str(owner.id)), token_hash=token_digest(token), expires_at=expires_at
        )

        def verb(session: Session) -> None:
            session.add(row)

        self.service.write(verb)
        return token


def _withdrawn(world: World, *verdicts: str) -> str:
    comment = world.comment(*verdicts)
    answer = world.people["author"].delete(f"/v1/comments/{comment['id']}")
    assert answer.status_code == 204, answer.text
    return str(comment["id"])


def _decision(world: World, who: str) -> str:
    answer = world.service.decide(world.people[who], world.comment())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _batch(world: World) -> str:
    body = {"filter": {"author": world["unknown"]}, "verdict": "approve"}
    answer = world.people["moderator"].post("/v1/moderation/batches", body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def _edited(world: World) -> str:
    comment = world.comment("approve")
    answer = world.people["author"].patch(f"/v1/comments/{comment['id']}", {"body": f"صيغة {world.number()}"})
    assert answer.json()["waiting"], answer.text
    return str(comment["id"])


def _public_to_experts(world: World) -> str:
    comment = world.comment("approve")
    settings = {"discussion": {"participants": "experts"}}
    assert world.people["editor"].patch(f"/v1/articles/{comment['article_id']}", settings).status_code == 200
    return str(comment["id"])


def _disclosed(world: World) -> str:
    article = world.article()
    answer = world.people["expert"].put(f"/v1/articles/{article['id']}/disclosure", {"none": True})
    assert answer.status_code == 201, answer.text
    return str(article["id"])


def _page(world: World) -> str:
    url = f"https://example.org/{world.number()}"
    world.article(source_url=url)
    return url


def _session(world: World) -> str:
    author_id = UUID(str(world.people["author"].id))
    return str(world.service.write(open_session, author_id, world.service.clock()))


def _rule(world: World) -> str:
    rule = {"phrase": f"عبارة {world.number()}", "action": "hold", "state": "off"}
    answer = world.people["admin"].post("/v1/moderation/rules", rule)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _sanction(world: World) -> str:
    path = f"/v1/users/{world.people['expert'].id}/sanctions"
    answer = world.people["admin"].post(path, {"kind": "warning", "reason": "abuse"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _webhook(world: World) -> str:
    body = {"url": "https://example.org/hook", "events": ["user.sanctioned"], "description": f"{world.number()}"}
    answer = world.people["editor"].post("/v1/webhooks", body)
    assert answer.status_code == 201, answer.text
    world.people["editor"].patch(answer.headers["location"], {"active": False})
    return str(answer.json()["id"])


def _draft(world: World) -> str:
    article = world.article()
    declare(world.people["expert"], article)
    return str(drafted(world.people["expert"], article)["id"])


def _published(world: World) -> str:
    people = world.people
    return str(published(world.service, people["expert"], people["editor"], world.article())["id"])


def _retracted(world: World) -> str:
    analysis_id = _published(world)
    answer = world.people["expert"].post(f"/v1/analyses/{analysis_id}/retractions", {"reason": "الأرقام خاطئة"})
    assert answer.status_code == 201, answer.text
    return analysis_id


SUBJECTS: dict[str, Callable[[World], str]] = {
    "number": lambda world: str(world.number()),
    "unknown": lambda _: str(uuid4()),
    "article": lambda world: world.article()["id"],
    "closed": lambda world: world.article(discussion={"state": "closed"})["id"],
    "experts_only": lambda world: world.article(discussion={"participants": "experts"})["id"],
    "disclosed": _disclosed,
    "page": _page,
    "public": lambda world: world.comment("approve")["id"],
    "public_to_experts": _public_to_experts,
    "waiting": lambda world: world.comment()["id"],
    "edited": _edited,
    "batch": _batch,
    "moderators_decision": lambda world: _decision(world, "moderator"),
    "admins_decision": lambda world: _decision(world, "admin"),
    "rejected": lambda world: world.comment("reject")["id"],
    "removed": lambda world: world.comment("approve", "reject")["id"],
    "withdrawn": lambda world: _withdrawn(world, "approve"),
    "withdrawn_unread": _withdrawn,
    "case": lambda world: world.case()["id"],
    "moderators_case": lambda world: world.case(author="moderator")["id"],
    "draft": _draft,
    "submitted": lambda world: submitted(world.people["expert"], world.article())["id"],
    "analysis": _published,
    "retracted": _retracted,
    "analysis_case": lambda world: world.service.case_of(
        world.people["editor"], submitted(world.people["expert"], world.article())
    )["id"],
    "rule": _rule,
    "sanction": _sanction,
    "webhook": _webhook,
    "colleague_expert": lambda world: str(world.service.person("expert").id),
    "colleague": lambda world: str(world.service.person("moderator").id),
    "user": lambda world: str(world.service.person().id),
    "expert": lambda world: str(world.people["expert"].id),
    "email": lambda world: world.service.person().get("/v1/me").json()["email"],
    "session": _session,
    "reset": lambda world: world.single_use(TokenPurpose.PASSWORD_RESET),
    "verification": lambda world: world.single_use(TokenPurpose.EMAIL_VERIFICATION),
    "digest": lambda world: world.service.nobody.get("/docs").text.partition('href="docs/')[2].partition("/")[0],
}


@contextmanager
def running_world(database_url: str, folder: Path) -> Iterator[World]:
    """Run the service with everybody in it."""
    with running_service(database_url, folder) as service:
        service.app.state.streams.lifetime = timedelta(0)  # Whoever asks for a stream here waits for its end.
        people = {role: service.person(role, display_name=role) for role in ROLES}
        member, author = service.person(display_name="عضو"), service.person(display_name="كاتبة")
        now = service.clock()
        forged = with_token(service, member, at=now, keys=FORGED_KEYS)
        expired = with_token(service, member, at=now - ACCESS_LIFETIME)
        plain = {"nobody": service.nobody, "forged": forged, "expired": expired, "member": member, "author": author}
        yield World(service, plain | people)


def with_token(service: Service, person: Person, *, at: datetime, keys: str = SECRET_KEYS) -> Person:
    """Give somebody a token of another time, or signed with other keys, for the session that they have."""
    sessions = select(AuthSession.id).where(col(AuthSession.user_id) == person.id)
    token = mint_access_token(
        SigningKeys.parse(keys),
        user_id=UUID(str(person.id)),
        session_id=service.read(lambda session: session.exec(sessions).one()),
        roles=(),
        issuer=service.settings.public_url,
        now=at,
    )
    return replace(person, token=token, headers={"Authorization": f"Bearer {token}"})
