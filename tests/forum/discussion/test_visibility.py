"""Who sees a comment: the query and the policy say the same of every state, and of everybody."""

from itertools import product
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows
from forum.discussion.pages import thread_page
from forum.discussion.sorting import Sort
from forum.discussion.threads import find_comment, is_public, is_visible, visible_to
from models.base import new_id
from models.comments import Comment, Status
from models.errors import NotFound
from models.users import Role
from tests.forum.discussion.trees import identity_of
from tests.service import Person, Service

STATES = list(product(Status, [False, True]))
# Whoever asks, as the author and as somebody else; nobody has no words.
ROLES = [frozenset(), *(frozenset({role}) for role in Role)]


@pytest.fixture
def comments(service: Service, member: Person) -> list[UUID]:
    """Give the ids of one comment of the member in each state, withdrawn and not."""
    article = service.article()
    ids = [UUID(service.comment(member, article, f"تعليق {number}")["id"]) for number in range(len(STATES))]

    def verb(session: Session) -> None:
        for comment_id, (status, is_withdrawn) in zip(ids, STATES, strict=True):
            comment = session.get_one(Comment, comment_id)
            comment.status = status
            comment.withdrawn_at = service.clock() if is_withdrawn else None

    service.write(verb)
    return ids


def seen_by(session: Session, viewer: Identity | None) -> set[UUID]:
    """Give what the query shows."""
    return set(session.exec(select(Comment.id).where(visible_to(viewer))).all())


def may_see(session: Session, viewer: Identity | None) -> set[UUID]:
    """Give what the policy shows, comment by comment."""
    return {
        comment.id
        for comment in session.exec(select(Comment)).all()
        if is_public(comment) or allows(viewer, Permission.COMMENT_READ_WAITING, comment)
    }


class TestVisibility:
    def test_query_and_policy_agree_on_every_state_role_and_author(
        self, service: Service, member: Person, comments: list[UUID]
    ) -> None:
        public = {comments[STATES.index((Status.APPROVED, False))]}
        stranger = Identity(new_id(), new_id(), frozenset(), "غريب", "ar")
        for roles in ROLES:
            for viewer in (identity_of(member, *roles), Identity(stranger.user_id, new_id(), roles, "غريب", "ar")):
                moderates = bool(roles & {Role.MODERATOR, Role.EDITOR, Role.ADMIN})
                expected = set(comments) if moderates or viewer.user_id == member.id else public
                assert service.read(seen_by, viewer) == expected, viewer
                assert service.read(may_see, viewer) == expected, viewer
        assert service.read(seen_by, None) == service.read(may_see, None) == public

    def test_single_reads_follow_the_same_query(self, service: Service, member: Person, comments: list[UUID]) -> None:
        stranger = service.person("expert")
        for viewer in (None, identity_of(stranger, "expert"), identity_of(member)):
            seen = service.read(seen_by, viewer)
            for comment_id in comments:
                assert service.read(is_visible, viewer, comment_id) == (comment_id in seen)
                if comment_id in seen:
                    assert service.read(find_comment, viewer, comment_id).id == comment_id
                else:
                    with pytest.raises(NotFound):
                        service.read(find_comment, viewer, comment_id)

    def test_list_of_the_public_is_the_listed_ones_without_tombstones(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        above = service.approved(member, moderator, article, "أصل")
        service.approved(service.person(), moderator, article, "رد", parent_id=above["id"])
        service.comment(member, article, "ينتظر")
        member.delete(f"/v1/comments/{above['id']}")
        listed = service.read(lambda session: set(session.exec(select(Comment.id).where(col(Comment.is_listed))).all()))
        assert listed - service.read(seen_by, None) == {UUID(above["id"])}
        assert service.read(seen_by, None) <= listed

    def test_words_of_a_tombstone_are_not_even_read(self, service: Service, member: Person, moderator: Person) -> None:
        article = service.article()
        above = service.approved(member, moderator, article, "أصل")
        service.approved(service.person(), moderator, article, "رد", parent_id=above["id"])
        member.delete(f"/v1/comments/{above['id']}")
        for sort in Sort:
            page = service.read(thread_page, UUID(article["id"]), sort=sort, after=None, limit=10)
            assert [(row.body, row.author_line is None) for row in page.rows] == [(None, True), ("رد", False)]
