"""Prove how accounts are opened and changed, and who may be given which roles."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from auth.accounts import (
    ProfileChange,
    change_password,
    change_profile,
    email_key,
    former_email_keys,
    read_account,
    set_roles,
)
from auth.identity import Identity
from auth.sign_in import begin_password_check
from models.errors import Forbidden, Invalid, NotFound, Refused, Stale
from models.users import Credential, Role, User
from models.versions import ANY
from tests.auth.factories import NOW, make_user


def identity(user: User) -> Identity:
    return Identity(user.id, uuid4(), user.roles, user.display_name, user.locale)


class TestOpening:
    def test_address_is_kept_as_sent_and_compared_folded(self, session: Session) -> None:
        user = make_user(session, email="Layla@Example.org")
        assert (user.email, user.email_key) == ("Layla@Example.org", "layla@example.org")

    @pytest.mark.parametrize("email", ["layla@example.org", "LAYLA@EXAMPLE.ORG", "ｌayla@example.org"])
    def test_address_in_another_spelling_is_taken(self, session: Session, email: str) -> None:
        make_user(session)
        with pytest.raises(Refused, match="email_taken"):
            make_user(session, email=email)

    @pytest.mark.parametrize(
        ("email", "key"),
        [
            ("x@bücher.example", "x@bücher.example"),
            ("x@xn--bcher-kva.example", "x@bücher.example"),
            ("x@XN--BCHER-KVA.Example", "x@bücher.example"),
            ("x@ｘｎ－－bcher-kva.example", "x@bücher.example"),
            ("x@bücher。example", "x@bücher.example"),
            ("x@b\ufe0fücher.example", "x@bücher.example"),
            ("x@a\u3164b.example", "x@ab.example"),
            ("x@xn--bcher-kva.xn--p1ai", "x@bücher.рф"),
            ("x@bücher.xn--p1ai", "x@bücher.рф"),
            ("x@xn--strae-oqa.example", "x@strasse.example"),
            ("x@straße.example", "x@strasse.example"),
            ("x@xn--mgba3a4f16a", "x@ایران"),
        ],
    )
    def test_domain_has_one_spelling(self, email: str, key: str) -> None:
        assert email_key(email) == email_key(key) == key

    @pytest.mark.parametrize(
        "email", ["x@xn--a.example", "x@xn---bbk.example", "x@😀.xn--p1ai", "xn--p1ai@a_b.example", "x@", "x", "", "@"]
    )
    def test_what_is_no_name_of_a_domain_stays_as_it_is(self, email: str) -> None:
        assert email_key(email) == email

    @given(st.text(st.sampled_from("xn-ab1.@。üßςйكـ\u200d\ufe0f\ud800٠"), max_size=30), st.booleans())
    @settings(max_examples=300, deadline=None, derandomize=True)
    def test_any_text_has_a_key(self, text: str, is_punycode: bool) -> None:
        email = f"x@xn--{text}" if is_punycode else text
        assert email_key(email_key(email)) == email_key(email)
        assert email_key(email) not in former_email_keys(email)

    @pytest.mark.parametrize("email", ["x@straße.example", "x@xn--strae-oqa.example"])
    def test_former_keys_are_as_it_is_spelt_and_in_ascii(self, email: str) -> None:
        assert former_email_keys(email) == ("x@xn--strae-oqa.example",)
        assert former_email_keys("Layla@Example.org") == ()

    def test_folding_again_changes_nothing(self) -> None:
        folded = email_key("ΐǰﬃ@EXAMPLE.org")
        assert email_key(folded) == folded

    def test_unconfirmed_account_says_so(self, session: Session) -> None:
        assert make_user(session, is_verified=False).email_verified_at is None
        assert make_user(session, email="omar@example.org").email_verified_at == NOW


class TestReading:
    def test_account_is_read(self, session: Session) -> None:
        user = make_user(session)
        assert read_account(session, user.id) is user

    def test_unknown_account_is_not_found(self, session: Session) -> None:
        with pytest.raises(NotFound):
            read_account(session, uuid4())

    def test_erased_account_is_not_found(self, session: Session) -> None:
        user = make_user(session)
        user.erased_at = NOW
        session.flush()
        with pytest.raises(NotFound):
            read_account(session, user.id)


class TestProfile:
    def test_change_raises_the_version_and_leaves_the_rest(self, session: Session) -> None:
        user = make_user(session)
        changed = change_profile(session, ProfileChange(locale="en"), user_id=user.id, expected=frozenset({1}))
        assert (changed.locale, changed.display_name, changed.version) == ("en", "ليلى", 2)

    def test_name_changes_with_its_folded_form(self, session: Session) -> None:
        user = make_user(session)
        change = ProfileChange(display_name="سلمى", display_name_key="سلمي")
        changed = change_profile(session, change, user_id=user.id, expected=ANY)
        assert (changed.display_name, changed.display_name_key, changed.locale) == ("سلمى", "سلمي", "ar")

    def test_change_to_a_former_version_is_stale(self, session: Session) -> None:
        user = make_user(session)
        with pytest.raises(Stale):
            change_profile(session, ProfileChange(locale="en"), user_id=user.id, expected=frozenset({2}))


class TestPassword:
    def test_password_replaced_meanwhile_is_wrong(self, session: Session) -> None:
        user = make_user(session)
        checked, attempt = begin_password_check(session, user_id=user.id, network="192.0.2.1", now=NOW)
        user.password_hash = "newer"
        session.flush()
        with pytest.raises(Invalid, match="password_wrong"):
            change_password(session, checked, attempt=attempt, session_id=uuid4(), password_hash="new", now=NOW)
        session.expire_all()
        assert user.password_hash == "newer"


class TestRoles:
    def test_roles_are_the_whole_set_and_raise_the_version(self, session: Session) -> None:
        admin = make_user(session, Role.ADMIN)
        user = make_user(session, Role.EDITOR, email="omar@example.org")
        roles = frozenset({Role.EXPERT, Role.MODERATOR, Role.MEMBER})
        changed = set_roles(session, now=NOW, user_id=user.id, roles=roles, by=identity(admin), expected=frozenset({1}))
        session.flush()
        session.expire_all()
        assert changed.roles == {Role.EXPERT, Role.MODERATOR}
        assert changed.version == 2

    def test_expert_has_a_credential_as_long_as_the_role(self, session: Session) -> None:
        admin, user = make_user(session, Role.ADMIN), make_user(session, email="omar@example.org")
        for roles, endings in (({Role.EXPERT}, [None]), ({Role.EXPERT, Role.EDITOR}, [None]), (set(), ["revoked"])):
            granted = frozenset(roles)
            set_roles(session, now=NOW, user_id=user.id, roles=granted, by=identity(admin), expected=ANY)
            session.flush()
            session.expire_all()
            assert [kept.ending for kept in session.exec(select(Credential)).all()] == endings
        assert user.version == 4

    def test_roles_of_a_former_version_are_stale(self, session: Session) -> None:
        admin, user = make_user(session, Role.ADMIN), make_user(session, email="omar@example.org")
        with pytest.raises(Stale):
            set_roles(session, now=NOW, user_id=user.id, roles=frozenset(), by=identity(admin), expected=frozenset({2}))

    def test_unknown_user_is_not_found(self, session: Session) -> None:
        admin = make_user(session, Role.ADMIN)
        with pytest.raises(NotFound):
            set_roles(session, now=NOW, user_id=uuid4(), roles=frozenset(), by=identity(admin), expected=ANY)

    def test_last_administrator_stays_one(self, session: Session) -> None:
        admin = make_user(session, Role.ADMIN)
        with pytest.raises(Refused, match="last_admin"):
            set_roles(
                session, now=NOW, user_id=admin.id, roles=frozenset({Role.EDITOR}), by=identity(admin), expected=ANY
            )

    def test_erased_administrator_is_not_counted(self, session: Session) -> None:
        admin = make_user(session, Role.ADMIN)
        make_user(session, Role.ADMIN, email="omar@example.org").erased_at = NOW
        session.flush()
        with pytest.raises(Refused, match="last_admin"):
            set_roles(session, now=NOW, user_id=admin.id, roles=frozenset(), by=identity(admin), expected=ANY)

    def test_one_of_two_administrators_may_step_down(self, session: Session) -> None:
        admin = make_user(session, Role.ADMIN)
        make_user(session, Role.ADMIN, email="omar@example.org")
        changed = set_roles(
            session, now=NOW, user_id=admin.id, roles=frozenset({Role.EDITOR}), by=identity(admin), expected=ANY
        )
        assert changed.roles == {Role.EDITOR}

    def test_administrator_does_not_make_an_expert_of_themselves(self, session: Session) -> None:
        admin = make_user(session, Role.ADMIN)
        raised = frozenset({Role.ADMIN, Role.EXPERT})
        with pytest.raises(Forbidden):
            set_roles(session, now=NOW, user_id=admin.id, roles=raised, by=identity(admin), expected=ANY)

    def test_last_administrator_may_be_made_an_expert_by_nobody_but_keeps_the_role(self, session: Session) -> None:
        admin = make_user(session, Role.ADMIN)
        kept = set_roles(
            session, now=NOW, user_id=admin.id, roles=frozenset({Role.ADMIN}), by=identity(admin), expected=ANY
        )
        assert kept.roles == {Role.ADMIN}
