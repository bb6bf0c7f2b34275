"""Describe articles, analyses and comments as structured data: JSON-LD in the words of schema.org."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from api.schemas.atom import PATHS, atom_id
from api.schemas.declarations import disclosure_words, retraction_words
from forum.feeds.publications import Publication
from forum.text.quotes import shown_text
from models.articles import Article
from models.instants import format_instant
from models.publication import ChangeType

CONTEXT = "https://schema.org"
TYPES = {ChangeType.COMMENT: "Comment", ChangeType.ANALYSIS: "AnalysisNewsArticle"}


def describe_article(article: Article, public_url: str) -> bytes:
    """Describe an article."""
    here = f"{public_url}/v1/articles/{article.id}"
    return _written(
        {
            "@type": "NewsArticle",
            "@id": here,
            "identifier": atom_id(article.id),
            "url": article.source_url or here,
            "headline": article.title,
            "abstract": article.summary,
            "articleBody": shown_text(article.body_html),
            "articleSection": article.section,
            "inLanguage": article.language,
            "datePublished": format_instant(article.published_at),
            "commentCount": article.comment_count,
            "discussionUrl": f"{here}/comments",
        }
    )


def describe_publication(text: Publication, public_url: str) -> bytes:
    """Describe an analysis or a comment."""
    here = f"{public_url}/v1/{PATHS[text.type]}/{text.id}"
    words = shown_text(text.body_html)
    return _written(
        {
            "@type": TYPES[text.type],
            "@id": here,
            "identifier": atom_id(text.id),
            "url": here,
            **(
                {"headline": text.title, "abstract": text.summary, "articleBody": words}
                if text.title
                else {"text": words}
            ),
            "inLanguage": text.language,
            "version": text.revision,
            "dateCreated": format_instant(text.created_at),
            "datePublished": format_instant(text.published_at),
            "dateModified": format_instant(text.updated_at),
            "author": _person(text.author_id, text.author_line, public_url),
            **_place(text, public_url),
            "isBasedOn": _quotation(text, public_url),
            "citation": [_citation(citation) for citation in text.citations],
            "creativeWorkStatus": "Retracted" if text.retraction else "Published",
            "correction": _corrections(text),
            "hasPart": _disclosure(text.disclosure, text.language) if text.disclosure else None,
        }
    )


def _person(author_id: UUID, line: dict[str, Any], public_url: str) -> dict[str, Any]:
    credential = line["credential"] or {}
    affiliation, orcid = credential.get("affiliation"), credential.get("orcid")
    return {
        "@type": "Person",
        "@id": f"{public_url}/v1/users/{author_id}",
        "name": line["display_name"],
        "jobTitle": credential.get("title"),
        "affiliation": {"@type": "Organization", "name": affiliation} if affiliation else None,
        "knowsAbout": credential.get("fields"),
        "sameAs": f"https://orcid.org/{orcid}" if orcid else None,
    }


def _place(text: Publication, public_url: str) -> dict[str, Any]:
    """Say what a text is about, and of a comment what it answers."""
    article = {
        "@type": "NewsArticle",
        "@id": f"{public_url}/v1/articles/{text.article_id}",
        "headline": text.article_title,
    }
    if text.type is ChangeType.ANALYSIS:
        return {"about": article}
    above: dict[str, Any] = article
    if text.parent_id:
        above = {"@type": "Comment", "@id": f"{public_url}/v1/comments/{text.parent_id}"}
    elif text.analysis_id:
        above = {"@type": "AnalysisNewsArticle", "@id": f"{public_url}/v1/analyses/{text.analysis_id}"}
    return {"about": article, "parentItem": above}


def _quotation(text: Publication, public_url: str) -> dict[str, Any] | None:
    if text.quote is None:
        return None
    quoted = f"{'articles' if text.quoted_id == text.article_id else 'analyses'}/{text.quoted_id}"
    return {"@type": "Quotation", "text": text.quote["exact"], "isPartOf": {"@id": f"{public_url}/v1/{quoted}"}}


def _citation(citation: dict[str, Any]) -> dict[str, Any]:
    author, publisher = citation["author"], citation["publisher"]
    return {
        "@type": "CreativeWork",
        "name": citation["title"],
        "url": citation["url"],
        "creditText": author,
        "publisher": {"@type": "Organization", "name": publisher} if publisher else None,
        "datePublished": citation["date"],
        "pagination": citation["locator"],
    }


def _corrections(text: Publication) -> Sequence[dict[str, Any]]:
    notes = [(correction.note, format_instant(correction.at)) for correction in text.corrections]
    if text.retraction:
        notes.append((retraction_words(text.retraction, text.language), text.retraction["at"]))
    return [{"@type": "CorrectionComment", "text": note, "datePublished": at} for note, at in notes]


def _disclosure(disclosure: dict[str, Any], language: str) -> dict[str, Any]:
    """Describe a declaration as a part of the text, since schema.org has no word for it."""
    return {
        "@type": "CreativeWork",
        "genre": "disclosure",
        "dateCreated": disclosure["declared_at"],
        "text": disclosure_words(disclosure, language),
        "about": [
            {
                "@type": "PropertyValue",
                "propertyID": interest["kind"],
                "value": interest["party"],
                "description": interest.get("detail"),
            }
            for interest in disclosure["interests"]
        ],
    }


def _written(thing: dict[str, Any]) -> bytes:
    """Write JSON that a page may put into a script element as it is: no text of a reader's can end the element."""
    return orjson.dumps({"@context": CONTEXT, **_stated(thing)}).replace(b"<", b"\\u003c")


def _stated(value: Any) -> Any:
    """Leave out what is not stated: nothing, no words and empty lists."""
    if isinstance(value, dict):
        return {name: _stated(inner) for name, inner in value.items() if inner not in (None, "", [])}
    return [_stated(inner) for inner in value] if isinstance(value, list) else value
