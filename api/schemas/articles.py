"""Shape articles, their discussion settings and declarations of interests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from api.schemas.types import Answer, Changes, Closed, GivenInstant, HttpUrl, Instant, SafeText, Truth, refuse
from forum.experts.disclosures import Declaration, Earlier
from forum.moderation.conditions import lapses_at
from forum.text.direction import language_of
from forum.text.rendering import render_article
from forum.text.slugs import slug_refusal
from models.articles import (
    BODY_LENGTH,
    SLUG_LENGTH,
    SUMMARY_LENGTH,
    TITLE_LENGTH,
    Article,
    Disclosure,
    DiscussionState,
    Interest,
    Moderation,
    Participants,
)

SECTION_LENGTH = 100
PARTY_LENGTH = 200
DETAIL_LENGTH = 1_000
MOST_INTERESTS = 50
LANGUAGE_TAG = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$"


def _slug(value: str) -> str:
    match slug_refusal(value):
        case None:
            return value
        case "reserved" | "uuid":
            raise refuse("slug_reserved")
    raise refuse("slug_malformed")


Slug = Annotated[SafeText, Field(max_length=SLUG_LENGTH), AfterValidator(_slug)]
Title = Annotated[SafeText, Field(max_length=TITLE_LENGTH)]
LanguageTag = Annotated[str, Field(pattern=LANGUAGE_TAG, max_length=35)]
Section = Annotated[SafeText, Field(max_length=SECTION_LENGTH)]


CLEARED = {"body": "", "summary": "", "source_url": None, "section": None}


class DiscussionUpdate(Changes):
    """Change some settings of a discussion; the others stay."""

    clearable = frozenset({"closes_at"})

    state: DiscussionState | None = None
    moderation: Moderation | None = None
    participants: Participants | None = None
    closes_at: GivenInstant | None = None

    def columns(self) -> dict[str, Any]:
        """Give what was set as columns."""
        names = {"state": "discussion_state"}
        return {names.get(name, name): getattr(self, name) for name in self.model_fields_set}


class ArticleUpdate(Changes):
    """Change an article."""

    clearable = frozenset(CLEARED)

    title: Title | None = None
    body: Annotated[SafeText, Field(max_length=BODY_LENGTH)] | None = None
    summary: Annotated[SafeText, Field(max_length=SUMMARY_LENGTH)] | None = None
    source_url: HttpUrl | None = None
    slug: Slug | None = None
    language: LanguageTag | None = None
    published_at: GivenInstant | None = None
    section: Section | None = None
    discussion: DiscussionUpdate | None = None

    def columns(self) -> dict[str, Any]:
        """Give what was set as columns, the body rendered; null clears what may be empty, and no other is let in."""
        sent = self.model_fields_set - {"slug", "discussion"}
        values = {name: getattr(self, name) for name in sent}
        columns = {name: value for name, value in values.items() if value is not None or name in CLEARED}
        columns |= {name: CLEARED[name] for name, value in values.items() if value is None and name in CLEARED}
        if columns.get("body") is not None:
            columns["body_html"] = render_article(columns["body"])
        return columns | (self.discussion.columns() if self.discussion else {})


class ArticleCreate(ArticleUpdate):
    """Put an article up for discussion; `body` is Markdown or plain text, and null is as good as left out."""

    clearable = frozenset(ArticleUpdate.model_fields) - {"title"}

    title: Title

    def row(self, now: datetime) -> dict[str, Any]:
        """Give all columns that a new article needs; the language is guessed where none is named."""
        given = self.columns()
        guessed = language_of(f"{self.title}\n{self.body or ''}")
        defaults = {"body": "", "body_html": "", "summary": "", "language": guessed, "published_at": now}
        return defaults | given


class DiscussionPublic(Answer):
    """Show the settings of a discussion."""

    state: DiscussionState
    moderation: Moderation
    participants: Participants
    closes_at: Instant | None


class Counts(Answer):
    """Count what is public below an article."""

    comments: int
    analyses: int


class ArticlePublic(Answer):
    """Show an article; `seq` rises with everything that the public can see change in it or below it."""

    id: UUID
    slug: str
    title: str
    source_url: str | None
    language: str
    summary: str
    body_html: str
    published_at: Instant
    section: str | None
    discussion: DiscussionPublic
    counts: Counts
    seq: int

    @classmethod
    def of(cls, article: Article) -> Self:
        """Shape an article."""
        return cls(
            id=article.id,
            slug=article.slug,
            title=article.title,
            source_url=article.source_url,
            language=article.language,
            summary=article.summary,
            body_html=article.body_html,
            published_at=article.published_at,
            section=article.section,
            discussion=DiscussionPublic(
                state=article.discussion_state,
                moderation=article.moderation,
                participants=article.participants,
                closes_at=article.closes_at,
            ),
            counts=Counts(comments=article.comment_count, analyses=article.analysis_count),
            seq=article.seq,
        )


class ArticleList(Answer):
    """Hold a page of articles."""

    items: list[ArticlePublic]
    next: str | None


class ArticleCounts(Answer):
    """Count what is public below one article, under the name that was asked with."""

    article: str
    comments: int
    analyses: int


class CountsList(Answer):
    """Hold the counts of the articles that exist among those asked for."""

    items: list[ArticleCounts]


class InterestGiven(Closed):
    """Name one interest and the party that it ties to."""

    kind: Interest
    party: Annotated[SafeText, Field(max_length=PARTY_LENGTH)]
    detail: Annotated[SafeText, Field(max_length=DETAIL_LENGTH)] | None = None


class DisclosureDeclare(Closed):
    """Declare interests for an article, or say that there are none: one or the other."""

    interests: list[InterestGiven] = Field(default_factory=list, max_length=MOST_INTERESTS)
    none: Truth = False

    @model_validator(mode="after")
    def say_one_or_the_other(self) -> Self:
        """Refuse a declaration that says both, or nothing."""
        if bool(self.interests) == self.none:
            raise refuse("contradiction")
        return self

    def declaration(self) -> Declaration:
        """Give the declaration as the verb takes it."""
        return Declaration([interest.model_dump(mode="json") for interest in self.interests], self.none)


class InterestPublic(Answer):
    """Show one declared interest."""

    kind: Interest
    party: str
    detail: str | None


class DisclosurePublic(Answer):
    """Show a declaration of interests as published with a text."""

    interests: list[InterestPublic]
    none: bool
    declared_at: Instant


class DisclosureOwn(DisclosurePublic):
    """Show a declaration with the article and expert that it belongs to."""

    article_id: UUID
    expert_id: UUID
    version: int
    confirm_by: Instant

    @classmethod
    def of(cls, disclosure: Disclosure) -> Self:
        """Shape a declaration."""
        return cls(
            interests=[InterestPublic.model_validate({"detail": None, **entry}) for entry in disclosure.interests],
            none=disclosure.none,
            declared_at=disclosure.declared_at,
            article_id=disclosure.article_id,
            expert_id=disclosure.user_id,
            version=disclosure.version,
            confirm_by=lapses_at(disclosure),
        )


class EarlierDisclosure(DisclosureOwn):
    """Show an earlier declaration with the interests in it that the newer one leaves out."""

    contradicts: bool
    left_out: list[InterestPublic]

    @classmethod
    def of_earlier(cls, earlier: Earlier) -> Self:
        """Shape an earlier declaration."""
        left_out = [InterestPublic.model_validate({"detail": None, **entry}) for entry in earlier.left_out]
        own = DisclosureOwn.of(earlier.disclosure)
        return cls(**dict(own), contradicts=bool(left_out), left_out=left_out)


class DisclosureForEditors(DisclosureOwn):
    """Show editors a declaration beside what the same expert declared before."""

    earlier: list[EarlierDisclosure]

    @classmethod
    def beside(cls, disclosure: Disclosure, earlier: Sequence[Earlier]) -> Self:
        """Shape a declaration for an editor."""
        before = [EarlierDisclosure.of_earlier(one) for one in earlier]
        return cls(**dict(DisclosureOwn.of(disclosure)), earlier=before)
