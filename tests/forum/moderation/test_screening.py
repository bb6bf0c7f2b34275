"""Prove that screening neither loses words nor publishes them when one of its phases fails."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from time import sleep
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, text
from sqlmodel import Session

from auth.identity import Identity
from forum.discussion import posting
from forum.discussion.drafts import prepare
from forum.discussion.places import Place
from forum.moderation.screening import PHASES, Phase, screen
from forum.moderation.submissions import Finding, Submission
from models.comments import Kind
from models.errors import Refused
from models.screening import ScreeningSettings
from tests.api.world import with_token
from tests.service import Person, Service

BOUND = timedelta(seconds=0.2)
BODY = "رأي صريح في الخطة كلها من أولها إلى آخرها، مع الشكر لمن كتبها"


def raises(session: Session, submission: Submission) -> Finding | None:
    """Fail as a mistake in Python does."""
    raise ZeroDivisionError


def breaks_a_statement(session: Session, submission: Submission) -> Finding | None:
    """Fail as a mistake in SQL does, after which PostgreSQL takes no further statement."""
    session.execute(text("SELECT nothing FROM nowhere"))
    return None


def comes_late(session: Session, submission: Submission) -> Finding | None:
    """Find nothing, and take too long for it."""
    sleep(1.5 * BOUND.total_seconds())
    return None


FAILURES = {"raises": raises, "breaks a statement": breaks_a_statement, "comes late": comes_late}


def with_failure(phase: Phase, failure: Phase) -> tuple[Phase, ...]:
    """Give all phases with one that fails."""
    named = wraps(phase)(partial(failure))
    return tuple(named if standing is phase else standing for standing in PHASES)


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("phase", PHASES, ids=[phase.__name__ for phase in PHASES])
class TestEachPhase:
    @pytest.mark.long_table
    def test_failed_phase_holds_the_words_and_a_moderator_finds_them(
        self,
        service: Service,
        member: Person,
        moderator: Person,
        monkeypatch: pytest.MonkeyPatch,
        phase: Phase,
        failure: Callable[..., Finding | None],
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        before = service.nobody.get(f"/v1/articles/{article['id']}/comments")
        monkeypatch.setattr(posting, "screen", partial(screen, phases=with_failure(phase, failure), bound=BOUND))
        comment = service.comment(member, article, BODY)
        assert (comment["status"], comment["hold"]["codes"]) == ("pending", ["screening_failed"])
        assert member.get(f"/v1/comments/{comment['id']}").json()["body"] == BODY
        after = service.nobody.get(f"/v1/articles/{article['id']}/comments")
        assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
        assert service.decide(moderator, comment).status_code == 201


class TestScreening:
    def test_words_pass_where_no_phase_finds_anything(self, service: Service, member: Person) -> None:
        article = service.article(discussion={"moderation": "post"})
        assert service.comment(member, article, BODY)["status"] == "approved"

    def test_missing_thresholds_hold_the_words(self, service: Service, member: Person) -> None:
        article = service.article(discussion={"moderation": "post"})
        service.write(lambda session: session.execute(delete(ScreeningSettings)) and None)
        assert service.comment(member, article, BODY)["hold"]["codes"] == ["screening_failed"]

    def test_failure_while_editing_keeps_the_public_words(
        self, service: Service, member: Person, moderator: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        comment = service.comment(member, article, BODY)
        monkeypatch.setattr(posting, "screen", partial(screen, phases=(raises,)))
        edited = member.patch(f"/v1/comments/{comment['id']}", {"body": "صيغة جديدة"}).json()
        assert (edited["status"], edited["body"]) == ("approved", BODY)
        assert edited["waiting"]["hold"]["codes"] == ["screening_failed"]
        assert service.nobody.get(f"/v1/comments/{comment['id']}").json()["body"] == BODY

    def test_log_names_phase_and_kind_and_holds_no_words(
        self, service: Service, member: Person, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        monkeypatch.setattr(posting, "screen", partial(screen, phases=(raises,)))
        service.comment(member, article, BODY)
        logged = "".join(capfd.readouterr())
        assert "ZeroDivisionError" in logged
        assert "raises" in logged
        assert BODY not in logged


class TestSanctions:
    def test_sanction_of_the_same_moment_is_met_under_the_lock_of_the_author(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        """The policy was asked before the sanction, as it is when both happen at once."""
        article = service.article()
        assert member.id is not None
        asked_before = Identity(member.id, uuid4(), frozenset(), member.display_name, "ar")
        moderator.post(f"/v1/users/{member.id}/sanctions", {"kind": "mute", "reason": "abuse"})
        draft = prepare(BODY, kind=Kind.REMARK, quote=None)
        with pytest.raises(Refused, match="sanctioned"):
            service.write(
                posting.post_comment,
                Place(UUID(article["id"])),
                draft,
                identity=asked_before,
                now=service.clock(),
            )


TEXT = "هذه الخطة ستدمر الزراعة في الوادي ولن تجلب للناس إلا العطش والفقر فلا تصدقوا ما يقال لكم عنها"


class TestCampaign:
    def test_third_account_with_like_words_waits(self, service: Service) -> None:
        article = service.article(discussion={"moderation": "post"})
        texts = [TEXT, TEXT.replace("الزراعة", "الحقول"), f"{TEXT} أبدا"]
        posted = [service.comment(service.person(), article, text) for text in texts]
        assert [comment["status"] for comment in posted] == ["approved", "approved", "pending"]
        assert posted[2]["hold"]["codes"] == ["campaign"]

    def test_after_a_day_the_same_words_pass(self, service: Service) -> None:
        article = service.article(discussion={"moderation": "post"})
        for _ in range(2):
            service.comment(service.person(), article, TEXT)
        service.clock.advance(timedelta(hours=25))
        assert service.comment(service.person(), article, TEXT)["status"] == "approved"

    def test_threshold_of_nothing_asks_nothing(self, service: Service) -> None:
        editor = service.person("editor")
        assert editor.patch("/v1/moderation/screening", {"campaign_accounts": 0}).status_code == 200
        article = service.article(discussion={"moderation": "post"})
        assert all(service.comment(service.person(), article, TEXT)["status"] == "approved" for _ in range(3))


class TestAuthors:
    def test_first_comments_of_a_new_author_wait_where_the_threshold_says_so(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        service.person("editor").patch("/v1/moderation/screening", {"first_comments": 1})
        article = service.article(discussion={"moderation": "post"})
        first = service.comment(member, article, "أول كلامي هنا")
        assert first["hold"]["codes"] == ["new_author"]
        service.decide(moderator, first)
        assert service.comment(member, article, "وهذا ثانيه")["status"] == "approved"

    def test_verified_expert_is_no_new_author(self, service: Service) -> None:
        service.person("editor").patch("/v1/moderation/screening", {"first_comments": 5})
        article, expert = service.article(discussion={"moderation": "trusted"}), service.person("expert")
        expert.put(f"/v1/articles/{article['id']}/disclosure", {"none": True})
        assert service.comment(expert, article, "رأي الخبيرة")["status"] == "approved"

    def test_author_of_three_rejected_comments_waits_for_a_month(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        waiting, free = service.article(), service.article(discussion={"moderation": "post"})
        for number in range(3):
            comment = service.comment(member, waiting, f"كلام مرفوض {number}")
            assert service.decide(moderator, comment, "reject", reason="abuse").status_code == 201
        assert service.comment(member, free, "كلام آخر")["hold"]["codes"] == ["recent_rejections"]
        service.clock.advance(timedelta(days=31))
        again = with_token(service, member, at=service.clock())
        assert service.comment(again, free, "كلام بعد شهر")["status"] == "approved"


class TestLinks:
    def test_link_that_names_another_host_waits_and_is_pointed_at(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article(discussion={"moderation": "post"})
        comment = service.comment(member, article, "انظر [example.org](https://evil.example/x) هنا")
        [hold] = service.case_of(moderator, comment)["hold"]
        assert (hold["code"], hold["spans"]) == ("misleading_link", [[6, 17]])

    def test_many_links_wait(self, service: Service, member: Person) -> None:
        article = service.article(discussion={"moderation": "post"})
        three, four = (" ".join(f"https://example.org/{n}" for n in range(most)) for most in (3, 4))
        assert service.comment(member, article, three)["status"] == "approved"
        assert service.comment(member, article, four)["hold"]["codes"] == ["many_links"]
