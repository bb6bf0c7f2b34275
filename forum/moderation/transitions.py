"""List what a verdict makes of a comment, or of the revision that waits for it; nothing else is possible.

new -> pending or approved; pending -> approved, rejected, spam, changes_requested; changes_requested -> pending by
a new revision; approved -> rejected, spam; rejected <-> spam; rejected, spam -> approved. A verdict may also confirm
what stands. The only readers are forum/moderation/decisions.py and the answer to which verdicts are allowed.
"""

from models.cases import Reason, Verdict
from models.comments import Status
from models.errors import Refused

NEW = "new"

TRANSITIONS: dict[tuple[str, Verdict], Status] = {
    (NEW, Verdict.APPROVE): Status.APPROVED,
    (Status.PENDING, Verdict.APPROVE): Status.APPROVED,
    (Status.PENDING, Verdict.REJECT): Status.REJECTED,
    (Status.PENDING, Verdict.SPAM): Status.SPAM,
    (Status.PENDING, Verdict.REQUEST_CHANGES): Status.CHANGES_REQUESTED,
    (Status.APPROVED, Verdict.APPROVE): Status.APPROVED,
    (Status.APPROVED, Verdict.REJECT): Status.REJECTED,
    (Status.APPROVED, Verdict.SPAM): Status.SPAM,
    (Status.REJECTED, Verdict.APPROVE): Status.APPROVED,
    (Status.REJECTED, Verdict.REJECT): Status.REJECTED,
    (Status.REJECTED, Verdict.SPAM): Status.SPAM,
    (Status.SPAM, Verdict.APPROVE): Status.APPROVED,
    (Status.SPAM, Verdict.REJECT): Status.REJECTED,
    (Status.SPAM, Verdict.SPAM): Status.SPAM,
}

RESTRICTIONS = frozenset({Verdict.REJECT, Verdict.SPAM, Verdict.REQUEST_CHANGES})

# What an author's new revision makes of the status; from anywhere else there is no editing.
REVISED: dict[Status, Status] = {
    Status.PENDING: Status.PENDING,
    Status.CHANGES_REQUESTED: Status.PENDING,
    Status.APPROVED: Status.APPROVED,
}


def status_after(status: str, verdict: Verdict) -> Status:
    """Give the status that the verdict leads to; raise illegal_transition where it leads nowhere."""
    after = TRANSITIONS.get((str(status), verdict))
    if after is None:
        raise Refused("illegal_transition")
    return after


def allowed_verdicts(status: str) -> list[Verdict]:
    """Give the verdicts that are possible from a status, in the order of the vocabulary."""
    return [verdict for verdict in Verdict if (str(status), verdict) in TRANSITIONS]


def needs_reason(verdict: Verdict, reason: Reason | None) -> bool:
    """Tell whether a reason is missing: whoever restricts words says why."""
    return verdict in RESTRICTIONS and reason is None
