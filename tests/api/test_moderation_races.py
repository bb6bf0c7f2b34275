"""Races between moderators and authors: one winner, no failure, counts as a recount says, and a sound chain."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from forum.moderation.claims import LEASE
from models.cases import Case, CaseState
from models.comments import Comment
from tests.recount import differences
from tests.service import Person, Service

ROUNDS = [10, pytest.param(1_000, marks=[pytest.mark.drill, pytest.mark.timeout(3_600)])]
rounds_of = pytest.mark.parametrize("rounds", ROUNDS)
TOKENS_LAST = 100


class Race:
    """Hold the people of a race and run two acts at once, as often as asked."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.pool = ThreadPoolExecutor(2)
        self.sign_in()

    def sign_in(self) -> None:
        """Bring new people, whose tokens last a while."""
        self.author, self.editor = self.service.person(), self.service.person("editor")
        self.first, self.second = self.service.person("moderator"), self.service.person("moderator")
        self.article = self.service.article(self.editor)
        self.root = self.service.comment(self.author, self.article, "سؤال الجذر في هذا النقاش")
        assert self.service.decide(self.editor, self.root).status_code == 201

    def comment(self, number: int) -> tuple[Any, Any]:
        """Post a reply that waits, and give it with its case."""
        if number % TOKENS_LAST == 0 and number:
            self.sign_in()
        body = f"رأي رقم {number} في المسألة {self.article['id']}"
        comment = self.service.comment(self.author, self.article, body, parent_id=self.root["id"])
        return comment, self.case_of(comment)

    def case_of(self, comment: Any) -> Any:
        """Find the open case about a comment without the detour over the queue."""
        is_wanted = (col(Case.subject_id) == UUID(comment["id"]), col(Case.state) == CaseState.OPEN)
        case_id = self.service.read(lambda session: session.exec(select(Case.id).where(*is_wanted)).one())
        return {"id": str(case_id)}

    def standing(self, comment: Any) -> tuple[str, int]:
        """Read the status of a comment and its newest revision, past the API."""
        wanted = select(Comment.status, Comment.current_revision).where(col(Comment.id) == UUID(comment["id"]))
        status, revision = self.service.read(lambda session: session.exec(wanted).one())
        return str(status), revision

    def both(self, one: Callable[[], Any], other: Callable[[], Any]) -> tuple[int, int]:
        """Do two things at once and give their statuses; neither may fail."""
        answers = [future.result() for future in (self.pool.submit(one), self.pool.submit(other))]
        statuses = tuple(answer.status_code for answer in answers)
        assert max(statuses) < 500, [answer.text for answer in answers]
        return statuses[0], statuses[1]

    def demand_sound(self) -> None:
        """Compare what is kept counted with a recount, and verify the chain."""
        self.pool.shutdown()
        assert self.service.read(differences) == []


@pytest.fixture
def race(service: Service) -> Race:
    """Get people ready."""
    return Race(service)


def decision(
    person: Person, case: Any, verdict: str = "approve", revision: int = 1, **values: Any
) -> Callable[[], Any]:
    """Prepare to decide a case."""
    reason = {} if verdict in {"approve", "overturn", "uphold"} else {"reason": "other"}
    body = {"verdict": verdict, "revision": revision, **reason, **values}
    return lambda: person.post(f"/v1/moderation/cases/{case['id']}/decisions", body)


@rounds_of
class TestRaces:
    def test_claim_against_claim(self, race: Race, rounds: int) -> None:
        for number in range(rounds):
            _, case = race.comment(number)
            path = f"/v1/moderation/cases/{case['id']}/claim"
            statuses = race.both(lambda: race.first.post(path), lambda: race.second.post(path))  # noqa: B023
            assert sorted(statuses) == [200, 409]
        race.demand_sound()

    def test_decision_against_decision(self, race: Race, rounds: int) -> None:
        for number in range(rounds):
            comment, case = race.comment(number)
            statuses = race.both(decision(race.first, case), decision(race.second, case, "reject"))
            assert sorted(statuses) == [201, 409]
            status, _ = race.standing(comment)
            assert status == ("approved" if statuses[0] == 201 else "rejected")
        race.demand_sound()

    def test_decision_against_a_lapse(self, race: Race, rounds: int) -> None:
        clock = race.service.clock
        for number in range(rounds):
            _, case = race.comment(number)
            path = f"/v1/moderation/cases/{case['id']}/claim"
            token = race.first.post(path).json()["token"]
            clock.advance(LEASE - timedelta(milliseconds=1 if number % 2 else 0))
            held = bool(number % 2)
            statuses = race.both(decision(race.first, case, claim_token=token), decision(race.second, case, "reject"))
            assert statuses == ((201, 409) if held else (409, 201))
            clock.now -= LEASE - timedelta(seconds=1)
        race.demand_sound()

    def test_decision_against_an_edit(self, race: Race, rounds: int) -> None:
        for number in range(rounds):
            comment, case = race.comment(number)
            path = f"/v1/comments/{comment['id']}"
            body = {"body": f"صيغة أخرى رقم {number} من الرأي {race.article['id']}"}
            decided, edited = race.both(
                decision(race.first, case, "approve" if number % 2 else "reject"),
                lambda: race.author.send("PATCH", path, body, if_match="*"),  # noqa: B023
            )
            status, revision = race.standing(comment)
            if decided == 412:
                assert (edited, status, revision) == (200, "pending", 2)
            elif number % 2:
                assert (decided, edited, status) == (201, 200, "approved")
            else:
                assert (decided, edited, status) == (201, 409, "rejected")
        race.demand_sound()

    def test_a_list_against_a_single_decision(self, race: Race, rounds: int) -> None:
        for number in range(rounds):
            _, case = race.comment(number)
            entry = {"case_id": case["id"], "verdict": "approve", "revision": 1}
            listed: list[Any] = []

            def several() -> Any:
                answer = race.first.post("/v1/moderation/decisions", {"decisions": [entry]})  # noqa: B023
                listed.append(answer.json()["results"][0]["status"])  # noqa: B023
                return answer

            status, single = race.both(several, decision(race.second, case, "reject"))
            assert status == 200
            assert sorted([listed[0], single]) == [201, 409]
        race.demand_sound()

    def test_an_appeal_against_a_reversal(self, race: Race, rounds: int) -> None:
        for number in range(rounds):
            comment, case = race.comment(number)
            made = decision(race.first, case, "reject")().json()
            statuses = race.both(
                lambda: race.author.post(f"/v1/comments/{comment['id']}/appeals", {"statement": "لم أُسئ"}),  # noqa: B023
                lambda: race.first.post(f"/v1/moderation/decisions/{made['id']}/reversal", {"reason": "other"}),  # noqa: B023
            )
            assert sorted(statuses) == [201, 409]
            status, _ = race.standing(comment)
            assert status == ("rejected" if statuses[0] == 201 else "pending")
        race.demand_sound()

    def test_a_review_against_a_reversal(self, race: Race, rounds: int) -> None:
        for number in range(rounds):
            comment, case = race.comment(number)
            made = decision(race.first, case, "reject")().json()
            looked, taken_back = race.both(
                lambda: race.second.post(f"/v1/comments/{comment['id']}/cases"),  # noqa: B023
                lambda: race.first.post(f"/v1/moderation/decisions/{made['id']}/reversal", {"reason": "other"}),  # noqa: B023
            )
            assert (looked in {201, 409}, taken_back) == (True, 201)
            assert race.case_of(comment)["id"] == case["id"], "no other case is open"
            assert race.standing(comment) == ("pending", 1)
        race.demand_sound()


@pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=[pytest.mark.drill, pytest.mark.timeout(3_600)])])
class TestReports:
    def test_reports_against_each_other_and_a_decision(self, race: Race, rounds: int) -> None:
        for number in range(rounds):
            comment, case = race.comment(number)
            assert decision(race.first, case)().status_code == 201
            path = f"/v1/comments/{comment['id']}/reports"
            statuses = race.both(
                lambda: race.first.post(path, {"reason": "abuse"}),  # noqa: B023
                lambda: race.second.post(path, {"reason": "spam"}),  # noqa: B023
            )
            assert statuses == (201, 201)
            found = race.case_of(comment)["id"]
            reported = race.editor.get(f"/v1/moderation/cases/{found}").json()
            assert len(reported["reports"]) == 2
            decided, late = race.both(
                decision(race.editor, reported, "uphold"),
                lambda: race.service.nobody.get(f"/v1/comments/{comment['id']}/replies"),  # noqa: B023
            )
            assert (decided, late in {200, 404}) == (201, True)
        race.demand_sound()
