"""Keep the log of decisions as a chain of hashes, so that a changed, missing or cut row shows.

`hash` is SHA-256 over the canonical JSON (RFC 8785) of the decision as clients read it, without `hash` itself. Count
and hash of the newest row stand apart in `chain_heads`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import bindparam, update
from sqlalchemy import select as select_columns
from sqlmodel import Session

from models.base import columns_of, new_id
from models.cases import ChainHead, Decision
from models.errors import Overloaded
from models.instants import format_instant
from models.plain import Insertion, Plain

CHAIN = "decisions"
NOTHING_BEFORE = "0" * 64
SLICE = 500
_DECISION = Insertion(Decision)
_CHAIN, _LINKS = columns_of(ChainHead), columns_of(Decision)
_HEAD = Plain(select_columns(_CHAIN.count, _CHAIN.hash).where(_CHAIN.name == bindparam("chain")).with_for_update())
_MOVE = Plain(
    update(ChainHead.__table__)  # type: ignore[attr-defined]
    .where(_CHAIN.name == bindparam("chain"), _CHAIN.count == bindparam("before"))
    .values(count=bindparam("count"), hash=bindparam("hash"))
)
_SLICE = Plain(select_columns(*_LINKS).where(_LINKS.number > bindparam("after")).order_by(_LINKS.number).limit(SLICE))


@dataclass(frozen=True)
class Verification:
    """Hold how far the chain is sound: rows checked, and the id of the first row that is not (or none)."""

    is_sound: bool
    checked: int
    first_broken: UUID | None


def decision_fields(decision: Any) -> dict[str, Any]:
    """Give a decision, an object or a row, as clients read it, all but its hash; this is what the hash is over."""
    return {
        "id": str(decision.id),
        "case_id": str(decision.case_id) if decision.case_id else None,
        "subject": {"type": decision.subject_type, "id": str(decision.subject_id)},
        "revision": decision.revision,
        "verdict": decision.verdict,
        "from": decision.status_from,
        "to": decision.status_to,
        "by": str(decision.decided_by) if decision.decided_by else None,
        "automated": decision.automated,
        "reason": decision.reason,
        "note": decision.note,
        "at": format_instant(decision.decided_at),
        "previous_hash": decision.previous_hash,
    }


def hash_of(decision: Any) -> str:
    """Compute what the decision's hash has to be."""
    # Of texts, small whole numbers, booleans and null, which is all that a decision holds, this is RFC 8785's form.
    return sha256(orjson.dumps(decision_fields(decision), option=orjson.OPT_SORT_KEYS)).hexdigest()


def append(session: Session, **said: Any) -> Any:
    """Write what was decided as the newest of the chain, and give its row; raise Overloaded as `seal` does."""
    return seal(session, unsealed(**said))


def unsealed(**said: Any) -> Any:
    """Make the row of a decision that has no place in the chain yet."""
    return _DECISION.row(id=new_id(), **said)


def seal(session: Session, decision: Any) -> Any:
    """Write an unsealed decision as the newest of the chain, and give its row.

    The head of the chain is the last lock of a transaction. Raises Overloaded where it moved in spite of the lock:
    nothing is kept, and it can be sent again.
    """
    [head] = _HEAD.rows(session, {"chain": CHAIN})
    decision = decision._replace(number=head.count + 1, previous_hash=head.hash)
    decision = decision._replace(hash=hash_of(decision))
    _DECISION.write(session, decision)
    moved = {"chain": CHAIN, "before": head.count, "count": decision.number, "hash": decision.hash}
    if _MOVE.run(session, moved) != 1:
        raise Overloaded
    return decision


def verify(session: Session) -> Verification:
    """Walk the chain from its first row and compare its end with the head."""
    previous, checked = NOTHING_BEFORE, 0
    for decision in _walk(session):
        is_next = decision.number == checked + 1 and decision.previous_hash == previous
        if not is_next or decision.hash != hash_of(decision):
            return Verification(False, checked, decision.id)
        previous, checked = decision.hash, checked + 1
    head = session.get_one(ChainHead, CHAIN)
    return Verification((head.count, head.hash) == (checked, previous), checked, None)


def _walk(session: Session) -> Iterator[Any]:
    number = 0
    while rows := _SLICE.rows(session, {"after": number}):
        yield from rows
        number = rows[-1].number
