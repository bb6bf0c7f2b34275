"""Put articles up, change them, find them and close their discussions when due."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, literal_column, update
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, tuple_

from forum.publishing import order_anchoring, publish_change
from forum.text.folding import fold
from forum.text.slugs import LONGEST_KEY, make_slug
from forum.text.urls import url_key
from models.articles import Article, DiscussionState, in_language
from models.base import columns_of, new_id
from models.errors import NotFound, Refused
from models.gates import pass_gate, shut_gate
from models.pages import Key, Page, cut
from models.plain import Plain
from models.publication import ChangeType
from models.upserts import insert_once
from models.versions import Expected, demand_version

SAME_TITLES = 5
# What a discussion does not need of its article, and what may be a megabyte long.
_TEXTS = {"body", "body_html", "search_key"}
# Made once, since every request about a discussion runs one of them.
_ARTICLE = columns_of(Article)
_OF_DISCUSSION = [column for column in _ARTICLE if column.name not in _TEXTS]
_BY_ID, _BY_SLUG = (
    Plain(select_columns(*_OF_DISCUSSION).where(column == bindparam("key")))
    for column in (_ARTICLE.id, _ARTICLE.slug_key)
)
_NUMBER_BY_ID, _NUMBER_BY_SLUG = (
    Plain(select_columns(_ARTICLE.id, _ARTICLE.seq).where(column == bindparam("key")))
    for column in (_ARTICLE.id, _ARTICLE.slug_key)
)
CLOSED_AT_ONCE = 100
# Written out rather than bound, so that both engines see that the partial index of open discussions serves.
_IS_OPEN = col(Article.discussion_state) == literal_column("'open'")
# What decides whether and how words are taken below an article.
_LETS_IN = {"discussion_state", "moderation", "participants", "closes_at"}


@dataclass(frozen=True)
class ArticleFilter:
    """Name which articles are wanted; `q` is looked for, folded, in title and summary."""

    section: str | None = None
    language: str | None = None
    q: str | None = None


class Counted(NamedTuple):
    """Hold what is public below an article, under the name that was asked with, and the number that it stands at."""

    name: str
    comments: int
    analyses: int
    id: UUID
    seq: int


def create_article(session: Session, values: Mapping[str, Any], *, slug: str | None, now: datetime) -> Article:
    """Put an article up; `values` are columns of Article. Raises slug_taken for a slug asked for by name."""
    article_id = new_id()
    row = {
        **Article(id=article_id, slug="", slug_key="", search_key="", created_at=now, **values).model_dump(),
        **_derived(values),
    }
    for candidate in [slug] if slug else _slugs(values["title"], article_id):
        row |= {"slug": candidate, "slug_key": fold(candidate)}
        if insert_once(session, Article, row):
            publish_change(session, article_id, [(ChangeType.ARTICLE, article_id)], now=now)
            return session.get_one(Article, article_id)
    raise Refused("slug_taken")


def change_article(
    session: Session,
    article_id: UUID,
    values: Mapping[str, Any],
    *,
    slug: str | None,
    expected: Expected,
    now: datetime,
) -> Article:
    """Change columns of an article; what is already so changes nothing. Raises NotFound, Stale and slug_taken."""
    if _LETS_IN & values.keys():
        shut_gate(session, article_id)
    # Who writes below shares the key until the commit, which only another slug, as part of a key, has to wait for.
    article = session.get(Article, article_id, with_for_update={"key_share": slug is None})
    if article is None:
        raise NotFound
    demand_version(expected, article.version)
    wanted = dict(values)
    if slug is not None and slug != article.slug:
        _demand_free(session, slug, article_id)
        wanted |= {"slug": slug, "slug_key": fold(slug)}
    changed = {name: value for name, value in wanted.items() if getattr(article, name) != value}
    if not changed:
        return article
    for name, value in (changed | _derived({"title": article.title, "summary": article.summary, **changed})).items():
        setattr(article, name, value)
    article.version += 1
    _write(session, takes_slug="slug_key" in changed)
    publish_change(session, article_id, [(ChangeType.ARTICLE, article_id)], now=now)
    if "body_html" in changed:
        order_anchoring(session, article_id, now=now)
    session.refresh(article)
    return article


def find_article(session: Session, name: str) -> Article:
    """Give an article by id or by slug, in any spelling that folds to it; raise NotFound."""
    key = _key(name)
    is_named = (col(Article.id) if isinstance(key, UUID) else col(Article.slug_key)) == key
    article = session.exec(select(Article).where(is_named)).first()
    if article is None:
        raise NotFound
    return article


def articles_by_id(session: Session, article_ids: Sequence[UUID]) -> dict[UUID, Article]:
    """Give articles by their ids."""
    found = session.exec(select(Article).where(col(Article.id).in_(article_ids))).all()
    return {article.id: article for article in found}


def number_of(session: Session, name: str) -> tuple[UUID, int]:
    """Give id and number of an article named by id or slug; raise NotFound."""
    row = _named_row(session, _NUMBER_BY_ID, _NUMBER_BY_SLUG, name)
    return row.id, row.seq


def find_discussion(session: Session, name: str) -> Any:
    """Give an article by id or slug as a place to discuss: a row without its long texts; raise NotFound."""
    return _named_row(session, _BY_ID, _BY_SLUG, name)


def discussion_of(session: Session, article_id: UUID) -> Any:
    """Give an article by id as a place to discuss: a row without its long texts; raise NotFound."""
    return _row(session, _BY_ID, article_id)


def hold_discussion(session: Session, article_id: UUID) -> Any:
    """Give an article as `discussion_of` does, so that nobody closes its discussion meanwhile; raise NotFound."""
    pass_gate(session, article_id)
    return discussion_of(session, article_id)


def find_by_url(session: Session, url: str) -> Article:
    """Give the article that a page carries, the newest where several do; raise NotFound."""
    try:
        key = _page_key(url)
    except ValueError:  # What is no address leads to no page.
        raise NotFound from None
    article = session.exec(
        select(Article).where(col(Article.source_url_key) == key).order_by(col(Article.id).desc()).limit(1)
    ).first()
    if article is None:
        raise NotFound
    return article


def list_articles(session: Session, wanted: ArticleFilter, *, after: Key | None, limit: int) -> Page[Article]:
    """Give a page of articles, the newest first."""
    statement = select(Article)
    if wanted.section is not None:
        statement = statement.where(col(Article.section) == wanted.section)
    if wanted.language is not None:
        statement = statement.where(in_language(wanted.language))
    if wanted.q is not None:
        words = fold(wanted.q).split()
        statement = statement.where(*(col(Article.search_key).contains(word, autoescape=True) for word in words))
    if after is not None:
        key = tuple_(datetime.fromisoformat(str(after[0])), UUID(str(after[1])))
        statement = statement.where(tuple_(col(Article.published_at), col(Article.id)) < key)
    rows = session.exec(
        statement.order_by(col(Article.published_at).desc(), col(Article.id).desc()).limit(limit + 1)
    ).all()
    return cut(rows, limit, lambda article: (article.published_at.isoformat(), str(article.id)))


def count_discussions(session: Session, names: Sequence[str]) -> list[Counted]:
    """Count below the named articles, each once, in the order named; unknown ones are left out."""
    keys: dict[str, UUID | str] = {}
    for name in names:
        with suppress(NotFound):
            keys[name] = _key(name)
    ids = [key for key in keys.values() if isinstance(key, UUID)]
    slugs = [key for key in keys.values() if isinstance(key, str)]
    rows = session.execute(
        select_columns(
            col(Article.id),
            col(Article.slug_key),
            col(Article.comment_count),
            col(Article.analysis_count),
            col(Article.seq),
        ).where(col(Article.id).in_(ids) | col(Article.slug_key).in_(slugs))
    ).all()
    found: dict[UUID | str, Any] = {row.id: row for row in rows} | {row.slug_key: row for row in rows}
    rows_by_name = {name: found[key] for name, key in keys.items() if key in found}
    return [Counted(name, row.comment_count, row.analysis_count, row.id, row.seq) for name, row in rows_by_name.items()]


def close_due(session: Session, *, now: datetime) -> int:
    """Close the discussions whose time has come; give how many."""
    due = session.exec(select(Article.id).where(_IS_OPEN, col(Article.closes_at) <= now).limit(CLOSED_AT_ONCE)).all()
    for article_id in due:
        _close(session, article_id, now=now)
    return len(due)


def has_due(session: Session, *, now: datetime) -> bool:
    """Tell whether a discussion is to be closed, without writing."""
    due = select(Article.id).where(_IS_OPEN, col(Article.closes_at) <= now).order_by(col(Article.closes_at)).limit(1)
    return session.exec(due).first() is not None


def _close(session: Session, article_id: UUID, *, now: datetime) -> None:
    closed = session.execute(
        update(Article)
        .where(col(Article.id) == article_id, col(Article.closes_at) <= now, _IS_OPEN)
        .values(discussion_state=DiscussionState.CLOSED, version=Article.version + 1)
        .returning(col(Article.id)),
        execution_options={"synchronize_session": False},
    ).first()
    if closed is not None:
        publish_change(session, article_id, [(ChangeType.ARTICLE, article_id)], now=now)


def _key(name: str) -> UUID | str:
    if _is_id(name):
        return UUID(name)
    # No slug is longer, and to fold all that an address can hold takes a tenth of a second.
    if len(name) <= LONGEST_KEY and (key := fold(name)):
        return key
    raise NotFound  # An article of a time when a slug could fold to nothing is not what nothing names.


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name.lower()
    except ValueError:
        return False


def _named_row(session: Session, by_id: Plain, by_slug: Plain, name: str) -> Any:
    key = _key(name)
    return _row(session, by_id if isinstance(key, UUID) else by_slug, key)


def _row(session: Session, statement: Plain, key: object) -> Any:
    row = statement.first(session, {"key": key})
    if row is None:
        raise NotFound
    return row


def _derived(values: Mapping[str, Any]) -> dict[str, Any]:
    derived: dict[str, Any] = {"search_key": fold(f"{values['title']}\n{values['summary']}")}
    if "source_url" in values:
        url = values["source_url"]
        derived["source_url_key"] = _page_key(url) if url else None
    return derived


def _page_key(url: str) -> str:
    # A digest, since an address with much Arabic is longer in bytes than an index of PostgreSQL takes.
    return sha256(url_key(url).encode()).hexdigest()


def _slugs(title: str, article_id: UUID) -> list[str]:
    endings = ["", *(f"-{number}" for number in range(2, SAME_TITLES)), f"-{article_id.hex[-8:]}"]
    return [make_slug(title, ending) for ending in endings]


def _write(session: Session, *, takes_slug: bool) -> None:
    """Write a changed article; raise slug_taken where on PostgreSQL another has taken the slug at the same moment."""
    try:
        session.flush()
    except IntegrityError as error:
        if not takes_slug:
            raise
        raise Refused("slug_taken") from error


def _demand_free(session: Session, slug: str, article_id: UUID) -> None:
    taken = select(Article.id).where(col(Article.slug_key) == fold(slug), col(Article.id) != article_id)
    if session.exec(taken).first() is not None:
        raise Refused("slug_taken")
