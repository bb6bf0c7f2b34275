"""Display order, tombstones and counts of any discussion are those of a plain recursion over its tree."""

from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from forum.discussion.reactions import fold_reactions
from tests.forum.discussion.public_view import SORTS
from tests.forum.discussion.trees import Node, Tree, identity_of
from tests.service import Person, Service

# How often each act is drawn.
ACTS = {"post": 2, "reply": 12, "approve": 1, "reject": 1, "remove": 6, "restore": 3, "withdraw": 5, "react": 2}
ACTS_A_DISCUSSION = 60
# In each of these, tombstones come, go and come back, somebody answers the deepest, and roots differ in rank.
TELLING_SEEDS = (8, 41)


def as_shown(node: Node) -> tuple[Any, ...]:
    """Give what the thread says about a comment."""
    tombstone = None if node.is_public else "withdrawn" if node.is_withdrawn else "removed"
    replies = sum(child.is_public for child in node.children)
    parent = str(node.parent.id) if node.parent else None
    beside = str(node.in_reply_to.id) if node.in_reply_to else None
    return str(node.id), node.depth, parent, beside, tombstone, replies, tombstone is None


def as_read(item: Any) -> tuple[Any, ...]:
    """Give the same of a comment as it was read."""
    names = ("id", "depth", "parent_id", "in_reply_to", "tombstone", "reply_count")
    return (*(item[name] for name in names), item["body"] is not None)


def grow(tree: Tree, random: Random) -> None:
    """Carry out acts as they are drawn; new words are mostly approved and answered, so that trees grow deep."""
    for act in random.choices(list(ACTS), list(ACTS.values()), k=ACTS_A_DISCUSSION):
        is_newest_answered = act == "reply" and random.random() < 0.7
        tree.grow(act, 0 if is_newest_answered else random.randrange(12))
        if act in {"post", "reply"} and random.random() < 0.95:
            tree.grow("approve", 0)


def read_in_pages(service: Service, article: Any, sort: str, limit: int) -> list[tuple[Any, ...]]:
    """Read a whole thread page by page."""
    items, path = [], f"/v1/articles/{article['id']}/comments?sort={sort}&limit={limit}"
    while path:
        page = service.nobody.get(path)
        items += page.json()["items"]
        path = page.links["next"]["url"] if page.links else ""
    return [as_read(item) for item in items]


@pytest.fixture
def write(service: Service, member: Person, moderator: Person) -> Any:
    """Give what writes a discussion drawn from a seed, and gives its article and tree."""
    editor, author, judge = service.person("editor"), identity_of(member), identity_of(moderator, "moderator")

    def write(seed: int) -> tuple[Any, Tree]:
        article = service.article(editor)

        def verb(session: Session) -> Tree:
            tree = Tree(session, UUID(article["id"]), author, judge, service.clock())
            grow(tree, Random(seed))
            fold_reactions(session, tree.article_id, now=service.clock())
            return tree

        return article, service.write(verb)

    return write


def check(service: Service, article: Any, tree: Tree, limit: int) -> None:
    """Compare all that a reader may see with the plain recursion."""
    for sort in SORTS:
        expected = [as_shown(node) for node in tree.shown(sort)]
        for size in (limit, 100):
            assert read_in_pages(service, article, sort, size) == expected, (sort, size)
    public = [node for node in tree.nodes if node.is_public]
    assert service.nobody.get(f"/v1/articles/{article['id']}").json()["counts"]["comments"] == len(public)
    for node in public:
        replies = service.nobody.get(f"/v1/comments/{node.id}/replies").json()["items"]
        assert [as_read(item) for item in replies] == [as_shown(child) for child in node.children if child.shown()]


class TestDisplayOrder:
    @pytest.mark.long_table
    def test_any_discussion_is_shown_as_a_plain_recursion_would(self, service: Service, write: Any) -> None:
        for seed in TELLING_SEEDS:
            article, tree = write(seed)
            check(service, article, tree, limit=1 + seed % 5)

    @pytest.mark.drill
    @pytest.mark.timeout(1_200)
    def test_hundreds_of_discussions_are_shown_as_a_plain_recursion_would(self, service: Service, write: Any) -> None:
        for seed in range(150):
            article, tree = write(seed)
            check(service, article, tree, limit=1 + seed % 7)


class TestRanksThatMove:
    def test_root_whose_rank_moves_between_two_pages_is_still_read_to_its_end(
        self, service: Service, member: Person
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        roots = [service.comment(member, article, f"أصل {number}")["id"] for number in range(2)]
        replies = [service.comment(member, article, f"رد {number}", parent_id=roots[0])["id"] for number in range(3)]
        first = service.nobody.get(f"/v1/articles/{article['id']}/comments?sort=top&limit=2")
        assert member.put(f"/v1/comments/{roots[0]}/reactions/agree").status_code == 200
        service.write(fold_reactions, UUID(article["id"]), now=service.clock())
        second = service.nobody.get(first.links["next"]["url"])
        read = [item["id"] for page in (first, second) for item in page.json()["items"]]
        assert read == [roots[0], *replies]
        third = service.nobody.get(second.links["next"]["url"])
        assert [item["id"] for item in third.json()["items"]] == roots[1:]
