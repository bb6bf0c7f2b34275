"""List what a verdict makes of a comment or analysis, or of the revision that waits; nothing else is possible.

new -> pending or approved; pending -> approved, rejected, spam, changes_requested; changes_requested -> pending by
a new revision; approved -> rejected, spam; rejected <-> spam; rejected, spam -> approved. A verdict may also confirm
what stands, and a reversal returns to where the decision that it takes back came from. An analysis begins as a draft
and ends published, rejected or, by author or editor, retracted. The only readers are forum/moderation/decisions.py
with its settlements and reversals, and the answer to which verdicts are allowed.
"""

from collections.abc import Mapping, Sequence, Set
from functools import cache

from models.analyses import AnalysisStatus
from models.cases import CaseKind, Reason, Verdict
from models.comments import Status
from models.errors import Refused
from models.experts import ApplicationStatus

NEW = "new"
REVERSAL = "reversal"
RETRACTION = "retraction"

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

# What waits of an analysis is a revision, and spam is nothing that would be counted apart.
ANALYSIS_TRANSITIONS: dict[tuple[str, Verdict], AnalysisStatus] = {
    (AnalysisStatus.PENDING, Verdict.APPROVE): AnalysisStatus.PUBLISHED,
    (AnalysisStatus.PENDING, Verdict.REJECT): AnalysisStatus.REJECTED,
    (AnalysisStatus.PENDING, Verdict.SPAM): AnalysisStatus.REJECTED,
    (AnalysisStatus.PENDING, Verdict.REQUEST_CHANGES): AnalysisStatus.CHANGES_REQUESTED,
}

_AS_SAID: dict[Verdict, Verdict | None] = {
    Verdict.APPROVE: Verdict.APPROVE,
    Verdict.REJECT: Verdict.REJECT,
    Verdict.SPAM: Verdict.SPAM,
    Verdict.REQUEST_CHANGES: Verdict.REQUEST_CHANGES,
}
# The verdicts that each kind of case takes, and what each is for the text: another verdict, or nothing (None).
MEANINGS: dict[CaseKind, dict[Verdict, Verdict | None]] = {
    CaseKind.COMMENT: _AS_SAID,
    CaseKind.ANALYSIS: _AS_SAID,
    CaseKind.APPLICATION: {
        Verdict.APPROVE: Verdict.APPROVE,
        Verdict.REJECT: Verdict.REJECT,
        Verdict.REQUEST_CHANGES: Verdict.REQUEST_CHANGES,
    },
    CaseKind.REPORT: {Verdict.UPHOLD: Verdict.REJECT, Verdict.SPAM: Verdict.SPAM, Verdict.DISMISS: None},
    CaseKind.APPEAL: {Verdict.UPHOLD: None, Verdict.OVERTURN: Verdict.APPROVE},
}

# An application waits until it is decided; sent back, it waits again with what its sender makes of it.
APPLICATION_TRANSITIONS: dict[tuple[str, Verdict], ApplicationStatus] = {
    (ApplicationStatus.PENDING, Verdict.APPROVE): ApplicationStatus.APPROVED,
    (ApplicationStatus.PENDING, Verdict.REJECT): ApplicationStatus.REJECTED,
    (ApplicationStatus.PENDING, Verdict.REQUEST_CHANGES): ApplicationStatus.CHANGES_REQUESTED,
}
REVISED_APPLICATIONS: dict[ApplicationStatus, ApplicationStatus] = {
    ApplicationStatus.CHANGES_REQUESTED: ApplicationStatus.PENDING,
}

# What an author's new revision makes of the status; from anywhere else there is no editing.
REVISED: dict[Status, Status] = {
    Status.PENDING: Status.PENDING,
    Status.CHANGES_REQUESTED: Status.PENDING,
    Status.APPROVED: Status.APPROVED,
}

# The status of an author's new revision of an analysis by that of the analysis, which itself stays as it is.
REVISED_ANALYSES: Mapping[AnalysisStatus, AnalysisStatus] = {
    AnalysisStatus.DRAFT: AnalysisStatus.DRAFT,
    AnalysisStatus.CHANGES_REQUESTED: AnalysisStatus.DRAFT,
    AnalysisStatus.PENDING: AnalysisStatus.PENDING,
    AnalysisStatus.PUBLISHED: AnalysisStatus.PENDING,
}
SUBMITTED_ANALYSES: Mapping[AnalysisStatus, AnalysisStatus] = {
    AnalysisStatus.DRAFT: AnalysisStatus.PENDING,
    AnalysisStatus.CHANGES_REQUESTED: AnalysisStatus.PENDING,
}

# What is possible in cases about anything but comments.
_POSSIBLE: Mapping[CaseKind, Set[tuple[str, Verdict]]] = {
    CaseKind.ANALYSIS: ANALYSIS_TRANSITIONS.keys(),
    CaseKind.APPLICATION: APPLICATION_TRANSITIONS.keys(),
}

RESTRICTIONS = frozenset({Verdict.REJECT, Verdict.SPAM, Verdict.REQUEST_CHANGES})


def status_after(status: str, verdict: Verdict) -> Status:
    """Give the status that the verdict leads to; raise illegal_transition where it leads nowhere."""
    after = TRANSITIONS.get((str(status), verdict))
    if after is None:
        raise Refused("illegal_transition")
    return after


def analysis_status_after(status: str, verdict: Verdict | None) -> AnalysisStatus:
    """Give the status that the verdict leads a waiting revision to; raise illegal_transition elsewhere."""
    after = ANALYSIS_TRANSITIONS.get((str(status), verdict)) if verdict else None
    if after is None:
        raise Refused("illegal_transition")
    return after


def application_status_after(status: str, verdict: Verdict | None) -> ApplicationStatus:
    """Give the status that the verdict leads an application to; raise illegal_transition elsewhere."""
    after = APPLICATION_TRANSITIONS.get((str(status), verdict)) if verdict else None
    if after is None:
        raise Refused("illegal_transition")
    return after


def meaning_of(kind: CaseKind, verdict: Verdict) -> Verdict | None:
    """Give what a verdict is for the text; raise illegal_transition where the kind of case does not take it."""
    if verdict not in MEANINGS[kind]:
        raise Refused("illegal_transition")
    return MEANINGS[kind][verdict]


@cache
def allowed_verdicts(kind: str, status: str) -> Sequence[Verdict]:
    """Give the verdicts that a case of a kind takes while its subject has a status."""
    of_kind = CaseKind(kind)
    possible = _POSSIBLE.get(of_kind, TRANSITIONS.keys())
    meanings = MEANINGS[of_kind].items()
    return tuple(verdict for verdict, meaning in meanings if meaning is None or (str(status), meaning) in possible)


def status_before(status_from: str) -> str:
    """Give the status that a reversal returns to; words that were published unread wait then."""
    return Status.PENDING if status_from == NEW else status_from


def needs_reason(verdict: Verdict, reason: Reason | None) -> bool:
    """Tell whether a reason is missing: whoever restricts words says why; a report brings its reason with it."""
    return reason is None and verdict in RESTRICTIONS
