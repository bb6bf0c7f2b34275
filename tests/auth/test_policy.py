"""Prove the policy by a table of its own, written down as people would say it."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest

from auth.identity import Identity, implied_roles
from auth.permissions import Permission
from auth.policy import POLICY, Subject, allows, demand, refusal
from models.articles import Participants
from models.errors import Forbidden, Refused, Unauthenticated
from models.sanctions import SanctionKind
from models.users import Role

ROLES = list(Role)


@dataclass(frozen=True)
class Words:
    author_id: UUID


@dataclass(frozen=True)
class Place:
    participants: Participants


@dataclass(frozen=True)
class Account:
    roles: frozenset[Role] = frozenset()
    id: UUID = field(default_factory=uuid4)


def identity(*roles: Role) -> Identity:
    return Identity(uuid4(), uuid4(), frozenset(roles), "ليلى", "ar")


MEMBER = identity()
OTHERS = Words(uuid4())
FOR_MEMBERS, FOR_EXPERTS = Place(Participants.MEMBERS), Place(Participants.EXPERTS)
STAFF = {Role.MODERATOR, Role.EDITOR, Role.ADMIN}
EVERYBODY = set(Role)

# Who may do it, for the words of somebody else where there are words.
TABLE: list[tuple[Permission, Subject, set[Role]]] = [
    (Permission.ACCOUNT_READ, None, EVERYBODY),
    (Permission.ACCOUNT_EDIT, None, EVERYBODY),
    (Permission.ACCOUNT_EXPORT, None, EVERYBODY),
    (Permission.ACCOUNT_ERASE, None, EVERYBODY),
    (Permission.SESSION_LIST, None, EVERYBODY),
    (Permission.SESSION_END, None, EVERYBODY),
    (Permission.ROLES_ASSIGN, None, {Role.ADMIN}),
    (Permission.ARTICLE_CREATE, None, {Role.EDITOR, Role.ADMIN}),
    (Permission.ARTICLE_EDIT, None, {Role.EDITOR, Role.ADMIN}),
    (Permission.DISCLOSURE_DECLARE, None, {Role.EXPERT}),
    (Permission.DISCLOSURE_READ, None, EVERYBODY),
    (Permission.DISCLOSURE_READ_OF_OTHERS, None, {Role.EDITOR, Role.ADMIN}),
    (Permission.EXPERT_APPLY, None, EVERYBODY),
    (Permission.APPLICATION_READ_OWN, None, EVERYBODY),
    (Permission.APPLICATION_WITHDRAW, None, EVERYBODY),
    (Permission.EXPERT_INVITE, None, {Role.EDITOR, Role.ADMIN}),
    (Permission.INVITATION_ACCEPT, None, EVERYBODY),
    (Permission.CREDENTIAL_CHANGE, Account(), set()),
    (Permission.CREDENTIAL_REVOKE, None, {Role.EDITOR, Role.ADMIN}),
    (Permission.COMMENT_POST, FOR_MEMBERS, EVERYBODY),
    (Permission.COMMENT_POST, FOR_EXPERTS, {Role.EXPERT}),
    (Permission.COMMENT_POST, None, {Role.EXPERT}),
    (Permission.COMMENT_REPLY, FOR_MEMBERS, EVERYBODY),
    (Permission.COMMENT_REPLY, FOR_EXPERTS, {Role.EXPERT}),
    (Permission.COMMENT_READ_WAITING, OTHERS, STAFF),
    (Permission.COMMENT_LIST_OWN, None, EVERYBODY),
    (Permission.CHANGES_READ_OWN, None, EVERYBODY),
    (Permission.NOTIFICATION_READ, None, EVERYBODY),
    (Permission.DISCUSSION_FOLLOW, None, EVERYBODY),
    (Permission.WEBHOOK_SET_UP, None, {Role.EDITOR, Role.ADMIN}),
    (Permission.COMMENT_EDIT, OTHERS, set()),
    (Permission.COMMENT_EDIT, None, set()),
    (Permission.COMMENT_WITHDRAW, OTHERS, set()),
    (Permission.COMMENT_REACT, None, EVERYBODY),
    (Permission.COMMENT_REPORT, OTHERS, EVERYBODY),
    (Permission.REPORT_LIST_OWN, None, EVERYBODY),
    (Permission.COMMENT_APPEAL, OTHERS, set()),
    (Permission.COMMENT_READ_STATEMENT, OTHERS, set()),
    (Permission.ANALYSIS_DRAFT, None, {Role.EXPERT}),
    (Permission.ANALYSIS_READ_WAITING, OTHERS, {Role.EDITOR, Role.ADMIN}),
    (Permission.ANALYSIS_EDIT, OTHERS, set()),
    (Permission.ANALYSIS_SUBMIT, OTHERS, set()),
    (Permission.ANALYSIS_DELETE, OTHERS, set()),
    (Permission.ANALYSIS_RETRACT, OTHERS, {Role.EDITOR, Role.ADMIN}),
    (Permission.CASE_READ_EDITORIAL, None, {Role.EDITOR, Role.ADMIN}),
    (Permission.MODERATION_CHOOSE_SCOPE, None, STAFF),
    (Permission.DECISION_REVERSE_ANY, None, {Role.EDITOR, Role.ADMIN}),
    (Permission.MODERATION_READ_FIGURES, None, {Role.EDITOR, Role.ADMIN}),
    (Permission.CASE_OPEN, None, STAFF),
    (Permission.MODERATION_READ_QUEUE, None, STAFF),
    (Permission.MODERATION_DECIDE, OTHERS, STAFF),
    (Permission.MODERATION_DECIDE, None, set()),
    (Permission.MODERATION_READ_LOG, None, STAFF),
    (Permission.MODERATION_FOLLOW, None, STAFF),
    (Permission.RULES_READ, None, STAFF),
    (Permission.RULES_WRITE, None, STAFF),
    (Permission.THRESHOLDS_WRITE, None, {Role.EDITOR, Role.ADMIN}),
    (Permission.SANCTION_READ, Account(), STAFF),
    (Permission.SANCTION_IMPOSE, Account(), STAFF),
    (Permission.SANCTION_IMPOSE, Account(frozenset({Role.EXPERT})), STAFF),
    (Permission.SANCTION_IMPOSE, Account(frozenset({Role.MODERATOR})), {Role.EDITOR, Role.ADMIN}),
    (Permission.SANCTION_IMPOSE, Account(frozenset({Role.EDITOR, Role.EXPERT})), {Role.ADMIN}),
    (Permission.SANCTION_IMPOSE, Account(frozenset({Role.ADMIN})), set()),
    (Permission.SANCTION_IMPOSE, None, set()),
]
OWN = [
    Permission.COMMENT_READ_WAITING,
    Permission.COMMENT_EDIT,
    Permission.COMMENT_WITHDRAW,
    Permission.ANALYSIS_EDIT,
    Permission.ANALYSIS_SUBMIT,
    Permission.ANALYSIS_DELETE,
    Permission.ANALYSIS_RETRACT,
]


class TestPolicy:
    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize(("permission", "subject", "allowed"), TABLE)
    def test_role_has_the_permissions_of_the_table_and_no_others(
        self, permission: Permission, subject: Subject, allowed: set[Role], role: Role
    ) -> None:
        assert allows(identity(role), permission, subject) == (role in allowed)

    @pytest.mark.parametrize("permission", OWN)
    def test_author_has_rights_over_own_words(self, permission: Permission) -> None:
        assert allows(MEMBER, permission, Words(MEMBER.user_id))

    def test_every_permission_stands_in_the_policy_and_in_the_table(self) -> None:
        assert set(POLICY) == set(Permission) == {row[0] for row in TABLE}

    @pytest.mark.parametrize("permission", Permission)
    def test_nobody_is_asked_to_sign_in(self, permission: Permission) -> None:
        assert isinstance(refusal(None, permission, FOR_MEMBERS), Unauthenticated)


class TestRefusal:
    def test_moderator_may_not_decide_own_words(self) -> None:
        moderator = identity(Role.MODERATOR)
        with pytest.raises(Refused) as refused:
            demand(moderator, Permission.MODERATION_DECIDE, Words(moderator.user_id))
        assert refused.value.code == "own_content"

    def test_member_is_forbidden_to_decide_even_own_words(self) -> None:
        with pytest.raises(Forbidden):
            demand(MEMBER, Permission.MODERATION_DECIDE, Words(MEMBER.user_id))

    def test_allowed_act_is_not_refused(self) -> None:
        demand(MEMBER, Permission.ACCOUNT_READ)


RESTRICTED = {
    "a mute takes commenting": (SanctionKind.MUTE, Permission.COMMENT_POST, FOR_MEMBERS, False),
    "a mute takes replying": (SanctionKind.MUTE, Permission.COMMENT_REPLY, FOR_MEMBERS, False),
    "a mute takes reacting": (SanctionKind.MUTE, Permission.COMMENT_REACT, None, False),
    "a mute takes editing": (SanctionKind.MUTE, Permission.COMMENT_EDIT, Words(MEMBER.user_id), False),
    "a mute leaves withdrawing": (SanctionKind.MUTE, Permission.COMMENT_WITHDRAW, Words(MEMBER.user_id), True),
    "a mute leaves reporting": (SanctionKind.MUTE, Permission.COMMENT_REPORT, OTHERS, True),
    "a suspension takes commenting": (SanctionKind.SUSPENSION, Permission.COMMENT_POST, FOR_MEMBERS, False),
    "a suspension takes reporting": (SanctionKind.SUSPENSION, Permission.COMMENT_REPORT, OTHERS, False),
    "a suspension leaves reading": (SanctionKind.SUSPENSION, Permission.COMMENT_LIST_OWN, None, True),
    "a suspension leaves redress": (SanctionKind.SUSPENSION, Permission.COMMENT_APPEAL, Words(MEMBER.user_id), True),
}


class TestRestrictions:
    @pytest.mark.parametrize(("kind", "permission", "subject", "is_left"), RESTRICTED.values(), ids=RESTRICTED)
    def test_sanction_takes_what_its_kind_says(
        self, kind: SanctionKind, permission: Permission, subject: Subject, is_left: bool
    ) -> None:
        refused = refusal(replace(MEMBER, restriction=kind), permission, subject)
        assert refused is None if is_left else refused is not None and refused.code == "sanctioned"

    def test_what_was_never_allowed_stays_forbidden(self) -> None:
        muted = replace(MEMBER, restriction=SanctionKind.SUSPENSION)
        assert isinstance(refusal(muted, Permission.RULES_WRITE), Forbidden)

    def test_nobody_may_sanction_themselves(self) -> None:
        admin = identity(Role.ADMIN)
        assert not allows(admin, Permission.SANCTION_IMPOSE, Account(admin.roles, admin.user_id))

    def test_everybody_may_read_their_own_sanctions(self) -> None:
        assert allows(MEMBER, Permission.SANCTION_READ, Account(id=MEMBER.user_id))


class TestImpliedRoles:
    @pytest.mark.parametrize(
        ("granted", "implied"),
        [
            ((), {Role.MEMBER}),
            ((Role.EXPERT,), {Role.MEMBER, Role.EXPERT}),
            ((Role.MODERATOR,), {Role.MEMBER, Role.MODERATOR}),
            ((Role.EDITOR,), {Role.MEMBER, Role.MODERATOR, Role.EDITOR}),
            ((Role.ADMIN,), {Role.MEMBER, Role.MODERATOR, Role.EDITOR, Role.ADMIN}),
            ((Role.ADMIN, Role.EXPERT), set(Role)),
        ],
    )
    def test_role_brings_those_that_it_includes(self, granted: tuple[Role, ...], implied: set[Role]) -> None:
        assert implied_roles(granted) == implied
