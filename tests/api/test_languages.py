"""Which of two languages an answer is in."""

import pytest
from starlette.datastructures import Headers

from api.languages import language_of
from tests.service import Service


class TestChoice:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            pytest.param(None, "ar", id="Arabic where nothing is asked for"),
            pytest.param("", "ar", id="Arabic where nothing is named"),
            pytest.param("fr, de", "ar", id="Arabic where neither is named"),
            pytest.param("*", "ar", id="Arabic where anything will do"),
            pytest.param("en", "en", id="English where it is named"),
            pytest.param("fr, en;q=0.1", "en", id="English where it is the only one of ours"),
            pytest.param("en-GB", "en", id="a regional form counts as the language"),
            pytest.param("EN", "en", id="case makes no difference"),
            pytest.param("english", "ar", id="a longer word is another language"),
            pytest.param("ar;q=0.5, en;q=0.9", "en", id="the higher quality wins"),
            pytest.param("en;q=0.5, ar", "ar", id="no quality is the highest"),
            pytest.param("en;Q=0.5, ar;q=0.6", "ar", id="the parameter's name has no case"),
            pytest.param("en ; q=0.5 , ar ; q=0.6", "ar", id="spaces make no difference"),
            pytest.param("en, ar", "en", id="the first among equals"),
            pytest.param("ar;q=0.8, en;q=0.8", "ar", id="the first among equals with a quality"),
            pytest.param("en;q=0", "ar", id="zero is a refusal"),
            pytest.param("en;q=high, ar;q=0.1", "ar", id="a quality that is none counts as zero"),
            pytest.param("en;q=inf, ar;q=0.1", "ar", id="an endless quality counts as zero"),
            pytest.param("en;q=nan, ar;q=0.1", "ar", id="a quality that is no number counts as zero"),
            pytest.param("en;q=2, ar;q=0.1", "ar", id="a quality above one counts as zero"),
            pytest.param(f"{'fr,' * 200}en", "ar", id="what stands past five hundred characters is not read"),
        ],
    )
    def test_best_of_ours_is_chosen(self, header: str | None, language: str) -> None:
        assert language_of(Headers({} if header is None else {"accept-language": header})) == language

    @pytest.mark.parametrize(
        ("lines", "language"),
        [
            pytest.param(["fr", "en"], "en", id="what the second names"),
            pytest.param(["ar;q=0.5", "en"], "en", id="the higher quality of both"),
            pytest.param(["en, fr", "ar"], "en", id="the first among equals of both"),
            pytest.param(["fr," * 166, "en"], "ar", id="five hundred characters of both together"),
        ],
    )
    def test_two_lines_are_one_list(self, lines: list[str], language: str) -> None:
        assert language_of(Headers(raw=[(b"accept-language", line.encode()) for line in lines])) == language


class TestAnswers:
    @pytest.mark.parametrize(("language", "title"), [("ar", "غير موجود"), ("en", "Not found")])
    def test_refusal_is_in_the_language_asked_for_and_says_so(
        self, service: Service, language: str, title: str
    ) -> None:
        answer = service.nobody.get("/v1/articles/unknown", accept_language=language)
        assert (answer.json()["title"], answer.headers["content-language"]) == (title, language)
        assert "Accept-Language" in answer.headers["vary"]
