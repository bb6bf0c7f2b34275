"""Tell ORCID identifiers from what only looks like one, by their check character (ISO 7064, mod 11-2)."""

import re

_FORM = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", re.ASCII)


def is_orcid(text: str) -> bool:
    """Tell whether a text is an ORCID iD in its short form, such as 0000-0002-1825-0097."""
    return bool(_FORM.fullmatch(text)) and _check_character(text.replace("-", "")[:-1]) == text[-1]


def _check_character(digits: str) -> str:
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return "X" if rest == 10 else str(rest)
