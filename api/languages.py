"""Choose the language of an answer from Accept-Language (RFC 9110, 12.5.4); Arabic where the client names neither."""

from typing import Literal

from starlette.datastructures import Headers

Language = Literal["ar", "en"]
LANGUAGES: dict[str, Language] = {"ar": "ar", "en": "en"}
LONGEST_HEADER = 500


def language_of(headers: Headers) -> Language:
    """Give the best of our languages by quality, the first named among equals; several lines are one list."""
    best: Language = "ar"
    best_quality = 0.0
    for part in ", ".join(headers.getlist("accept-language"))[:LONGEST_HEADER].split(","):
        tag, _, parameters = part.strip().partition(";")
        language = LANGUAGES.get(tag.partition("-")[0].strip().lower())
        quality = _quality(parameters)
        if language and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
