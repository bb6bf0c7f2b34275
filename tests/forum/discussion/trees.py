"""Grow discussions by the verbs themselves, and remember beside them what a reader should see."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from auth.identity import Identity
from forum.discussion.drafts import prepare
from forum.discussion.places import Place
from forum.discussion.posting import post_comment, withdraw_comment
from forum.discussion.reactions import WEIGHTS, react
from forum.moderation.cases import review_comment
from forum.moderation.decisions import Ruling, decide
from models.base import new_id
from models.cases import Case, CaseState, Reason, Verdict
from models.comments import DEEPEST, Comment, Kind, ReactionKind, Status
from models.versions import ANY
from tests.service import Person


def identity_of(person: Person, *roles: str) -> Identity:
    """Say who somebody is, as a request would."""
    assert person.id is not None
    return Identity(person.id, new_id(), frozenset(roles), person.display_name, "ar")  # type: ignore[arg-type]


@dataclass
class Node:
    """Remember one comment, its place and what became of it."""

    id: UUID
    parent: "Node | None"
    in_reply_to: "Node | None"
    status: Status = Status.PENDING
    is_withdrawn: bool = False
    rank: int = 0
    children: list["Node"] = field(default_factory=list)

    @property
    def is_public(self) -> bool:
        """Tell whether everybody reads it."""
        return self.status is Status.APPROVED and not self.is_withdrawn

    @property
    def depth(self) -> int:
        """Count the comments above."""
        return 0 if self.parent is None else self.parent.depth + 1

    def shown(self) -> list["Node"]:
        """Give, by plain recursion, what of this comment and all below it is shown, in display order."""
        below = [node for child in self.children for node in child.shown()]
        return [self, *below] if self.is_public or below else []


@dataclass
class Tree:
    """Write a discussion below one article where every comment waits."""

    session: Session
    article_id: UUID
    author: Identity
    moderator: Identity
    now: datetime
    nodes: list[Node] = field(default_factory=list)

    def grow(self, act: str, pick: int) -> None:
        """Carry out one act on one of the comments that it can be about, counted from the newest."""
        able = [node for node in self.nodes if ABLE[act](node)]
        chosen = able[-1 - pick % len(able)] if able else None
        if act in {"post", "reply"}:
            self._post(chosen if act == "reply" else None)
        elif chosen is not None:
            getattr(self, f"_{act}")(chosen)

    def shown(self, sort: str) -> list[Node]:
        """Give what a reader should see."""
        roots = [node for node in self.nodes if node.parent is None]
        orders = {"conversation": roots, "newest": roots[::-1], "top": sorted(roots, key=lambda root: -root.rank)}
        return [node for root in orders[sort] for node in root.shown()]

    def _post(self, above: Node | None) -> None:
        beside = above is not None and above.depth == DEEPEST
        draft = prepare(f"تعليق رقم {len(self.nodes)}", kind=Kind.REMARK, quote=None)
        place = Place(self.article_id, above.id if above else None)
        comment = post_comment(self.session, place, draft, identity=self.author, now=self.now).comment
        node = Node(comment.id, above.parent if above and beside else above, above if beside else None)
        if node.parent is not None:
            node.parent.children.append(node)
        self.nodes.append(node)

    def _approve(self, node: Node) -> None:
        self._decide(node, Verdict.APPROVE)

    def _reject(self, node: Node) -> None:
        self._decide(node, Verdict.REJECT)

    def _remove(self, node: Node) -> None:
        review_comment(self.session, node.id, reason=None, now=self.now)
        self._decide(node, Verdict.SPAM)

    def _restore(self, node: Node) -> None:
        review_comment(self.session, node.id, reason=None, now=self.now)
        self._decide(node, Verdict.APPROVE)

    def _withdraw(self, node: Node) -> None:
        withdraw_comment(self.session, node.id, expected=ANY, now=self.now)
        node.is_withdrawn = True

    def _react(self, node: Node) -> None:
        for kind, weight in WEIGHTS.items():
            if kind is not ReactionKind.DISAGREE and node.rank < 3:
                react(self.session, node.id, kind, user_id=self.author.user_id, now=self.now)
                node.rank += weight

    def _decide(self, node: Node, verdict: Verdict) -> None:
        case = self.session.exec(
            select(Case).where(col(Case.subject_id) == node.id, col(Case.state) == CaseState.OPEN)
        ).one()
        reason = None if verdict is Verdict.APPROVE else Reason.OTHER
        ruling = Ruling(verdict, case.revision, reason)
        decide(self.session, case.id, ruling, identity=self.moderator, now=self.now)
        self.session.expire_all()
        node.status = self.session.get_one(Comment, node.id).status


def chain(session: Session, tree: Tree, length: int) -> Iterator[Node]:
    """Hang one reply below the other, each approved before the next."""
    for _ in range(length):
        tree.session = session
        tree.grow("reply" if tree.nodes else "post", 0)
        tree.grow("approve", 0)
        yield tree.nodes[-1]


# What each act can be about.
ABLE: dict[str, Callable[[Node], bool]] = {
    "post": lambda node: True,
    "reply": lambda node: node.is_public,
    "approve": lambda node: node.status is Status.PENDING and not node.is_withdrawn,
    "reject": lambda node: node.status is Status.PENDING and not node.is_withdrawn,
    "remove": lambda node: node.is_public,
    "restore": lambda node: node.status is Status.SPAM and not node.is_withdrawn,
    "withdraw": lambda node: not node.is_withdrawn,
    "react": lambda node: node.is_public,
}
