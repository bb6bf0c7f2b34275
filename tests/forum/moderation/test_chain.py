"""Show that what a decision's hash is over is RFC 8785's canonical form, as its reference writes it."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from forum.moderation.chain import decision_fields, hash_of, unsealed
from models.cases import Reason, SubjectType, Verdict

# What JSON writes in a way of its own, and what sorts otherwise by code points than by UTF-16.
SPECIAL = '\x00\x07\x08\x09\x0a\x0c\x0d\x1b\x1f"\\/\x7f\x80\u2028\u2029\ufeff\ue000\U0001f600ىُ'
TEXTS = st.text(st.one_of(st.sampled_from(SPECIAL), st.characters(exclude_categories=("Cs",))), max_size=60)


@given(
    note=st.none() | TEXTS,
    reason=st.none() | st.sampled_from(Reason) | TEXTS,
    verdict=st.sampled_from(Verdict),
    revision=st.integers(1, 2**53 - 1),
    decided_by=st.none() | st.uuids(),
    decided_at=st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)),  # noqa: DTZ001
)
def test_a_hash_is_over_the_canonical_form(
    note: str | None,
    reason: str | None,
    verdict: Verdict,
    revision: int,
    decided_by: UUID | None,
    decided_at: datetime,
) -> None:
    decision = unsealed(
        subject_type=SubjectType.COMMENT,
        subject_id=UUID(int=1),
        revision=revision,
        verdict=verdict,
        status_from="pending",
        status_to="approved",
        decided_by=decided_by,
        automated=decided_by is None,
        reason=reason,
        note=note,
        decided_at=decided_at,
    )
    assert hash_of(decision) == sha256(rfc8785.dumps(decision_fields(decision))).hexdigest()
