"""The transitions, written down a second time as people would say them, and who can cause them."""

import pytest

from forum.moderation.transitions import (
    MEANINGS,
    NEW,
    REVISED,
    TRANSITIONS,
    allowed_verdicts,
    meaning_of,
    status_after,
    status_before,
)
from models.cases import CaseKind, Verdict
from models.comments import Status
from models.errors import Refused

NO = None
# From a status, by a verdict for the text: approve, reject, spam, request_changes.
VERDICTS = (Verdict.APPROVE, Verdict.REJECT, Verdict.SPAM, Verdict.REQUEST_CHANGES)
TABLE = {
    NEW: ("approved", NO, NO, NO),
    "pending": ("approved", "rejected", "spam", "changes_requested"),
    "changes_requested": (NO, NO, NO, NO),
    "approved": ("approved", "rejected", "spam", NO),
    "rejected": ("approved", "rejected", "spam", NO),
    "spam": ("approved", "rejected", "spam", NO),
}
KINDS = {
    CaseKind.COMMENT: {"approve": "approve", "reject": "reject", "spam": "spam", "request_changes": "request_changes"},
    CaseKind.REPORT: {"uphold": "reject", "spam": "spam", "dismiss": None},
    CaseKind.APPEAL: {"uphold": None, "overturn": "approve"},
}
CASES = [
    pytest.param(status, verdict, after, id=f"{status} by {verdict} becomes {after}")
    for status, row in TABLE.items()
    for verdict, after in zip(VERDICTS, row, strict=True)
]


class TestTransitions:
    @pytest.mark.parametrize(("status", "verdict", "after"), CASES)
    def test_a_verdict_leads_where_the_table_says_or_nowhere(
        self, status: str, verdict: Verdict, after: str | None
    ) -> None:
        if after is NO:
            with pytest.raises(Refused, match="illegal_transition"):
                status_after(status, verdict)
        else:
            assert status_after(status, verdict) == after

    @pytest.mark.parametrize("verdict", [Verdict.UPHOLD, Verdict.DISMISS, Verdict.OVERTURN])
    @pytest.mark.parametrize("status", [NEW, *Status])
    def test_other_verdicts_say_nothing_about_a_text(self, status: str, verdict: Verdict) -> None:
        with pytest.raises(Refused):
            status_after(status, verdict)

    def test_the_table_of_the_service_has_no_more_rows(self) -> None:
        assert len(TRANSITIONS) == sum(after is not NO for row in TABLE.values() for after in row)

    def test_only_words_that_wait_or_are_public_can_be_edited(self) -> None:
        assert REVISED == {"pending": "pending", "changes_requested": "pending", "approved": "approved"}

    @pytest.mark.parametrize("status", [*Status])
    def test_a_reversal_returns_to_the_status_before(self, status: Status) -> None:
        assert status_before(status) == status

    def test_words_that_were_published_unread_wait_after_a_reversal(self) -> None:
        assert status_before(NEW) == "pending"


class TestVerdictsByKind:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("verdict", Verdict)
    def test_a_kind_takes_its_verdicts_and_no_others(self, kind: CaseKind, verdict: Verdict) -> None:
        if verdict in KINDS[kind]:
            assert meaning_of(kind, verdict) == KINDS[kind][verdict]
        else:
            with pytest.raises(Refused, match="illegal_transition"):
                meaning_of(kind, verdict)

    @pytest.mark.parametrize("kind", MEANINGS)
    @pytest.mark.parametrize("status", [*Status])
    def test_the_verdicts_shown_are_those_that_lead_somewhere(self, kind: CaseKind, status: Status) -> None:
        for verdict in allowed_verdicts(kind, status):
            meaning = meaning_of(kind, verdict)
            assert meaning is None or status_after(status, meaning)
