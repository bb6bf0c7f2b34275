"""Prove that only the owner of a mailbox confirms it or sets a new password by it, once and in time."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from auth.accounts import NewAccount
from auth.recovery import (
    confirm_address,
    owner_of_reset,
    register_unconfirmed,
    reset_password,
    send_reset,
)
from auth.sessions import identity_of
from auth.throttling import PAIR, begin_attempt
from models.accounts import SingleUseToken
from models.errors import Invalid, Unauthenticated
from models.publication import OutboxJob
from models.users import User
from tests.auth.factories import NOW, PASSWORD_HASH, make_user, sign_in

OWNER = "layla@example.org"
HALF_HOUR = timedelta(minutes=30)
NETWORK = "192.0.2.1"


def register(session: Session, *, password_hash: str = PASSWORD_HASH) -> None:
    account = NewAccount(OWNER.upper(), "ليلى", "ليلي", "ar", password_hash)
    register_unconfirmed(session, account, now=NOW)


def mails(session: Session) -> list[dict[str, Any]]:
    session.flush()
    return [job.payload for job in session.exec(select(OutboxJob).order_by(col(OutboxJob.id))).all()]


def reset_token(session: Session) -> str:
    send_reset(session, email=OWNER, now=NOW)
    return mails(session)[-1]["token"]


def reset(session: Session, token: str, *, now: datetime = NOW, password_hash: str = "new") -> None:
    reset_password(session, token=token, password_hash=password_hash, network=NETWORK, now=now)


class TestAsking:
    def test_owner_is_mailed_a_token_that_is_stored_hashed(self, session: Session) -> None:
        make_user(session)
        token = reset_token(session)
        mail = mails(session)[0]
        assert mail == {
            "template": "password_reset",
            "to": OWNER,
            "locale": "ar",
            "display_name": "ليلى",
            "token": token,
        }
        assert token not in session.exec(select(SingleUseToken)).one().model_dump_json()

    def test_unknown_address_is_mailed_nothing(self, session: Session) -> None:
        send_reset(session, email=OWNER, now=NOW)
        assert not mails(session)

    def test_erased_account_is_mailed_nothing(self, session: Session) -> None:
        make_user(session).erased_at = NOW
        session.flush()
        send_reset(session, email=OWNER, now=NOW)
        assert not mails(session)

    def test_mailbox_is_not_flooded(self, session: Session) -> None:
        make_user(session)
        for _ in range(5):
            reset_token(session)
        assert len(mails(session)) == 3
        send_reset(session, email=OWNER, now=NOW + HALF_HOUR)
        assert len(mails(session)) == 4

    def test_verification_leaves_the_owner_three_ways_in_that_are_not_used_up(self, session: Session) -> None:
        register(session)
        for _ in range(4):
            reset_token(session)
        assert [mail["template"] for mail in mails(session)] == ["email_verification", *["password_reset"] * 3]


class TestRegistration:
    def test_new_address_is_mailed_a_token_that_confirms_it(self, session: Session) -> None:
        register(session)
        user = session.exec(select(User)).one()
        assert user.email_verified_at is None
        confirm_address(session, token=mails(session)[0]["token"], now=NOW)

    def test_owner_of_a_known_address_is_told_and_keeps_the_account(self, session: Session) -> None:
        user = make_user(session, is_verified=False)
        register(session, password_hash="of a stranger")
        session.expire_all()
        assert user.password_hash == PASSWORD_HASH
        mail = mails(session)[0]
        assert (mail["template"], mail["to"]) == ("already_registered", OWNER)
        reset(session, mail["token"])


class TestReset:
    def test_token_says_whose_password_it_opens(self, session: Session) -> None:
        make_user(session)
        owner = owner_of_reset(session, token=reset_token(session), now=NOW)
        assert (owner.email, owner.display_name) == (OWNER, "ليلى")

    def test_reset_sets_the_password_and_confirms_the_address(self, session: Session) -> None:
        user = make_user(session, is_verified=False)
        reset(session, reset_token(session), now=NOW + HALF_HOUR - timedelta(seconds=1))
        session.flush()
        session.expire_all()
        assert user.password_hash == "new"
        assert user.email_verified_at is not None
        assert user.version == 2

    def test_reset_ends_all_sessions(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        reset(session, reset_token(session))
        with pytest.raises(Unauthenticated):
            identity_of(session, user_id=grant.user_id, session_id=grant.session_id, now=NOW)

    def test_token_is_good_once(self, session: Session) -> None:
        make_user(session)
        token = reset_token(session)
        reset(session, token)
        with pytest.raises(Invalid, match="token_invalid"):
            reset(session, token, password_hash="another")
        with pytest.raises(Invalid, match="token_invalid"):
            owner_of_reset(session, token=token, now=NOW)

    def test_reset_uses_up_the_other_tokens(self, session: Session) -> None:
        make_user(session)
        first, second = reset_token(session), reset_token(session)
        reset(session, second)
        with pytest.raises(Invalid, match="token_invalid"):
            reset(session, first)

    def test_token_is_over_after_half_an_hour(self, session: Session) -> None:
        make_user(session)
        token = reset_token(session)
        with pytest.raises(Invalid, match="token_invalid"):
            reset(session, token, now=NOW + HALF_HOUR)
        with pytest.raises(Invalid, match="token_invalid"):
            owner_of_reset(session, token=token, now=NOW + HALF_HOUR)

    def test_verification_token_resets_no_password(self, session: Session) -> None:
        register(session)
        with pytest.raises(Invalid, match="token_invalid"):
            reset(session, mails(session)[0]["token"])
        assert session.exec(select(User)).one().password_hash == PASSWORD_HASH

    @pytest.mark.parametrize("token", ["", "no token", "\ud800"])
    def test_unknown_token_is_invalid(self, session: Session, token: str) -> None:
        make_user(session)
        with pytest.raises(Invalid, match="token_invalid"):
            reset(session, token)

    def test_reset_lets_the_owner_in_after_wrong_guesses(self, session: Session) -> None:
        user = make_user(session)
        for _ in range(PAIR.free_failures + 1):
            begin_attempt(session, email_key=OWNER, user_id=user.id, network=NETWORK, now=NOW)
        reset(session, reset_token(session))
        begin_attempt(session, email_key=OWNER, user_id=user.id, network=NETWORK, now=NOW)


class TestVerification:
    def test_token_confirms_the_address_once(self, session: Session) -> None:
        register(session)
        token = mails(session)[0]["token"]
        confirm_address(session, token=token, now=NOW + timedelta(hours=23))
        session.expire_all()
        user = session.exec(select(User)).one()
        assert (user.email_verified_at, user.version) == (NOW + timedelta(hours=23), 2)
        with pytest.raises(Invalid, match="token_invalid"):
            confirm_address(session, token=token, now=NOW)

    def test_token_is_over_after_a_day(self, session: Session) -> None:
        register(session)
        with pytest.raises(Invalid, match="token_invalid"):
            confirm_address(session, token=mails(session)[0]["token"], now=NOW + timedelta(days=1))

    def test_reset_token_confirms_nothing(self, session: Session) -> None:
        make_user(session, is_verified=False)
        with pytest.raises(Invalid, match="token_invalid"):
            confirm_address(session, token=reset_token(session), now=NOW)
