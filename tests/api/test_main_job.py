"""The main job: words wait, a moderator decides, the public reads, and nothing shows before."""

from tests.service import Person, Service


class TestMainJob:
    def test_comment_waits_until_approved_then_everyone_reads_it(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        thread = f"/v1/articles/{article['slug']}/comments"
        before = service.nobody.get(thread)
        body = "السلام عليكم،\n\nهل من **أرقام**؟ ٪١٠٠\tنعم"
        comment = service.comment(member, article, body)
        assert comment["status"] == "pending"
        assert comment["hold"]["codes"] == ["pre_moderation"]
        waiting = service.nobody.get(thread)
        assert (waiting.content, waiting.headers["etag"]) == (before.content, before.headers["etag"])
        assert service.nobody.get(f"/v1/comments/{comment['id']}").status_code == 404
        decision = service.decide(moderator, comment)
        assert decision.status_code == 201, decision.text
        [shown] = service.nobody.get(thread).json()["items"]
        assert shown["body"] == body
        assert shown["author"]["display_name"] == member.display_name
        assert service.nobody.get(f"/v1/articles/{article['id']}").json()["counts"]["comments"] == 1
        assert moderator.get("/v1/moderation/decisions/verify").json() == {
            "ok": True,
            "checked": 1,
            "first_broken": None,
        }
