"""Prove that what people do at the same moment comes out as if one had come after the other."""

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from auth.accounts import set_roles
from auth.erasure import begin_erasure
from auth.identity import Identity
from auth.recovery import MOST_OPEN_TOKENS, reset_password, send_reset
from auth.sessions import Grant, account_by_id, identity_of, refresh
from auth.throttling import PAIR, begin_attempt, give_back
from auth.tickets import issue_ticket
from models.database import Database
from models.errors import ForumError, Invalid, RateLimited, Refused, Unauthenticated
from models.publication import OutboxJob
from models.users import Role, User
from models.versions import ANY
from tests.auth.factories import KEYS, NOW, make_user, sign_in
from tests.beside import meeting, write_beside

OWNER = "layla@example.org"


def outcomes(*work: Awaitable[Any]) -> list[Any]:
    """Do all of it at once; give results and refusals in order."""

    async def together() -> list[Any]:
        return await asyncio.gather(*work, return_exceptions=True)

    found = asyncio.run(together())
    assert not [error for error in found if isinstance(error, Exception) and not isinstance(error, ForumError)]
    return found


def do(database: Database, verb: Any, *args: Any, **kwargs: Any) -> Any:
    return asyncio.run(database.write(verb, *args, **kwargs))


def new_user(session: Session, *roles: Role, email: str = OWNER) -> UUID:
    return make_user(session, *roles, email=email).id


def new_session(session: Session) -> Grant:
    return sign_in(session, make_user(session))


class TestRaces:
    def test_one_refresh_token_used_many_times_at_once_has_one_successor(self, database: Database) -> None:
        grant = do(database, new_session)
        found = outcomes(*(database.write(refresh, KEYS, grant.refresh_token, now=NOW) for _ in range(20)))
        assert len({given.refresh_token for given in found}) == 1
        do(database, identity_of, user_id=grant.user_id, session_id=grant.session_id, now=NOW)

    def test_of_two_last_administrators_who_have_themselves_erased_at_once_one_stays(self, database: Database) -> None:
        def begin(user_id: UUID) -> Awaitable[None]:
            account = do(database, account_by_id, user_id)
            attempt = do(database, begin_attempt, email_key=OWNER, user_id=user_id, network="192.0.2.1", now=NOW)
            return database.write(begin_erasure, account, attempt=attempt, mark="", now=NOW)

        admins = [do(database, new_user, Role.ADMIN, email=email) for email in (OWNER, "omar@example.org")]
        found = outcomes(*map(begin, admins))
        assert [outcome.code for outcome in found if isinstance(outcome, Refused)] == ["last_admin"]

    def test_no_ticket_for_who_is_being_erased(self, database: Database) -> None:
        grant = do(database, new_session)
        account = do(database, account_by_id, grant.user_id)
        attempt = do(database, begin_attempt, email_key=OWNER, user_id=grant.user_id, network="192.0.2.1", now=NOW)
        erase = partial(begin_erasure, account=account, attempt=attempt, mark="", now=NOW)
        identity = Identity(grant.user_id, grant.session_id, frozenset(), "", "ar")
        with pytest.raises(Unauthenticated):
            asyncio.run(write_beside(database, erase, partial(issue_ticket, identity=identity, now=NOW)))

    def test_guesses_at_once_get_no_more_than_guesses_one_by_one(self, database: Database) -> None:
        guess = partial(begin_attempt, email_key=OWNER, user_id=None, network="192.0.2.1", now=NOW)
        found = outcomes(*(database.write(guess) for _ in range(30)))
        assert sum(isinstance(outcome, RateLimited) for outcome in found) == 30 - PAIR.free_failures - 1

    @pytest.mark.parametrize("number", range(4))
    def test_attempt_is_given_back_in_the_order_in_which_attempts_count(self, database: Database, number: int) -> None:
        named = {"email_key": f"{number}@example.org", "user_id": None, "network": "192.0.2.1", "now": NOW}
        attempt = do(database, begin_attempt, **named)
        with meeting(database, r"(INSERT INTO|UPDATE|DELETE FROM) sign_in_throttles") as sent:
            outcomes(database.write(begin_attempt, **named), database.write(give_back, attempt))
        assert len(sent) == 6

    def test_one_address_is_registered_once(self, database: Database) -> None:
        found = outcomes(*(database.write(new_user) for _ in range(10)))
        assert sorted(isinstance(outcome, Refused) for outcome in found) == [False] + [True] * 9

    def test_reset_token_is_used_once(self, database: Database) -> None:
        do(database, new_user)
        do(database, send_reset, email=OWNER, now=NOW)
        token = do(database, lambda session: session.exec(select(OutboxJob)).one().payload["token"])
        use = partial(reset_password, token=token, network="192.0.2.1", now=NOW)
        found = outcomes(*(database.write(use, password_hash=f"{number}") for number in range(10)))
        assert sorted(isinstance(outcome, Invalid) for outcome in found) == [False] + [True] * 9

    def test_mailbox_is_not_flooded_by_requests_at_once(self, database: Database) -> None:
        do(database, new_user)
        for _ in range(MOST_OPEN_TOKENS - 1):
            do(database, send_reset, email=OWNER, now=NOW)
        send = partial(send_reset, email=OWNER, now=NOW)
        asyncio.run(write_beside(database, send, send))
        assert len(do(database, lambda session: session.exec(select(OutboxJob)).all())) == MOST_OPEN_TOKENS

    def test_two_administrators_who_demote_each_other_leave_one(self, database: Database) -> None:
        one = do(database, new_user, Role.ADMIN)
        two = do(database, new_user, Role.ADMIN, email="omar@example.org")

        def demote(user_id: UUID, by: UUID) -> Awaitable[User]:
            identity = Identity(by, uuid4(), frozenset({Role.ADMIN}), "", "ar")
            return database.write(set_roles, user_id=user_id, roles=frozenset(), by=identity, expected=ANY, now=NOW)

        found = outcomes(demote(one, two), demote(two, one))
        assert [outcome.code for outcome in found if isinstance(outcome, Refused)] == ["last_admin"]
        roles = do(database, lambda session: session.exec(select(col(User.roles))).all())
        assert sorted(map(len, roles)) == [0, 1]
