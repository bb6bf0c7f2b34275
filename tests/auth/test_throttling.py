"""Prove that guessing passwords becomes slow, and that it locks no owner out."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from auth.throttling import (
    ACCOUNT,
    ADDRESS,
    PAIR,
    Attempt,
    begin_attempt,
    forget_account,
    forget_old_failures,
    give_back,
    network_of,
)
from models.accounts import SignInThrottle
from models.errors import RateLimited
from models.users import User
from tests.auth.factories import HOME, NOW, make_user, sign_in

OWNER = "layla@example.org"
STRANGE = "203.0.113.7"


def attempt(
    session: Session, *, email: str = OWNER, user: User | None = None, network: str = STRANGE, now: datetime = NOW
) -> Attempt:
    return begin_attempt(session, email_key=email, user_id=user.id if user else None, network=network, now=now)


def pause(session: Session, **case: Any) -> timedelta | None:
    """Fail once; say how long one has to wait, if at all."""
    try:
        with session.begin_nested():
            attempt(session, **case)
    except RateLimited as refused:
        return refused.retry_after
    return None


def exhaust(session: Session, failures: int = PAIR.free_failures + 1, **case: Any) -> None:
    for _ in range(failures):
        assert pause(session, **case) is None


class TestPair:
    def test_first_failures_cost_nothing_and_the_next_one_a_pause(self, session: Session) -> None:
        exhaust(session)
        assert pause(session) == timedelta(seconds=15)

    def test_attempt_during_a_pause_is_not_counted(self, session: Session) -> None:
        exhaust(session)
        assert pause(session) == pause(session) == timedelta(seconds=15)
        assert pause(session, now=NOW + timedelta(seconds=15)) is None

    def test_pauses_double_up_to_the_longest(self, session: Session) -> None:
        exhaust(session)
        pauses: list[float] = []
        now = NOW
        while len(pauses) < 9:
            left = pause(session, now=now)
            if left is not None:
                pauses.append(left.total_seconds())
                now += left
        assert pauses == [15, 30, 60, 120, 240, 480, 900, 900, 900]

    def test_another_account_from_the_same_address_is_free(self, session: Session) -> None:
        exhaust(session)
        assert pause(session, email="omar@example.org") is None

    def test_count_starts_anew_after_its_window(self, session: Session) -> None:
        exhaust(session)
        exhaust(session, now=NOW + PAIR.window)
        assert pause(session, now=NOW + PAIR.window) == timedelta(seconds=15)

    def test_right_password_forgets_the_failures(self, session: Session) -> None:
        exhaust(session, PAIR.free_failures)
        give_back(session, attempt(session))
        exhaust(session)

    def test_count_is_in_the_database(self, session: Session) -> None:
        exhaust(session)
        session.commit()
        rows = session.exec(select(SignInThrottle)).all()
        assert len(rows) == 3
        assert not any(OWNER in row.key or STRANGE in row.key for row in rows)


class TestOwner:
    def test_stranger_holds_up_strangers_only(self, session: Session) -> None:
        user = make_user(session)
        sign_in(session, user)
        for host in range(ACCOUNT.free_failures + 1):
            assert pause(session, user=user, network=f"198.51.100.{host}") is None
        assert pause(session, user=user, network=STRANGE) == timedelta(seconds=15)
        assert pause(session, user=user, network=HOME.network) is None

    def test_own_failures_at_home_do_not_count_against_the_account(self, session: Session) -> None:
        user = make_user(session)
        sign_in(session, user)
        exhaust(session, user=user, network=HOME.network)
        assert len(session.exec(select(SignInThrottle)).all()) == 2

    def test_proof_by_mail_lets_the_owner_in_from_a_new_address(self, session: Session) -> None:
        user = make_user(session)
        exhaust(session, user=user)
        for host in range(ACCOUNT.free_failures - PAIR.free_failures):
            assert pause(session, user=user, network=f"198.51.100.{host}") is None
        assert pause(session, user=user, network="192.0.2.99") is not None
        forget_account(session, email_key=OWNER, network=STRANGE)
        assert pause(session, user=user, network="192.0.2.99") is None
        assert pause(session, user=user) is None

    def test_unknown_account_is_paused_like_a_known_one(self, session: Session) -> None:
        user = make_user(session)
        for email, owner in ((OWNER, user), ("nobody@example.org", None)):
            exhaust(session, email=email, user=owner, network=f"of {email}")
            assert pause(session, email=email, user=owner, network=f"of {email}") == timedelta(seconds=15)


class TestAddress:
    def test_one_address_that_tries_many_accounts_is_paused(self, session: Session) -> None:
        for number in range(ADDRESS.free_failures + 1):
            assert pause(session, email=f"{number}@example.org") is None
        assert pause(session, email="another@example.org") == timedelta(seconds=15)
        assert pause(session, email="another@example.org", network=HOME.network) is None

    def test_office_that_signs_in_rightly_is_never_paused(self, session: Session) -> None:
        for number in range(ADDRESS.free_failures + 20):
            give_back(session, attempt(session, email=f"{number}@example.org"))
        assert pause(session) is None

    def test_right_password_does_not_forgive_the_failures_of_others(self, session: Session) -> None:
        for number in range(ADDRESS.free_failures):
            assert pause(session, email=f"{number}@example.org") is None
        give_back(session, attempt(session))
        assert pause(session, email="one@example.org") is None
        assert pause(session, email="two@example.org") is not None

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("fe80::1%eth0", "fe80::/64"),
            ("testclient", "testclient"),
        ],
    )
    def test_network_is_what_one_subscriber_holds(self, address: str, network: str) -> None:
        assert network_of(address) == network


class TestForgetting:
    def test_counts_past_their_window_are_dropped(self, session: Session) -> None:
        attempt(session)
        forget_old_failures(session, now=NOW + ADDRESS.window + timedelta(seconds=1))
        assert len(session.exec(select(SignInThrottle)).all()) == 2
        forget_old_failures(session, now=NOW + PAIR.window + timedelta(seconds=1))
        assert not session.exec(select(SignInThrottle)).all()
