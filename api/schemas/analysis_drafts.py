"""Take in analyses: what experts send, with sources and their dates checked."""

import re
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from api.schemas.articles import LanguageTag, Title
from api.schemas.quotes import Quote
from api.schemas.types import URL_LENGTH, Closed, SafeText, Truth, refuse
from forum.analyses.drafts import AnalysisDraft, prepare_analysis
from forum.text.urls import is_source, is_web_address
from models.analyses import NOTE_LENGTH, AnalysisRevision
from models.articles import BODY_LENGTH, SUMMARY_LENGTH

MOST_CITATIONS = 100
CITED_LENGTH = 500
LOCATOR_LENGTH = 200
AI_USE_LENGTH = 2_000

# ISO 8601 to the precision that is known: a year, a month or a day.
CITED_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)


def _source(value: str) -> str:
    if not is_source(value):
        raise refuse("malformed" if value[:4].lower() == "doi:" or is_web_address(value) else "not_http_url")
    return value


def _cited_date(value: str) -> str:
    match = CITED_DATE.fullmatch(value)
    if match is None:
        raise refuse("malformed")
    year, month, day = (int(part or 1) for part in match.groups())
    try:
        date(year, month, day)
    except ValueError:
        raise refuse("malformed") from None
    return value


Cited = Annotated[SafeText, Field(max_length=CITED_LENGTH)]
Source = Annotated[
    SafeText, Field(max_length=URL_LENGTH, description="An http(s) address, or `doi:10.…/…`."), AfterValidator(_source)
]
CitedDate = Annotated[
    SafeText, Field(max_length=10, description="A year, a month or a day."), AfterValidator(_cited_date)
]
Summary = Annotated[SafeText, Field(max_length=SUMMARY_LENGTH)]
Body = Annotated[
    SafeText, Field(max_length=BODY_LENGTH, description="Markdown with headings, tables and footnotes, kept as sent.")
]
Note = Annotated[SafeText, Field(max_length=NOTE_LENGTH, description="What is corrected; public with the revision.")]


class CitationGiven(Closed):
    """Cite a source."""

    title: Cited
    url: Source
    author: Cited | None = None
    publisher: Cited | None = None
    date: CitedDate | None = None
    locator: Annotated[SafeText, Field(max_length=LOCATOR_LENGTH)] | None = None


class AiUseGiven(Closed):
    """Say whether a machine helped to write, and how."""

    used: Truth
    detail: Annotated[SafeText, Field(max_length=AI_USE_LENGTH)] | None = None


QuotedAnalysis = Annotated[
    UUID | None, Field(description="Another public analysis below the article, where the quote is from that.")
]
Citations = Annotated[list[CitationGiven], Field(max_length=MOST_CITATIONS)]


class AnalysisCreate(Closed):
    """Draft an analysis."""

    title: Title
    summary: Summary
    body: Body
    language: LanguageTag | None = None
    citations: Citations
    ai_use: AiUseGiven
    quote: Quote | None = None
    quoted_analysis_id: QuotedAnalysis = None

    @model_validator(mode="after")
    def quote_what_is_named(self) -> Self:
        """Refuse to name a text and quote nothing from it."""
        _demand_quote(self.quote, self.quoted_analysis_id)
        return self

    def draft(self) -> AnalysisDraft:
        """Render what was sent."""
        return prepare_analysis(**self.model_dump(exclude={"quoted_analysis_id"}))


class AnalysisUpdate(Closed):
    """Write a new revision; what is left out stays as it is, and a quote goes by null."""

    title: Title | None = None
    summary: Summary | None = None
    body: Body | None = None
    language: LanguageTag | None = None
    citations: Citations | None = None
    ai_use: AiUseGiven | None = None
    note: Note | None = None
    quote: Quote | None = None
    quoted_analysis_id: QuotedAnalysis = None

    @model_validator(mode="after")
    def say_something(self) -> Self:
        """Refuse a revision that says nothing new, and one that names a text and quotes nothing from it."""
        _demand_quote(self.quote, self.quoted_analysis_id)
        if not (self.brings_quote or self.model_dump(exclude_none=True, exclude={"note"})):
            raise refuse("required")
        return self

    @property
    def brings_quote(self) -> bool:
        """Tell whether the quote becomes another or goes."""
        return "quote" in self.model_fields_set

    def draft(self, standing: AnalysisRevision) -> AnalysisDraft:
        """Render what follows the standing revision."""
        kept = ("title", "summary", "body", "language", "citations", "ai_use")
        sent = self.model_dump(exclude={"quote", "quoted_analysis_id"})
        given = {name: value for name, value in sent.items() if value is not None}
        new_quote = self.quote.model_dump() if self.quote else None
        quote = new_quote if self.brings_quote else standing.quote
        return prepare_analysis(**{name: getattr(standing, name) for name in kept} | given, quote=quote)


def _demand_quote(quote: Quote | None, quoted_analysis_id: UUID | None) -> None:
    if quoted_analysis_id is not None and quote is None:
        raise refuse("required")


class SubmissionCreate(Closed):
    """Put an analysis before the editors."""


class RetractionCreate(Closed):
    """Retract an analysis."""

    reason: SafeText = Field(max_length=NOTE_LENGTH, description="Shown to everybody.")
