"""Write the rows of a planned world: what people, articles and comments leave behind once moderators have worked.

All of it is what the verbs would have written, but for events that the service forgets within a day. Discussions are
read before they are published, so a comment leaves a case, the decision about it with how things stood before, what its
author and whom it answers are told, and its place among the changes of article and author.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from uuid import UUID

import orjson

from bench.filling import Mould, Row, instant
from bench.rows import (
    ARTICLE,
    BAND,
    CASE,
    CHANGE,
    COMMENT,
    DECIDED_AFTER,
    DECISION,
    HELD,
    NOTIFICATION,
    OWN_CHANGE,
    PRIOR,
    REACTION,
    REPORT,
    REVISION,
    STATUSES,
    TAKEN_IN_AFTER,
    USER,
    Asked,
    asked_about,
    prior_of,
    zulu,
)
from bench.trees import NAMES, NEVER_PUBLIC, NONE, Plan, Standing
from bench.words import Words, Writer
from forum.discussion.reactions import WEIGHTS
from forum.moderation.chain import CHAIN, NOTHING_BEFORE
from forum.moderation.phases.campaign import WINDOW
from forum.text.folding import fold
from forum.text.likeness import bands
from forum.text.paths import newest_first, segment_of
from models.cases import CaseKind, CaseState, Reason, SubjectType, Verdict
from models.comments import ReactionKind, Status
from models.following import OwnType
from models.json_text import write_json
from models.notifications import NotificationKind
from models.publication import ChangeType
from models.users import Role

PAST = timedelta(days=700)
MODERATORS = 10
REACTIONS = tuple(ReactionKind)
Rows = dict[Mould, list[Row]]


class Population:
    """Write rows in the order of time; a slice of comments goes on where the one before it ended."""

    def __init__(self, plan: Plan, random: Random, *, now: datetime) -> None:
        self.plan, self._random, self._writer, self._now = plan, random, Writer(random), now
        self._began, self._step = now - PAST, PAST / plan.shape.comments
        self._named = 0
        self._articles = [
            self._new_id(self._began - timedelta(minutes=number)) for number in range(plan.shape.articles)
        ]
        self._users, self._moderators = (
            [self._new_id(self._began) for _ in range(number)] for number in (plan.shape.users, MODERATORS)
        )
        self._names = [self._writer.name() for _ in range(plan.shape.users)]
        self._lines = [write_json({"display_name": name, "badges": [], "credential": None}) for name in self._names]
        self._positions = [0] * plan.shape.users
        self._comments: list[str] = []
        self._roots: list[str] = []
        self._paths: list[str] = []
        self._decided, self._hash, self._last_decision = 0, NOTHING_BEFORE, ""
        self._open = Counter[tuple[str, str]]()

    def people_and_articles(self) -> Rows:
        """Give the rows of users and articles; their comments are counted by then."""
        at, plan = instant(self._began), self.plan
        rows: Rows = {USER: [], ARTICLE: [], CHANGE: []}
        people = [(f"member{number}", who, ",") for number, who in enumerate(self._users)]
        people += [(f"moderator{number}", who, f",{Role.MODERATOR},") for number, who in enumerate(self._moderators)]
        for number, (address, who, roles) in enumerate(people):
            name, email = self._names[number] if number < len(self._names) else address, f"{address}@example.org"
            rows[USER].append(USER.row(who, email, email, name, fold(name), roles, at))
        for number, article in enumerate(self._articles):
            slug = NAMES[number] if number < len(NAMES) else f"discussion-{number}"
            title, put_up = self._writer.title(), instant(self._began - timedelta(minutes=number))
            counts = plan.public[number], plan.seq[number]
            rows[ARTICLE].append(ARTICLE.row(article, slug, fold(slug), title, fold(title), put_up, put_up, *counts))
            rows[CHANGE].append(CHANGE.row(article, article, ChangeType.ARTICLE.value, 1, put_up))
        return rows

    def comments(self, numbers: range) -> Rows:
        """Give all that a slice of comments leaves behind; slices are asked for in order."""
        rows: Rows = {}
        for number in numbers:
            for mould, row in self._comment(number):
                rows.setdefault(mould, []).append(row)
        return rows

    def tallies(self) -> str:
        """Give the statement that says how many cases are open."""
        rows = ", ".join(f"('{kind}', '{hour}', {number})" for (kind, hour), number in self._open.items())
        return f"INSERT INTO case_tallies (kind, hour_at, change) VALUES {rows}"

    def head(self) -> str:
        """Give the statement that writes the chain's head down."""
        return f"UPDATE chain_heads SET count = {self._decided}, hash = '{self._hash}' WHERE name = '{CHAIN}'"

    def _comment(self, number: int) -> Iterator[tuple[Mould, Row]]:
        at = self._began + number * self._step
        comment = self._new_id(at)
        self._comments.append(comment)
        asked = asked_about(Standing(self.plan.standing[number]), at)
        author = self.plan.author[number]
        yield COMMENT, self._place(number, comment, at)
        for one in asked:
            yield from self._words(number, comment, one)
        position = self._position(author)
        yield OWN_CHANGE, OWN_CHANGE.row(self._users[author], comment, OwnType.COMMENT.value, position)
        for one in asked:
            yield from self._case(number, comment, one)
        yield from self._reports(number, comment, at)
        if asked[0].status_to is Status.APPROVED:
            yield from self._appearing(number, comment, at)

    def _place(self, number: int, comment: str, at: datetime) -> Row:
        plan, standing = self.plan, self.plan.standing[number]
        parent, answered = plan.parent[number], plan.answered[number]
        path = ("" if parent == NONE else self._paths[parent]) + segment_of(UUID(comment))
        self._paths.append(path)
        self._roots.append(comment if parent == NONE else self._roots[parent])
        was_public = standing not in NEVER_PUBLIC
        counts = [0, 0, 0]
        for _, kind in plan.reactions.get(number, ()):
            counts[kind] += 1
        return COMMENT.row(
            comment,
            *[self._articles[plan.article[number]]] * 2,
            None if parent == NONE else self._comments[parent],
            self._roots[number],
            None if answered == NONE else self._comments[answered],
            plan.depth[number],
            path,
            newest_first(path),
            self._users[plan.author[number]],
            STATUSES[standing].value,
            2 if standing in {Standing.EDITED, Standing.EDIT_WAITING} else 1,
            (2 if standing == Standing.EDITED else 1) if was_public else None,
            plan.is_public(number) or plan.descendants[number] > 0,
            plan.descendants[number],
            plan.replies[number],
            *counts,
            sum(WEIGHTS[kind] * count for kind, count in zip(REACTIONS, counts, strict=True)),
            instant(at),
            instant(at + DECIDED_AFTER) if was_public else None,
            instant(at + TAKEN_IN_AFTER) if standing == Standing.EDITED else None,
            instant(at + TAKEN_IN_AFTER) if standing == Standing.WITHDRAWN else None,
        )

    def _words(self, number: int, comment: str, asked: Asked) -> Iterator[tuple[Mould, Row]]:
        words: Words = self._writer.text()
        author, written = self.plan.author[number], instant(asked.at)
        whose = comment, asked.revision, self._users[author]
        texts = words.body, words.body_html, self._lines[author], words.fingerprint
        yield REVISION, REVISION.row(*whose, asked.status_to.value, *texts, written)
        if asked.at > self._now - WINDOW:
            for band, value in enumerate(bands(words.body)):
                yield BAND, BAND.row(comment, asked.revision, band, value, self._users[author], written)

    def _case(self, number: int, comment: str, asked: Asked) -> Iterator[tuple[Mould, Row]]:
        case, decided = self._new_id(asked.at), asked.at + DECIDED_AFTER
        article, author = self._articles[self.plan.article[number]], self.plan.author[number]
        is_open = asked.verdict is None
        yield (
            CASE,
            CASE.row(
                *(case, CaseKind.COMMENT.value, False, comment, article, self._users[author], asked.revision),
                write_json(HELD),
                (CaseState.OPEN if is_open else CaseState.DECIDED).value,
                -self._random.choice((0, 0, 0, 2, 3, 5)),
                *(instant(asked.at), self._due(CaseKind.COMMENT, asked.at, is_open=is_open)),
                *(None if is_open else instant(decided), 0),
            ),
        )
        if asked.verdict is not None:
            yield from self._decision(asked, asked.verdict, comment=comment, case=case, at=decided)
            cause = self._last_decision
            about = {"comment": comment, "cause": cause, "article": article, "actor": None}
            yield from self._told(NotificationKind.DECISION, author, **about, at=decided)

    def _due(self, kind: CaseKind, opened: datetime, *, is_open: bool) -> str:
        due = opened + timedelta(hours=24)
        if is_open:
            self._open[kind.value, instant(due.replace(minute=0, second=0, microsecond=0))] += 1
        return instant(due)

    def _decision(
        self, asked: Asked, verdict: Verdict, *, comment: str, case: str, at: datetime
    ) -> Iterator[tuple[Mould, Row]]:
        self._decided += 1
        decision, moderator = self._new_id(at), self._moderators[self._decided % MODERATORS]
        reason = None if verdict is Verdict.APPROVE else (Reason.SPAM if verdict is Verdict.SPAM else Reason.OFF_TOPIC)
        when, before = instant(at), self._hash
        status_from, status_to = asked.status_from.value, asked.status_to.value
        fields = {
            "id": _dashed(decision),
            "case_id": _dashed(case),
            "subject": {"type": SubjectType.COMMENT.value, "id": _dashed(comment)},
            "revision": asked.revision,
            "verdict": verdict.value,
            "from": status_from,
            "to": status_to,
            "by": _dashed(moderator),
            "automated": False,
            "reason": reason and reason.value,
            "note": None,
            "at": zulu(when),
            "previous_hash": before,
        }
        # The canonical form of such members, whose names are ASCII and whose values hold no fractions.
        self._hash = sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()
        self._last_decision = decision
        yield (
            DECISION,
            DECISION.row(
                *(decision, self._decided, case, comment, asked.revision, verdict.value, status_from, status_to),
                *(moderator, reason and reason.value, when, before, self._hash),
            ),
        )
        yield PRIOR, PRIOR.row(decision, prior_of(asked))

    def _reports(self, number: int, comment: str, at: datetime) -> Iterator[tuple[Mould, Row]]:
        if self.plan.standing[number] != Standing.REPORTED:
            return
        reported, case = at + TAKEN_IN_AFTER, self._new_id(at + TAKEN_IN_AFTER)
        author = self.plan.author[number]
        reporter = self._users[(author + 1) % len(self._users)]
        yield (
            CASE,
            CASE.row(
                *(case, CaseKind.REPORT.value, True, comment, self._articles[self.plan.article[number]]),
                *(self._users[author], 1, write_json([{"code": "off_topic", "spans": []}]), CaseState.OPEN.value, -20),
                *(instant(reported), self._due(CaseKind.REPORT, reported, is_open=True), None, 1),
            ),
        )
        yield REPORT, REPORT.row(self._new_id(reported), comment, case, reporter, instant(reported))

    def _appearing(self, number: int, comment: str, at: datetime) -> Iterator[tuple[Mould, Row]]:
        """Give what the public sees change, who is told of it, and how readers react."""
        plan, published = self.plan, at + DECIDED_AFTER
        article = self._articles[plan.article[number]]
        changed = instant(published)
        yield CHANGE, CHANGE.row(article, comment, ChangeType.COMMENT.value, plan.changed[number], changed)
        above = plan.parent[number] if plan.answered[number] == NONE else plan.answered[number]
        if above != NONE and plan.author[above] != plan.author[number]:
            actor = self._users[plan.author[number]]
            about = {"comment": comment, "cause": comment, "article": article, "actor": actor}
            yield from self._told(NotificationKind.REPLY, plan.author[above], **about, at=published)
        for user, kind in plan.reactions.get(number, ()):
            yield REACTION, REACTION.row(comment, self._users[user], REACTIONS[kind].value, changed)

    def _told(
        self,
        kind: NotificationKind,
        user: int,
        *,
        comment: str,
        cause: str,
        article: str,
        actor: str | None,
        at: datetime,
    ) -> Iterator[tuple[Mould, Row]]:
        notification, who = self._new_id(at), self._users[user]
        row = NOTIFICATION.row(notification, who, kind.value, comment, cause, article, actor, instant(at))
        yield NOTIFICATION, row
        position = self._position(user)
        yield OWN_CHANGE, OWN_CHANGE.row(who, notification, OwnType.NOTIFICATION.value, position)

    def _position(self, user: int) -> int:
        self._positions[user] += 1
        return self._positions[user]

    def _new_id(self, at: datetime) -> str:
        """Give a UUIDv7 of this time, unlike every other, in 32 digits."""
        self._named += 1
        return f"{int(at.timestamp() * 1_000):012x}7000{0b10 << 62 | self._named:016x}"


def _dashed(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
