"""Put declarations of interests and retractions in words, for readers of feeds and structured data."""

from typing import Any

from models.articles import Interest

# In Arabic, and for texts in any other language in English.
DECLARED = ("إفصاح: ", "Disclosure: ")
NOTHING = ("لا مصالح تُذكر", "no interests to declare")
RETRACTED = ("سُحب هذا التحليل: ", "This analysis was retracted: ")
INTERESTS: dict[Interest, tuple[str, str]] = {
    Interest.EMPLOYMENT: ("عمل", "employment"),
    Interest.FUNDING: ("تمويل", "funding"),
    Interest.OFFICE: ("منصب", "office"),
    Interest.FAMILY: ("قرابة", "family"),
    Interest.OWNERSHIP: ("ملكية", "ownership"),
    Interest.OTHER: ("صلة أخرى", "another tie"),
}


def disclosure_words(disclosure: dict[str, Any], language: str) -> str:
    """Say a declaration in one line."""
    number = _number(language)
    interests = [_interest(entry, number) for entry in disclosure["interests"]]
    return DECLARED[number] + (_joint(number).join(interests) or NOTHING[number])


def retraction_words(retraction: dict[str, Any], language: str) -> str:
    """Say in one line that and why a text was retracted."""
    return RETRACTED[_number(language)] + str(retraction["reason"])


def _interest(entry: dict[str, Any], number: int) -> str:
    words = f"{INTERESTS[Interest(entry['kind'])][number]} ({entry['party']})"
    return f"{words}: {entry['detail']}" if entry.get("detail") else words


def _joint(number: int) -> str:
    return ("؛ ", "; ")[number]


def _number(language: str) -> int:
    return 0 if language.partition("-")[0].lower() == "ar" else 1
