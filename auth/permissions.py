"""Name everything that a signed-in person can be allowed to do; who is allowed stands in auth/policy.py."""

from enum import StrEnum


class Permission(StrEnum):
    """Name one act, the kind of thing first; each sentence says what the holder may do."""

    ACCOUNT_READ = "account.read"
    """Read one's own account, with its address and roles."""
    ACCOUNT_EDIT = "account.edit"
    """Change one's own name, language and password."""
    SESSION_LIST = "session.list"
    """See on which devices one is signed in."""
    SESSION_END = "session.end"
    """Sign one of one's own devices out."""
    ROLES_ASSIGN = "roles.assign"
    """Give roles to others and take them away."""

    ARTICLE_CREATE = "article.create"
    """Put an article up for discussion."""
    ARTICLE_EDIT = "article.edit"
    """Change an article and the settings of its discussion."""

    DISCLOSURE_DECLARE = "disclosure.declare"
    """Declare one's own interests in the matter of an article."""
    DISCLOSURE_READ = "disclosure.read"
    """Read what one has declared oneself."""
    DISCLOSURE_READ_OF_OTHERS = "disclosure.read_of_others"
    """Read what an expert has declared, by naming them."""

    COMMENT_POST = "comment.post"
    """Comment on an article, which is the subject."""
    COMMENT_REPLY = "comment.reply"
    """Reply to a comment below an article, which is the subject."""
    COMMENT_READ_WAITING = "comment.read_waiting"
    """Read a comment that the public does not see, and all its revisions."""
    COMMENT_LIST_OWN = "comment.list_own"
    """See one's own comments in every state."""
    COMMENT_EDIT = "comment.edit"
    """Write a new revision of a comment."""
    COMMENT_WITHDRAW = "comment.withdraw"
    """Take a comment back."""
    COMMENT_REACT = "comment.react"
    """Leave a reaction on a comment and take it away."""

    CASE_OPEN = "case.open"
    """Put a comment up for another look."""
    MODERATION_READ_QUEUE = "moderation.read_queue"
    """See the cases, their subjects and the summary of what waits."""
    MODERATION_DECIDE = "moderation.decide"
    """Decide the case that is the subject."""
    MODERATION_READ_LOG = "moderation.read_log"
    """Read the log of decisions and verify its chain."""
