"""What is looked for every second costs what is found, however many people have accounts."""

from sqlmodel import Session

from forum.experts.credentials import has_due_credentials
from tests.plans import plans
from tests.service import START, Service


def test_due_credentials_are_a_range_of_an_index_and_their_holders_are_looked_up(service: Service, engine: str) -> None:
    def look(session: Session) -> None:
        has_due_credentials(session, now=START)

    (plan,) = service.read(plans, look)
    assert "on credentials" in plan or "SEARCH credentials USING INDEX ix_credentials_expires_at (expires_at<?)" in plan
    assert (
        "SEARCH users EXISTS USING INDEX sqlite_autoindex_users_1 (id=?)" if engine == "sqlite" else "pk_users"
    ) in plan
    assert "SCAN" not in plan
