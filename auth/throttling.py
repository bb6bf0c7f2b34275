"""Slow down whoever guesses passwords, without locking the owner of an account out.

Failures are counted under up to three keys: the account from this address, this address for all accounts, and the
account from all addresses that its owner never signed in from. Past a key's free failures each further one costs a
growing pause. Strangers' failures never count where the owner signed in before, and a password reset clears
the account's count, so an owner always gets in. Unknown accounts are counted like known ones.

An attempt is counted before the password is looked at and given back when it was right: attempts made at the same
moment count each other, and an office behind one address pays for wrong passwords only.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, exists, literal, null, or_, select, update
from sqlmodel import Session, col

from models.accounts import AuthSession, SignInThrottle
from models.errors import RateLimited
from models.upserts import insert_for


@dataclass(frozen=True)
class Limit:
    """Say how many failures in a window cost nothing, and the first and the longest pause; each doubles the last."""

    free_failures: int
    first_pause: timedelta
    longest_pause: timedelta
    window: timedelta

    def pauses(self) -> list[tuple[int, timedelta]]:
        """List past how many failures which pause follows, the longest first."""
        steps: list[tuple[int, timedelta]] = []
        pause = self.first_pause
        while pause < self.longest_pause:
            steps.append((self.free_failures + len(steps), pause))
            pause *= 2
        return [*steps, (self.free_failures + len(steps), self.longest_pause)][::-1]


_FIRST = timedelta(seconds=15)
PAIR = Limit(5, first_pause=_FIRST, longest_pause=timedelta(minutes=15), window=timedelta(days=1))
ACCOUNT = Limit(30, first_pause=_FIRST, longest_pause=timedelta(minutes=5), window=timedelta(days=1))
ADDRESS = Limit(100, first_pause=_FIRST, longest_pause=timedelta(minutes=15), window=timedelta(hours=1))


@dataclass(frozen=True)
class Attempt:
    """Name what an attempt was counted under, so that it can be given back."""

    pair: str
    shared: tuple[str, ...]


def network_of(address: str) -> str:
    """Give what one subscriber holds: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def begin_attempt(session: Session, *, email_key: str, user_id: UUID | None, network: str, now: datetime) -> Attempt:
    """Count one attempt before its password is looked at; raises RateLimited during a pause."""
    limits = {_key("pair", email_key, network): PAIR, _key("address", network): ADDRESS}
    pair, address = limits
    shared: tuple[str, ...] = (address,)
    if user_id is None or not _has_signed_in_from(session, user_id, network):
        account = _key("account", email_key)
        limits[account] = ACCOUNT
        shared = (address, account)
    # One order for all, so that two attempts never wait for each other.
    refused = [key for key in sorted(limits) if not _count(session, key, limits[key], now)]
    if refused:
        raise RateLimited(_pause_left(session, refused, now))
    return Attempt(pair, shared)


def give_back(session: Session, attempt: Attempt) -> None:
    """Undo the count of an attempt whose password was right, and forget the pair's failures."""
    # In the order in which attempts count, so that none of the same moment waits for this one in a circle.
    for key in sorted((attempt.pair, *attempt.shared)):
        if key == attempt.pair:
            session.execute(delete(SignInThrottle).where(col(SignInThrottle.key) == key))
            continue
        session.execute(
            update(SignInThrottle)
            .where(col(SignInThrottle.key) == key, col(SignInThrottle.failures) > 0)
            .values(failures=col(SignInThrottle.failures) - 1, blocked_until=None)
        )


def forget_account(session: Session, *, email_key: str, network: str) -> None:
    """Forget the failures that stand against an owner who proved by mail to be one."""
    keys = sorted((_key("account", email_key), _key("pair", email_key, network)))
    session.execute(delete(SignInThrottle).where(col(SignInThrottle.key).in_(keys)))


def forget_old_failures(session: Session, *, now: datetime) -> None:
    """Drop the counts that hold nobody up any more."""
    session.execute(delete(SignInThrottle).where(col(SignInThrottle.window_ends_at) < now))


def _key(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _has_signed_in_from(session: Session, user_id: UUID, network: str) -> bool:
    signed_in = exists().where(col(AuthSession.user_id) == user_id, col(AuthSession.address) == network)
    return bool(session.execute(select(signed_in)).scalar())


def _count(session: Session, key: str, limit: Limit, now: datetime) -> bool:
    """Count one failure unless the key is paused; one statement, so that no two attempts slip through together."""
    ends: Any = col(SignInThrottle.window_ends_at)
    until: Any = col(SignInThrottle.blocked_until)
    failures: Any = case((ends <= now, 1), else_=col(SignInThrottle.failures) + 1)
    pauses = [(failures > free, literal(now + pause, until.type)) for free, pause in limit.pauses()]
    next_end = literal(now + limit.window, ends.type)
    counted = (
        insert_for(session, SignInThrottle)
        .values(key=key, failures=1, window_ends_at=now + limit.window)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={
                "failures": failures,
                "blocked_until": case(*pauses, else_=null()),
                "window_ends_at": case((ends <= now, next_end), else_=ends),
            },
            where=or_(until.is_(None), until <= now),
        )
        .returning(col(SignInThrottle.key))
    )
    return session.execute(counted).first() is not None


def _pause_left(session: Session, keys: list[str], now: datetime) -> timedelta:
    ends = session.execute(
        select(col(SignInThrottle.blocked_until)).where(
            col(SignInThrottle.key).in_(keys), col(SignInThrottle.blocked_until).is_not(None)
        )
    ).scalars()
    return max([end - now for end in ends if end], default=PAIR.first_pause)
