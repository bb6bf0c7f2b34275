"""Check an Atom document by what RFC 4287 demands of one (sections 3 and 4), and the links of RFC 5005."""

import re
from collections import Counter
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# RFC 3339 as RFC 4287, 3.3 narrows it: an uppercase T and Z.
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# Least and most of each child (4.1.1, 4.1.2); what is not named may come any number of times.
FEED = {"id": (1, 1), "title": (1, 1), "updated": (1, 1), "subtitle": (0, 1), "logo": (0, 1)}
ENTRY = {**FEED, "summary": (0, 1), "content": (0, 1), "published": (0, 1), "rights": (0, 1), "source": (0, 1)}
KNOWN = {*ENTRY, "author", "contributor", "category", "link", "generator", "icon", "entry"}
DATES = {"updated", "published"}


def parsed(document: bytes) -> Xml.Element:
    """Read a feed and demand of it what the RFC does."""
    feed = Xml.fromstring(document)
    assert document.startswith(b"<?xml")
    assert b"<!DOCTYPE" not in document
    assert feed.tag == f"{ATOM}feed"
    check_children(feed, FEED)
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        check_children(entry, ENTRY)
        assert entry.find(f"{ATOM}author") is not None, "4.1.2: an author"
        check_content(entry)
    ids = [text_of(entry, "id") for entry in entries]
    assert len(set(ids)) == len(ids), "4.1.1: an entry stands once"
    return feed


def check_children(element: Xml.Element, cardinality: dict[str, tuple[int, int]]) -> None:
    """Demand the children that must be there, each in its form."""
    children = [child for child in element if child.tag.startswith(ATOM)]
    counts = Counter(child.tag.removeprefix(ATOM) for child in children)
    assert set(counts) <= KNOWN
    for name, (least, most) in cardinality.items():
        assert least <= counts[name] <= most, name
    for child in children:
        check_form(child.tag.removeprefix(ATOM), child)
    alternates = [(link.get("type"), link.get("hreflang")) for link in links(element, "alternate")]
    assert len(set(alternates)) == len(alternates), "4.1.1: one alternate of a type and language"


def check_form(name: str, child: Xml.Element) -> None:
    """Demand the form of one child."""
    if name in DATES:
        assert DATE.fullmatch(child.text or "")
        datetime.fromisoformat(child.text or "")
    elif name == "id":
        assert urlsplit(child.text or "").scheme, "4.2.6: an IRI, and an absolute one"
    elif name == "link":
        assert urlsplit(child.get("href") or "").scheme
        assert child.get("rel")
        assert not child.text
    elif name == "author":
        assert (child.findtext(f"{ATOM}name") or "").strip(), "3.2.1: exactly one name"
        assert len(child.findall(f"{ATOM}name")) == 1 >= len(child.findall(f"{ATOM}uri"))
    elif name == "category":
        assert child.get("term")
    elif name in {"title", "summary"}:
        assert child.get("type", "text") in {"text", "html"}
        assert not len(child)


def check_content(entry: Xml.Element) -> None:
    """Demand content or an alternate, and of HTML that it is escaped text."""
    content = entry.find(f"{ATOM}content")
    if content is None:
        assert links(entry, "alternate"), "4.1.2: what has no content has an alternate"
        return
    assert (content.get("type"), len(content)) == ("html", 0)
    assert content.text


def links(element: Xml.Element, rel: str) -> list[Xml.Element]:
    """Give the links of one relation."""
    return [link for link in element.findall(f"{ATOM}link") if link.get("rel") == rel]


def text_of(element: Xml.Element, name: str) -> Any:
    """Give the text of a child."""
    return element.findtext(f"{ATOM}{name}")
