"""Figures: months as the public reads them, and the queue and each moderator as editors do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forum.moderation.figures import months_between
from tests.service import Person, Service


class TestMonths:
    @pytest.mark.parametrize(
        ("first", "last", "names"),
        [
            pytest.param((2026, 3, 1), (2026, 3, 31), ["2026-03"], id="one month"),
            pytest.param((2025, 12, 31), (2026, 1, 1), ["2026-01", "2025-12"], id="over the new year, newest first"),
            pytest.param((2026, 2, 1), (2026, 3, 1), ["2026-03", "2026-02"], id="the first instant counts"),
        ],
    )
    def test_months_are_whole_and_newest_first(self, first: Any, last: Any, names: list[str]) -> None:
        months = months_between(datetime(*first, tzinfo=UTC), datetime(*last, tzinfo=UTC))
        assert [month.name for month in months] == names


class TestTransparency:
    def month(self, service: Service) -> Any:
        return service.nobody.get("/v1/transparency").json()["months"][0]

    def test_nothing_posted_is_no_month(self, service: Service) -> None:
        assert service.nobody.get("/v1/transparency").json() == {"months": []}

    def test_a_month_counts_what_was_decided_and_why(self, service: Service, member: Person, moderator: Person) -> None:
        waiting = service.article()
        free = service.article(discussion={"moderation": "post"})
        comments = [service.comment(member, waiting, f"رأي {number}") for number in range(3)]
        service.comment(member, free, "رأي حر في المسألة كلها")
        for hours, (comment, verdict) in enumerate(zip(comments, ("approve", "reject", "reject"), strict=True)):
            service.clock.advance(timedelta(minutes=2 * hours))
            reason = {} if verdict == "approve" else {"reason": "abuse"}
            decision = service.decide(moderator, comment, verdict, **reason).json()
        moderator.post(f"/v1/moderation/decisions/{decision['id']}/reversal", {"reason": "other"})
        member.post(f"/v1/comments/{comments[1]['id']}/appeals", {"statement": "لم أُسئ إلى أحد."})
        month = self.month(service)
        automated = month.pop("automated_share")
        assert 0 < automated < 1
        assert month == {
            "month": "2026-03",
            "comments": 4,
            "decisions": 4,
            "reasons": {"abuse": 2},
            "median_hours": 0.03,
            "appeals": 1,
            "reversals": 1,
        }

    def test_it_has_a_tag_and_may_be_cached(self, service: Service, member: Person) -> None:
        service.comment(member, service.article())
        first = service.nobody.get("/v1/transparency")
        again = service.nobody.get("/v1/transparency", if_none_match=first.headers["etag"])
        assert (again.status_code, first.headers["cache-control"]) == (304, "public, max-age=0, must-revalidate")

    def test_a_month_that_is_over_is_kept_and_a_new_one_begins(self, service: Service, member: Person) -> None:
        service.comment(member, service.article())
        service.clock.advance(timedelta(days=31))
        for _ in range(2):
            months = service.nobody.get("/v1/transparency").json()["months"]
            assert [(month["month"], month["comments"]) for month in months] == [("2026-04", 0), ("2026-03", 1)]


class TestForEditors:
    def test_moderators_are_counted_with_what_did_not_stand(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        editor = service.person("editor")
        first, second, third = (service.comment(member, article, f"رأي {number}") for number in range(3))
        service.decide(moderator, first, "reject", reason="abuse")
        service.decide(moderator, second, "approve")
        taken_back = service.decide(moderator, third, "approve").json()
        editor.post(f"/v1/moderation/decisions/{taken_back['id']}/reversal", {"reason": "other"})
        member.post(f"/v1/comments/{first['id']}/appeals", {"statement": "لم أُسئ إلى أحد."})
        assert service.decide(editor, first, "overturn").status_code == 201
        figures = editor.get("/v1/moderation/figures").json()
        [month] = figures["months"]
        by_id = {row["id"]: row for row in month["moderators"]}
        mine = by_id[str(moderator.id)]
        assert (mine["decisions"], mine["reversed"], mine["overturned"]) == (3, 1, 1)
        assert (month["appeals_won"], figures["queue"]["open"]) == (1, 1)

    def test_the_queue_tells_its_age(self, service: Service, member: Person) -> None:
        editor, article = service.person("editor"), service.article()
        for minutes in (4, 2, 2):
            service.comment(member, article, f"رأي {minutes} {service.clock()}")
            service.clock.advance(timedelta(minutes=minutes))
        queue = editor.get("/v1/moderation/figures").json()["queue"]
        assert queue == {"open": 3, "median_hours": 0.07, "oldest_hours": 0.13}
