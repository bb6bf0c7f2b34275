"""Streams tell what changes as it changes: each thing once, nothing lost over a cut, and an honest end."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.streams import channels, hub, running, serving
from api.streams.followers import BEAT_SECONDS
from forum.articles import close_due
from models import article_versions, hints
from models.database import Database
from tests.api.listening import Told, opened, wait_until
from tests.forum.discussion.test_page_cost import executed
from tests.service import Person, Service, running_service


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article whose comments are public at once."""
    return service.article(discussion={"moderation": "post"})


def path_of(article: Any) -> str:
    """Give the address of an article's stream."""
    return f"/v1/articles/{article['id']}/stream"


def things(told: list[Told]) -> list[tuple[int, str]]:
    """Name what was told: numbers and ids."""
    return [(event.data["seq"], event.data[event.type]["id"]) for event in told]


class TestEvents:
    def test_change_comes_as_the_changes_page_tells_it(self, service: Service, member: Person, article: Any) -> None:
        with opened(service, path_of(article)) as stream:
            assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
            assert (stream.headers["cache-control"], stream.position) == ("no-store", "1")
            comment = service.comment(member, article, "سطر أول\nسطر ثان")
            [event] = stream.wait(1)
        page = service.nobody.get(f"/v1/articles/{article['id']}/changes?after=1").json()
        assert (event.type, event.id, [event.data]) == ("comment", "2", page["items"])
        assert event.data["comment"]["id"] == comment["id"]

    def test_waiting_words_are_not_told_until_approved(
        self, service: Service, member: Person, moderator: Person
    ) -> None:
        article = service.article()
        with opened(service, path_of(article)) as stream:
            service.comment(member, article, "ينتظر")
            approved = service.approved(member, moderator, article, "مقبول")
            assert things(stream.wait(1)) == [(2, approved["id"])]

    def test_only_the_last_of_things_that_share_a_number_names_it(
        self, service: Service, member: Person, article: Any
    ) -> None:
        root = service.comment(member, article, "جذر")
        with opened(service, path_of(article)) as stream:
            reply = service.comment(member, article, "رد", parent_id=root["id"])
            told = stream.wait(2)
        assert {event.data["comment"]["id"] for event in told} == {root["id"], reply["id"]}
        assert [event.id for event in told] == [None, "3"]

    def test_thousand_readers_cost_one_query_a_change(self, service: Service, member: Person, article: Any) -> None:
        with opened(service, path_of(article)) as first, opened(service, path_of(article)) as second:
            with opened(service, path_of(article)) as third, executed() as statements:
                service.comment(member, article)
                for stream in (first, second, third):
                    stream.wait(1)
            assert len({stream.content.partition(b"event:")[2] for stream in (first, second, third)}) == 1
        assert len([said for said, _ in statements if "FROM changes" in said]) == 1


class TestResuming:
    def test_reader_who_comes_back_gets_what_was_missed_and_nothing_twice(
        self, service: Service, member: Person, article: Any
    ) -> None:
        with opened(service, path_of(article)) as stream:
            service.comment(member, article, "أول")
            before = things(stream.wait(1))
        missed = [service.comment(member, article, f"فات {number}")["id"] for number in range(3)]
        with opened(service, path_of(article), Last_Event_ID=stream.position or "") as stream:
            assert [thing for _, thing in things(stream.wait(3))] == missed
            live = service.comment(member, article, "مباشر")
            after = things(stream.wait(4))
        assert after[-1][1] == live["id"]
        assert len(set(before + after)) == len(before + after) == 5

    def test_reader_may_begin_after_the_number_of_a_page(self, service: Service, member: Person, article: Any) -> None:
        comment = service.comment(member, article)
        with opened(service, f"{path_of(article)}?after=1") as stream:
            assert things(stream.wait(1)) == [(2, comment["id"])]
        with opened(service, f"{path_of(article)}?after=0", Last_Event_ID="1") as stream:
            assert things(stream.wait(1)) == [(2, comment["id"])]

    @pytest.mark.parametrize("unknown", ["2", "x", "-1", "9" * 30])
    @pytest.mark.long_table
    def test_number_that_was_never_given_resets_the_reader_who_then_follows(
        self, service: Service, member: Person, article: Any, unknown: str
    ) -> None:
        with opened(service, path_of(article), Last_Event_ID=unknown) as stream:
            [event] = stream.wait(1)
            assert (event.type, event.data, event.id) == ("reset", {"reset": True, "seq": 1}, "1")
            comment = service.comment(member, article)
            assert things(stream.wait(2)[1:]) == [(2, comment["id"])]

    def test_slow_reader_reads_on_from_the_database(
        self, service: Service, member: Person, article: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(channels, "MOST_KEPT", 1)
        posted = [service.comment(member, article, f"قديم {number}")["id"] for number in range(2)]
        with opened(service, path_of(article)) as fast:
            posted += [service.comment(member, article, f"رأي {number}")["id"] for number in range(3)]
            fast.wait(3)
            with opened(service, path_of(article), Last_Event_ID="1") as slow:
                posted.append(service.comment(member, article, "أخير")["id"])
                assert [thing for _, thing in things(slow.wait(6))] == posted


class TestEnd:
    def test_stream_ends_by_the_clock_and_asks_to_come_back(self, service: Service, article: Any) -> None:
        service.app.state.streams.lifetime = timedelta(seconds=0.05)
        with opened(service, path_of(article)) as stream:
            wait_until(lambda: stream.is_over)
        assert b"retry: " in stream.content.rpartition(b": the stream ends here")[2]

    def test_streams_end_when_the_process_is_told_to(self, service: Service, article: Any) -> None:
        with opened(service, path_of(article)) as stream:
            service.client.portal.call(service.app.state.streams.close)  # type: ignore[union-attr]
            wait_until(lambda: stream.is_over)
        refused = service.nobody.get(path_of(article))
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")

    def test_sign_of_life_comes_by_the_clock(
        self, service: Service, article: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert BEAT_SECONDS == 15
        monkeypatch.setattr("api.routers.streams.BEAT_SECONDS", 0.02)
        with opened(service, path_of(article)) as stream:
            wait_until(lambda: b"\n\n:\n\n" in stream.content)
        assert stream.told == []

    def test_reader_who_takes_nothing_is_let_go(
        self, service: Service, member: Person, article: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(serving, "SEND_WITHIN", 0.05)
        with opened(service, path_of(article)) as stream:
            stream.is_stalled = True
            service.comment(member, article)
            wait_until(lambda: service.app.state.streams.channels == {})
        assert not stream.is_over

    def test_reader_who_left_leaves_nothing_behind(self, service: Service, article: Any) -> None:
        with opened(service, path_of(article)):
            assert len(service.app.state.streams.channels) == 1
        assert service.app.state.streams.channels == {}

    def test_head_is_answered_without_a_stream(self, service: Service, article: Any) -> None:
        answer = service.client.head(path_of(article))
        assert (answer.status_code, answer.content) == (200, b"")


class TestLimits:
    def test_client_with_too_many_streams_waits(
        self, service: Service, article: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "MOST_OF_ONE", 1)
        service.app.state.streams._is_limited = True
        with opened(service, path_of(article)), opened(service, path_of(article)) as refused:
            assert (refused.status, orjson.loads(refused.content)["code"]) == (429, "rate_limited")
            assert int(refused.headers["retry-after"]) > 0
        with opened(service, path_of(article)) as stream:
            assert stream.status == 200

    def test_process_with_too_many_streams_says_so(
        self, service: Service, article: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "MOST_STREAMS", 1)
        with opened(service, path_of(article)):
            refused = service.nobody.get(path_of(article))
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")


class TestProcesses:
    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_change_reaches_the_readers_of_another_process_by_a_hint(
        self, service: Service, member: Person, article: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(running, "POLL", timedelta(hours=1))
        monkeypatch.setattr(article_versions, "POLL", 3_600)
        with running_service(service.settings.database_url, tmp_path / "other") as other:
            thread = f"/v1/articles/{article['id']}/comments"
            assert other.nobody.get(thread).json()["items"] == []
            with opened(other, path_of(article)) as stream:
                comment = service.comment(member, article)
                assert things(stream.wait(1)) == [(2, comment["id"])]
            assert len(other.nobody.get(thread).json()["items"]) == 1

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_change_whose_hint_was_lost_is_found_by_the_clock(
        self, service: Service, member: Person, article: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hints, "CHANNEL", "nobody_listens")
        with running_service(service.settings.database_url, tmp_path / "other") as other:
            monkeypatch.setattr(hints, "CHANNEL", "nobody_speaks")
            with opened(other, path_of(article)) as stream:
                comment = service.comment(member, article)
                assert things(stream.wait(1)) == [(2, comment["id"])]

    @pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
    def test_change_by_a_command_beside_the_service_is_found_by_the_clock(self, service: Service, article: Any) -> None:
        async def close(url: str) -> None:
            database = Database.open(url)
            await database.write(close_due, now=service.clock() + timedelta(days=1))
            await database.close()

        path = f"/v1/articles/{article['id']}"
        editor = service.person("editor")
        closes_at = (service.clock() + timedelta(hours=1)).isoformat()
        editor.patch(path, {"discussion": {"closes_at": closes_at}})
        with opened(service, path_of(article)) as stream:
            asyncio.run(close(service.settings.database_url))
            [event] = stream.wait(1)
        assert event.data["article"]["discussion"]["state"] == "closed"
