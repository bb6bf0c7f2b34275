"""Find the addresses in a plain text, in time that grows with its length and no faster."""

import re
from dataclasses import dataclass

from forum.text.characters import DIRECTION_CONTROLS

# What ends an address besides white space: RFC 3986 leaves these out, or they are the punctuation of the text
# around it. Direction marks are often typed right after an address in Arabic.
_STOP = r"\s\x00-\x20<>\"\\^`{}|\[\]،؛؟۔…«»“”„‹›‘’" + "".join(DIRECTION_CONTROLS) + "\u200b\ufeff"

# Every repetition is bounded, so that a failed attempt costs a constant. What names a user before the host, which
# serves to mislead, is no address. Brackets inside are kept in pairs, as in wiki/القدس_(مدينة), and punctuation at the
# end belongs to the sentence.
_ADDRESS = re.compile(
    rf"""(?<![\w@/.:-])
    (?:https?://|www\.(?=[\w-]{{1,63}}\.))(?![^{_STOP}/?#@]{{0,200}}(?:@|%40))
    [\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,9}}
    (?::\d{{1,5}})?
    (?:[/?#](?:[^{_STOP}()]|\([^{_STOP}()]{{0,200}}\)){{0,2000}})?
    (?<![.,;:!?'*])""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Address:
    """Hold an address as written, where it leads, and its place in code points, end not included.

    The fields are called as markdown-it asks for them.
    """

    text: str
    url: str
    index: int
    last_index: int
    schema: str


def addresses(text: str) -> list[Address]:
    """Give the http and https addresses of a text, and those that begin with www, in order."""
    return [
        Address(
            text=m.group(),
            url=m.group() if "://" in m.group()[:8] else f"https://{m.group()}",
            index=m.start(),
            last_index=m.end(),
            schema="https:",
        )
        for m in _ADDRESS.finditer(text)
    ]


def may_hold_addresses(text: str) -> bool:
    """Tell quickly whether `addresses` can find any."""
    return "://" in text or "www." in text.lower()


def without_addresses(text: str) -> str:
    """Put a space for each address of a text."""
    if not may_hold_addresses(text):
        return text
    return _ADDRESS.sub(" ", text)
