"""Write Atom feeds (RFC 4287), paged (RFC 5005), with replies in threads (RFC 4685).

What Atom has no word for stands in elements of a namespace of our own, which readers pass over (RFC 4287, 6.3), and
in words in the content.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as Xml

from api.schemas.declarations import disclosure_words, retraction_words
from forum.feeds.publications import Publication
from models.instants import format_instant
from models.publication import ChangeType

MEDIA_TYPE = "application/atom+xml"
ATOM, THREAD, OURS = "http://www.w3.org/2005/Atom", "http://purl.org/syndication/thread/1.0", "urn:forum:atom"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
PATHS = {ChangeType.COMMENT: "comments", ChangeType.ANALYSIS: "analyses"}
# XML 1.0 has no way to write anything else (section 2.2).
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Xml.register_namespace("", ATOM)
Xml.register_namespace("thr", THREAD)
Xml.register_namespace("forum", OURS)


@dataclass(frozen=True)
class Feed:
    """Hold what a feed says of itself; `page` is the page that shows what the feed is about."""

    id: str
    title: str
    language: str | None
    address: str
    next_address: str | None
    page: str | None
    begun_at: datetime


def atom_id(thing: UUID) -> str:
    """Name a thing for all time."""
    return f"urn:uuid:{thing}"


def atom_feed(feed: Feed, entries: Sequence[Publication], *, public_url: str) -> bytes:
    """Write a feed."""
    root = Xml.Element(f"{{{ATOM}}}feed", {XML_LANG: feed.language} if feed.language else {})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", format_instant(max([feed.begun_at, *(entry.updated_at for entry in entries)])))
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=feed.address)
    if feed.next_address:
        _add(root, "link", rel="next", type=MEDIA_TYPE, href=feed.next_address)
    if feed.page:
        _add(root, "link", rel="alternate", type="text/html", href=feed.page)
    for entry in entries:
        _add_entry(root, entry, public_url)
    written: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add_entry(root: Xml.Element, text: Publication, public_url: str) -> None:
    entry = _add(root, "entry")
    entry.set(XML_LANG, text.language)
    name = text.author_line["display_name"]
    _add(entry, "id", atom_id(text.id))
    _add(entry, "title", text.title or f"{name} · {text.article_title}")
    _add(entry, "published", format_instant(text.published_at))
    _add(entry, "updated", format_instant(text.updated_at))
    _add_author(entry, text, public_url)
    here = f"{public_url}/v1/{PATHS[text.type]}/{text.id}"
    _add(entry, "link", rel="alternate", type="application/json", href=here)
    if text.source_url:
        _add(entry, "link", rel="alternate", type="text/html", href=text.source_url)
    for citation in text.citations:
        _add(entry, "link", rel="related", href=citation["url"], title=citation["title"])
    answered = text.parent_id or text.analysis_id or text.article_id
    _add(entry, "in-reply-to", namespace=THREAD, ref=atom_id(answered))
    if text.kind:
        _add(entry, "category", term=text.kind)
    if text.summary:
        _add(entry, "summary", text.summary)
    _add(entry, "content", _content(text), type="html")
    _add_ours(entry, text)


def _add_author(entry: Xml.Element, text: Publication, public_url: str) -> None:
    author = _add(entry, "author")
    _add(author, "name", text.author_line["display_name"])
    _add(author, "uri", f"{public_url}/v1/users/{text.author_id}")
    credential = text.author_line["credential"]
    if credential:
        _add(author, "title", credential["title"], namespace=OURS)
        _add(author, "affiliation", credential["affiliation"], namespace=OURS)


def _add_ours(entry: Xml.Element, text: Publication) -> None:
    _add(entry, "revision", str(text.revision), namespace=OURS)
    if text.retraction:
        _add(entry, "retraction", text.retraction["reason"], namespace=OURS, at=text.retraction["at"])
    for correction in text.corrections:
        _add(entry, "correction", correction.note, namespace=OURS, at=format_instant(correction.at))
    for citation in text.citations:
        _add(entry, "citation", namespace=OURS, **{name: said for name, said in citation.items() if said})
    if text.disclosure:
        disclosure = _add(entry, "disclosure", namespace=OURS, declared_at=text.disclosure["declared_at"])
        for interest in text.disclosure["interests"]:
            named = {name: interest[name] for name in ("kind", "party", "detail") if interest.get(name)}
            _add(disclosure, "interest", namespace=OURS, **named)


def _content(text: Publication) -> str:
    """Give the text as HTML, told its direction, between what was quoted and what has to be said with it."""
    before = [f"<p>{_escaped(retraction_words(text.retraction, text.language))}</p>"] if text.retraction else []
    if text.quote:
        before.append(f"<blockquote>{_escaped(text.quote['exact'])}</blockquote>")
    after = [f"<p>{_escaped(disclosure_words(text.disclosure, text.language))}</p>"] if text.disclosure else []
    return f'<div dir="{text.direction}">{"".join(before)}{text.body_html}{"".join(after)}</div>'


def _escaped(words: str) -> str:
    return html.escape(words, quote=False)


def _add(
    parent: Xml.Element, tag: str, content: str | None = None, *, namespace: str = ATOM, **attributes: Any
) -> Xml.Element:
    written = {name: _writable(value) for name, value in attributes.items()}
    added = Xml.SubElement(parent, f"{{{namespace}}}{tag}", written)
    added.text = _writable(content) if content is not None else None
    return added


def _writable(text: str) -> str:
    return UNWRITABLE.sub("\ufffd", text)
