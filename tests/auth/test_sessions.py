"""Prove how sessions open, go on and end."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session

from auth.accounts import change_password
from auth.identity import Identity
from auth.refresh_tokens import first_refresh_token
from auth.sessions import (
    Device,
    Grant,
    SignInAccount,
    account_by_id,
    account_for_sign_in,
    end_session,
    identity_of,
    list_sessions,
    open_session,
    refresh,
    revoke,
)
from auth.sign_in import begin_password_check, begin_sign_in, finish_sign_in
from auth.throttling import ADDRESS, PAIR, Attempt
from auth.tokens import SigningKeys, mint_access_token
from models.accounts import AuthSession
from models.errors import NotFound, RateLimited, Unauthenticated
from models.users import Role, User
from tests.auth.factories import HOME, KEYS, NEW_SECRET, NOW, PASSWORD_HASH, make_user, sign_in

SECOND = timedelta(seconds=1)
ISSUER = "https://forum.example"


def identity(session: Session, grant: Grant, *, now: datetime = NOW) -> Identity:
    return identity_of(session, user_id=grant.user_id, session_id=grant.session_id, now=now)


def begin(session: Session) -> tuple[SignInAccount | None, Attempt]:
    return begin_sign_in(session, email_key="layla@example.org", network=HOME.network, now=NOW)


def access_token(grant: Grant, *, issuer: str) -> str:
    return mint_access_token(KEYS, user_id=grant.user_id, session_id=grant.session_id, roles=(), issuer=issuer, now=NOW)


def is_over(session: Session, grant: Grant) -> bool:
    try:
        identity(session, grant)
    except Unauthenticated:
        return True
    return False


class TestIdentity:
    def test_open_session_speaks_for_its_user(self, session: Session) -> None:
        user = make_user(session, Role.EDITOR)
        grant = sign_in(session, user)
        assert identity(session, grant) == Identity(user.id, grant.session_id, frozenset({Role.EDITOR}), "ليلى", "ar")

    def test_roles_are_those_of_this_moment(self, session: Session) -> None:
        user = make_user(session, Role.EDITOR)
        grant = sign_in(session, user)
        user.roles = frozenset()
        session.flush()
        assert not identity(session, grant).has_role(Role.EDITOR)

    def test_session_of_somebody_else_speaks_for_nobody(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        other = make_user(session, email="omar@example.org")
        with pytest.raises(Unauthenticated):
            identity_of(session, user_id=other.id, session_id=grant.session_id, now=NOW)

    def test_ended_session_speaks_for_nobody(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        end_session(session, user_id=grant.user_id, session_id=grant.session_id, now=NOW)
        assert is_over(session, grant)

    def test_session_speaks_for_nobody_sixty_days_after_its_last_use(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        assert identity(session, grant, now=NOW + timedelta(days=60) - SECOND)
        with pytest.raises(Unauthenticated):
            identity(session, grant, now=NOW + timedelta(days=60))

    def test_session_of_an_erased_user_speaks_for_nobody(self, session: Session) -> None:
        user = make_user(session)
        grant = sign_in(session, user)
        user.erased_at = NOW
        session.flush()
        assert is_over(session, grant)


class TestSigningIn:
    def test_account_is_found_by_its_folded_address(self, session: Session) -> None:
        user = make_user(session, email="Layla@Example.org")
        found = account_for_sign_in(session, email_key="layla@example.org")
        assert found == account_by_id(session, user.id)
        assert found == SignInAccount(
            user.id, "Layla@Example.org", "layla@example.org", "ليلى", PASSWORD_HASH, is_verified=True
        )

    def test_unknown_address_has_no_account(self, session: Session) -> None:
        assert account_for_sign_in(session, email_key="layla@example.org") is None

    def test_erased_account_is_not_found(self, session: Session) -> None:
        make_user(session).erased_at = NOW
        session.flush()
        assert account_for_sign_in(session, email_key="layla@example.org") is None

    def test_right_password_opens_a_session_and_gives_the_attempt_back(self, session: Session) -> None:
        make_user(session)
        for _ in range(ADDRESS.free_failures):
            account, attempt = begin(session)
            assert account is not None
            assert finish_sign_in(session, KEYS, account, attempt=attempt, device=HOME, now=NOW) is not None
        assert begin(session)

    def test_unconfirmed_address_opens_nothing(self, session: Session) -> None:
        user = make_user(session, is_verified=False)
        account, attempt = begin(session)
        assert account is not None
        assert finish_sign_in(session, KEYS, account, attempt=attempt, device=HOME, now=NOW) is None
        assert not list_sessions(session, user_id=user.id, after=None, limit=10, now=NOW).rows

    def test_attempt_at_an_unknown_address_is_counted(self, session: Session) -> None:
        for _ in range(PAIR.free_failures + 1):
            assert begin(session)[0] is None
        with pytest.raises(RateLimited):
            begin(session)

    def test_password_changed_while_it_was_compared_opens_nothing(self, session: Session) -> None:
        user = make_user(session)
        account, _ = begin(session)
        user.password_hash = "new"
        session.flush()
        assert account is not None
        assert open_session(session, KEYS, account, device=HOME, now=NOW) is None
        assert not list_sessions(session, user_id=user.id, after=None, limit=10, now=NOW).rows

    def test_account_erased_while_its_password_was_compared_opens_nothing(self, session: Session) -> None:
        user = make_user(session)
        account, _ = begin(session)
        user.erased_at = NOW
        session.flush()
        assert account is not None
        assert open_session(session, KEYS, account, device=HOME, now=NOW) is None

    def test_stored_session_holds_no_token(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        session.flush()
        assert grant.refresh_token not in session.get_one(AuthSession, grant.session_id).model_dump_json()


class TestRefreshing:
    def test_token_is_replaced_at_each_use(self, session: Session) -> None:
        first = sign_in(session, make_user(session))
        second = refresh(session, KEYS, first.refresh_token, now=NOW + SECOND)
        assert second is not None
        assert second.refresh_token != first.refresh_token
        third = refresh(session, KEYS, second.refresh_token, now=NOW + 2 * SECOND)
        assert third is not None
        assert third.session_id == first.session_id

    def test_use_prolongs_the_session(self, session: Session) -> None:
        first = sign_in(session, make_user(session))
        refresh(session, KEYS, first.refresh_token, now=NOW + timedelta(days=59))
        assert identity(session, first, now=NOW + timedelta(days=118))

    def test_repeat_within_a_minute_gets_the_same_replacement(self, session: Session) -> None:
        first = sign_in(session, make_user(session))
        second = refresh(session, KEYS, first.refresh_token, now=NOW)
        assert refresh(session, KEYS, first.refresh_token, now=NOW + timedelta(seconds=60)) == second
        assert not is_over(session, first)

    def test_repeat_after_a_change_of_keys_gets_the_same_replacement(self, session: Session) -> None:
        first = sign_in(session, make_user(session))
        second = refresh(session, KEYS, first.refresh_token, now=NOW)
        changed = SigningKeys.parse(f"k3:a third secret of 32 bytes or more,k2:{NEW_SECRET}")
        assert refresh(session, changed, first.refresh_token, now=NOW) == second

    def test_repeat_after_a_minute_ends_the_session(self, session: Session) -> None:
        first = sign_in(session, make_user(session))
        second = refresh(session, KEYS, first.refresh_token, now=NOW)
        assert refresh(session, KEYS, first.refresh_token, now=NOW + timedelta(seconds=61)) is None
        assert is_over(session, first)
        assert second is not None
        assert refresh(session, KEYS, second.refresh_token, now=NOW + timedelta(seconds=62)) is None

    def test_repeat_once_the_replacement_was_used_ends_the_session(self, session: Session) -> None:
        first = sign_in(session, make_user(session))
        second = refresh(session, KEYS, first.refresh_token, now=NOW)
        assert second is not None
        refresh(session, KEYS, second.refresh_token, now=NOW)
        assert refresh(session, KEYS, first.refresh_token, now=NOW) is None
        assert is_over(session, first)

    def test_token_made_up_for_a_session_is_refused_and_ends_nothing(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        others = SigningKeys.parse("k1:a secret that is not of this service")
        assert refresh(session, KEYS, first_refresh_token(others, grant.session_id), now=NOW) is None
        assert not is_over(session, grant)

    def test_token_of_a_dropped_key_still_works(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        others = SigningKeys.parse("k9:a secret that came after all others")
        assert refresh(session, others, grant.refresh_token, now=NOW) is not None

    def test_token_is_over_sixty_days_after_its_last_use(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        assert refresh(session, KEYS, grant.refresh_token, now=NOW + timedelta(days=60)) is None

    def test_tokens_of_an_ended_session_are_refused(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        second = refresh(session, KEYS, grant.refresh_token, now=NOW)
        assert second is not None
        end_session(session, user_id=grant.user_id, session_id=grant.session_id, now=NOW)
        assert refresh(session, KEYS, second.refresh_token, now=NOW) is None
        assert refresh(session, KEYS, grant.refresh_token, now=NOW) is None

    def test_token_of_an_erased_user_is_refused(self, session: Session) -> None:
        user = make_user(session)
        grant = sign_in(session, user)
        user.erased_at = NOW
        session.flush()
        assert refresh(session, KEYS, grant.refresh_token, now=NOW) is None

    @pytest.mark.parametrize(
        "text", ["", "no token", first_refresh_token(KEYS, uuid4())], ids=["nothing", "other text", "unknown session"]
    )
    def test_text_that_names_no_session_is_refused(self, session: Session, text: str) -> None:
        assert refresh(session, KEYS, text, now=NOW) is None


def end_by(session: Session, token: str, keys: SigningKeys = KEYS) -> None:
    revoke(session, keys, token, issuer=ISSUER, now=NOW)


class TestRevoking:
    def test_revoked_refresh_token_ends_its_session(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        end_by(session, grant.refresh_token)
        assert is_over(session, grant)

    def test_former_token_ends_the_session_too(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        refresh(session, KEYS, grant.refresh_token, now=NOW)
        end_by(session, grant.refresh_token)
        assert is_over(session, grant)

    def test_token_of_a_dropped_key_ends_its_session(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        end_by(session, grant.refresh_token, SigningKeys.parse("k9:a secret that came after all others"))
        assert is_over(session, grant)

    def test_access_token_ends_its_session(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        end_by(session, access_token(grant, issuer=ISSUER))
        assert is_over(session, grant)

    def test_made_up_token_ends_nothing(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        others = SigningKeys.parse("k1:a secret that is not of this service")
        made_up = first_refresh_token(others, grant.session_id)
        for text in ("", "no token", made_up, access_token(grant, issuer="https://elsewhere.example")):
            end_by(session, text)
        assert not is_over(session, grant)

    def test_other_devices_stay_signed_in(self, session: Session) -> None:
        user = make_user(session)
        here, there = sign_in(session, user), sign_in(session, user)
        end_by(session, there.refresh_token)
        assert not is_over(session, here)


class TestDevices:
    def test_open_sessions_are_listed_by_last_use(self, session: Session) -> None:
        user = make_user(session)
        phone = sign_in(session, user, device=Device("Phone", "192.0.2.2"))
        laptop = sign_in(session, user, now=NOW + SECOND)
        refresh(session, KEYS, phone.refresh_token, now=NOW + 2 * SECOND)
        listed = list_sessions(session, user_id=user.id, after=None, limit=10, now=NOW + 2 * SECOND).rows
        assert [(row.id, row.name) for row in listed] == [(phone.session_id, "Phone"), (laptop.session_id, "Firefox")]
        assert listed[0].last_used_at == NOW + 2 * SECOND

    def test_sessions_of_others_and_those_that_are_over_are_not_listed(self, session: Session) -> None:
        user, other = make_user(session), make_user(session, email="omar@example.org")
        sign_in(session, other)
        sign_in(session, user, now=NOW - timedelta(days=60))
        ended = sign_in(session, user)
        end_session(session, user_id=user.id, session_id=ended.session_id, now=NOW)
        assert not list_sessions(session, user_id=user.id, after=None, limit=10, now=NOW).rows

    def test_ending_one_device_leaves_the_others(self, session: Session) -> None:
        user = make_user(session)
        here, there = sign_in(session, user), sign_in(session, user)
        end_session(session, user_id=user.id, session_id=there.session_id, now=NOW)
        assert not is_over(session, here)
        assert is_over(session, there)

    def test_device_of_somebody_else_is_not_found(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        other = make_user(session, email="omar@example.org")
        with pytest.raises(NotFound):
            end_session(session, user_id=other.id, session_id=grant.session_id, now=NOW)
        assert not is_over(session, grant)

    def test_device_whose_session_ran_out_is_not_found(self, session: Session) -> None:
        grant = sign_in(session, make_user(session), now=NOW - timedelta(days=60))
        with pytest.raises(NotFound):
            end_session(session, user_id=grant.user_id, session_id=grant.session_id, now=NOW)

    def test_device_is_signed_out_once(self, session: Session) -> None:
        grant = sign_in(session, make_user(session))
        end_session(session, user_id=grant.user_id, session_id=grant.session_id, now=NOW)
        with pytest.raises(NotFound):
            end_session(session, user_id=grant.user_id, session_id=grant.session_id, now=NOW)


class TestPasswordChange:
    def test_new_password_signs_out_every_device_but_this_one(self, session: Session) -> None:
        user = make_user(session)
        here, there = sign_in(session, user), sign_in(session, user)
        other = sign_in(session, make_user(session, email="omar@example.org"))
        account, attempt = begin_password_check(session, user_id=user.id, network=HOME.network, now=NOW)
        change_password(session, account, attempt=attempt, session_id=here.session_id, password_hash="new", now=NOW)
        assert [is_over(session, grant) for grant in (here, there, other)] == [False, True, False]
        session.expire_all()
        assert session.get_one(User, user.id).password_hash == "new"

    def test_check_of_the_former_password_is_counted_and_given_back(self, session: Session) -> None:
        user = make_user(session)
        here = sign_in(session, user)
        for number in range(2 * PAIR.free_failures):
            account, attempt = begin_password_check(session, user_id=user.id, network=HOME.network, now=NOW)
            change_password(
                session, account, attempt=attempt, session_id=here.session_id, password_hash=f"{number}", now=NOW
            )
        for _ in range(PAIR.free_failures + 1):
            begin_password_check(session, user_id=user.id, network=HOME.network, now=NOW)
        with pytest.raises(RateLimited):
            begin_password_check(session, user_id=user.id, network=HOME.network, now=NOW)

    def test_nobody_checks_the_password_of_an_erased_account(self, session: Session) -> None:
        user = make_user(session)
        user.erased_at = NOW
        session.flush()
        with pytest.raises(Unauthenticated):
            begin_password_check(session, user_id=user.id, network=HOME.network, now=NOW)
