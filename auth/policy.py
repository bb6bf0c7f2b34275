"""Decide who may do what: small predicates and one table, which is the whole policy.

A permission is given when every predicate of one of its alternatives holds. A predicate about a subject is false
when the subject is missing or of another kind, so that a forgotten subject refuses. State is not policy: that a
discussion is closed or a case decided is for the verbs to say.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable
from uuid import UUID

from auth.identity import Identity
from auth.permissions import Permission
from models.articles import Participants
from models.errors import Forbidden, ForumError, Refused, Unauthenticated
from models.sanctions import SanctionKind
from models.users import Role


class Authored(Protocol):
    """Stand for a comment or an analysis, or a case about one."""

    @property
    def author_id(self) -> UUID:
        """Name who wrote it."""


class Discussion(Protocol):
    """Stand for an article as a place to comment."""

    @property
    def participants(self) -> Participants:
        """Say who may comment."""


@runtime_checkable
class Ranked(Protocol):
    """Stand for a user as somebody with roles."""

    @property
    def id(self) -> UUID:
        """Name who it is."""

    @property
    def roles(self) -> frozenset[Role]:
        """Say what was granted to them."""


Subject = Authored | Discussion | Ranked | None
Predicate = Callable[[Identity, Subject], bool]


def identity_is_member(identity: Identity, _: Subject) -> bool:
    """Hold for everyone registered."""
    return identity.has_role(Role.MEMBER)


def identity_is_expert(identity: Identity, _: Subject) -> bool:
    """Hold for verified experts."""
    return identity.has_role(Role.EXPERT)


def identity_is_moderator(identity: Identity, _: Subject) -> bool:
    """Hold for moderators, editors and administrators."""
    return identity.has_role(Role.MODERATOR)


def identity_is_editor(identity: Identity, _: Subject) -> bool:
    """Hold for editors and administrators."""
    return identity.has_role(Role.EDITOR)


def identity_is_admin(identity: Identity, _: Subject) -> bool:
    """Hold for administrators."""
    return identity.has_role(Role.ADMIN)


def discussion_is_for_members(_: Identity, subject: Subject) -> bool:
    """Hold where not only experts comment."""
    return getattr(subject, "participants", None) is Participants.MEMBERS


def author_is_identity(identity: Identity, subject: Subject) -> bool:
    """Hold for one's own words."""
    return _author_of(subject) == identity.user_id


def author_is_somebody_else(identity: Identity, subject: Subject) -> bool:
    """Hold for the words of others."""
    return _author_of(subject) not in {None, identity.user_id}


def user_is_identity(identity: Identity, subject: Subject) -> bool:
    """Hold for one's own account."""
    return isinstance(subject, Ranked) and subject.id == identity.user_id


def user_ranks_below_identity(identity: Identity, subject: Subject) -> bool:
    """Hold for users with less to say, so that nobody sanctions themselves, their equals or those above."""
    return isinstance(subject, Ranked) and _rank(subject.roles) < _rank(identity.roles)


_RANKS = (Role.MODERATOR, Role.EDITOR, Role.ADMIN)

_MEMBER = ((identity_is_member,),)
_EXPERT = ((identity_is_expert,),)
_MODERATOR = ((identity_is_moderator,),)
_EDITOR = ((identity_is_editor,),)
_ADMIN = ((identity_is_admin,),)
_AUTHOR = ((author_is_identity,),)
_PARTICIPANT = ((identity_is_expert,), (identity_is_member, discussion_is_for_members))

POLICY: Mapping[Permission, tuple[tuple[Predicate, ...], ...]] = {
    Permission.ACCOUNT_READ: _MEMBER,
    Permission.ACCOUNT_EDIT: _MEMBER,
    Permission.ACCOUNT_EXPORT: _MEMBER,
    Permission.ACCOUNT_ERASE: _MEMBER,
    Permission.SESSION_LIST: _MEMBER,
    Permission.SESSION_END: _MEMBER,
    Permission.ROLES_ASSIGN: _ADMIN,
    Permission.ARTICLE_CREATE: _EDITOR,
    Permission.ARTICLE_EDIT: _EDITOR,
    Permission.DISCLOSURE_DECLARE: _EXPERT,
    Permission.DISCLOSURE_READ: _MEMBER,
    Permission.DISCLOSURE_READ_OF_OTHERS: _EDITOR,
    Permission.EXPERT_APPLY: _MEMBER,
    Permission.APPLICATION_READ_OWN: _MEMBER,
    Permission.APPLICATION_WITHDRAW: _MEMBER,
    Permission.EXPERT_INVITE: _EDITOR,
    Permission.INVITATION_ACCEPT: _MEMBER,
    Permission.CREDENTIAL_CHANGE: ((user_is_identity,),),
    Permission.CREDENTIAL_REVOKE: _EDITOR,
    Permission.COMMENT_POST: _PARTICIPANT,
    Permission.COMMENT_REPLY: _PARTICIPANT,
    Permission.COMMENT_READ_WAITING: (*_AUTHOR, *_MODERATOR),
    Permission.COMMENT_LIST_OWN: _MEMBER,
    Permission.CHANGES_READ_OWN: _MEMBER,
    Permission.COMMENT_EDIT: _AUTHOR,
    Permission.COMMENT_WITHDRAW: _AUTHOR,
    Permission.COMMENT_REACT: _MEMBER,
    Permission.COMMENT_REPORT: ((identity_is_member, author_is_somebody_else),),
    Permission.REPORT_LIST_OWN: _MEMBER,
    Permission.COMMENT_APPEAL: _AUTHOR,
    Permission.COMMENT_READ_STATEMENT: _AUTHOR,
    Permission.ANALYSIS_DRAFT: _EXPERT,
    Permission.ANALYSIS_READ_WAITING: (*_AUTHOR, *_EDITOR),
    Permission.ANALYSIS_EDIT: _AUTHOR,
    Permission.ANALYSIS_SUBMIT: _AUTHOR,
    Permission.ANALYSIS_DELETE: _AUTHOR,
    Permission.ANALYSIS_RETRACT: (*_AUTHOR, *_EDITOR),
    Permission.CASE_OPEN: _MODERATOR,
    Permission.MODERATION_READ_QUEUE: _MODERATOR,
    Permission.CASE_READ_EDITORIAL: _EDITOR,
    Permission.MODERATION_FOLLOW: _MODERATOR,
    Permission.MODERATION_CHOOSE_SCOPE: _MODERATOR,
    Permission.MODERATION_DECIDE: ((identity_is_moderator, author_is_somebody_else),),
    Permission.DECISION_REVERSE_ANY: _EDITOR,
    Permission.MODERATION_READ_FIGURES: _EDITOR,
    Permission.RULES_READ: _MODERATOR,
    Permission.RULES_WRITE: _MODERATOR,
    Permission.THRESHOLDS_WRITE: _EDITOR,
    Permission.SANCTION_READ: ((user_is_identity,), *_MODERATOR),
    Permission.SANCTION_IMPOSE: ((identity_is_moderator, user_ranks_below_identity),),
    Permission.MODERATION_READ_LOG: _MODERATOR,
    Permission.NOTIFICATION_READ: _MEMBER,
    Permission.DISCUSSION_FOLLOW: _MEMBER,
    Permission.WEBHOOK_SET_UP: _EDITOR,
}

# What a mute takes away, and all that a suspension leaves: reading, one's own account, taking words back, redress.
# Whoever is banned is nobody.
_TAKEN_BY_MUTE = frozenset(
    {
        Permission.COMMENT_POST,
        Permission.COMMENT_REPLY,
        Permission.COMMENT_EDIT,
        Permission.COMMENT_REACT,
        Permission.ANALYSIS_DRAFT,
        Permission.ANALYSIS_EDIT,
        Permission.ANALYSIS_SUBMIT,
    }
)
_LEFT_BY_SUSPENSION = frozenset(
    {
        Permission.ACCOUNT_READ,
        Permission.ACCOUNT_EDIT,
        Permission.ACCOUNT_EXPORT,
        Permission.ACCOUNT_ERASE,
        Permission.SESSION_LIST,
        Permission.SESSION_END,
        Permission.DISCLOSURE_READ,
        Permission.APPLICATION_READ_OWN,
        Permission.APPLICATION_WITHDRAW,
        Permission.COMMENT_READ_WAITING,
        Permission.COMMENT_LIST_OWN,
        Permission.CHANGES_READ_OWN,
        Permission.COMMENT_WITHDRAW,
        Permission.COMMENT_APPEAL,
        Permission.COMMENT_READ_STATEMENT,
        Permission.ANALYSIS_READ_WAITING,
        Permission.ANALYSIS_DELETE,
        Permission.ANALYSIS_RETRACT,
        Permission.REPORT_LIST_OWN,
        Permission.SANCTION_READ,
        Permission.NOTIFICATION_READ,
        Permission.DISCUSSION_FOLLOW,
    }
)

# What clients are told when this predicate was the one that failed; all others are plainly forbidden.
_CODES: Mapping[Predicate, str] = {author_is_somebody_else: "own_content"}


def refusal(identity: Identity | None, permission: Permission, subject: Subject = None) -> ForumError | None:
    """Give the error to raise, or nothing where the act is allowed."""
    if identity is None:
        return Unauthenticated()
    failures = [_first_failure(identity, alternative, subject) for alternative in POLICY[permission]]
    if None in failures:
        return Refused("sanctioned") if _is_taken_away(identity, permission) else None
    codes = [_CODES[failure] for failure in failures if failure and failure in _CODES]
    return Refused(codes[0]) if codes else Forbidden()


def allows(identity: Identity | None, permission: Permission, subject: Subject = None) -> bool:
    """Tell whether the act is allowed."""
    return refusal(identity, permission, subject) is None


def demand(identity: Identity | None, permission: Permission, subject: Subject = None) -> None:
    """Raise the refusal where the act is not allowed."""
    refused = refusal(identity, permission, subject)
    if refused is not None:
        raise refused


def _is_taken_away(identity: Identity, permission: Permission) -> bool:
    if identity.restriction is SanctionKind.SUSPENSION:
        return permission not in _LEFT_BY_SUSPENSION
    return identity.restriction is SanctionKind.MUTE and permission in _TAKEN_BY_MUTE


# Asking at run time whether something is of a protocol takes longer than the rest of the policy.
def _author_of(subject: Subject) -> UUID | None:
    return getattr(subject, "author_id", None)


def _rank(roles: frozenset[Role]) -> int:
    return max((place for place, role in enumerate(_RANKS, start=1) if role in roles), default=0)


def _first_failure(identity: Identity, alternative: tuple[Predicate, ...], subject: Subject) -> Predicate | None:
    return next((predicate for predicate in alternative if not predicate(identity, subject)), None)
