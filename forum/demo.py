"""Fill an empty database with a small discussion to look at: an article, an analysis, comments in each state."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from auth.accounts import NewAccount, create_account
from auth.identity import Identity
from forum.analyses.drafts import prepare_analysis
from forum.analyses.writing import draft_analysis, submit_analysis
from forum.articles import create_article
from forum.demo_texts import ACCOUNTS, ANALYSIS, ARTICLE, BELOW_ANALYSIS, COMMENTS, DemoComment
from forum.discussion.drafts import prepare
from forum.discussion.places import Place
from forum.discussion.posting import edit_comment, post_comment, withdraw_comment
from forum.experts.disclosures import Declaration, declare
from forum.moderation.cases import IS_OPEN
from forum.moderation.credentials import Qualification, vouch_for
from forum.moderation.decisions import Ruling, decide
from forum.text.folding import fold
from forum.text.rendering import render_article
from models.analyses import Analysis
from models.articles import Article
from models.base import new_id
from models.cases import Case, Reason, Verdict
from models.comments import Comment, Kind
from models.users import Role, User
from models.versions import ANY


@dataclass(frozen=True)
class DemoAccount:
    """Hold how to sign in to an account that was made up."""

    email: str
    password: str
    role: str


def is_empty(session: Session) -> bool:
    """Tell whether nobody has an account and no article was ever put up."""
    return not any(session.scalars(select(col(table.id)).limit(1)).first() for table in (User, Article))


def fill(session: Session, hash_password: Callable[[str], str], *, now: datetime) -> list[DemoAccount]:
    """Write the demo content, as one transaction, and give its accounts with their new passwords.

    A database with any account or article is left as it is, and no account is given then.
    """
    if not is_empty(session):
        return []
    people, accounts = _accounts(session, hash_password, now=now)
    values = {**ARTICLE, "body_html": render_article(ARTICLE["body"]), "language": "ar", "published_at": now}
    article = create_article(session, values, slug=None, now=now)
    declare(
        session,
        article.id,
        Declaration([], none=True),
        user_id=people["expert"].user_id,
        expected=ANY,
        is_conditional=False,
        now=now,
    )
    _analyse(session, article, people, now=now)
    posted: dict[str, Comment] = {}
    for number, text in enumerate(COMMENTS):
        at = now + timedelta(seconds=number)
        posted[text.name] = _post(session, article, text, people, posted, now=at)
    return accounts


def _analyse(session: Session, article: Article, people: dict[str, Identity], *, now: datetime) -> None:
    """Publish an analysis with a comment below it."""
    no_machine = {"used": False, "detail": None}
    draft = prepare_analysis(**ANALYSIS, language="ar", citations=[], ai_use=no_machine, quote=None)
    analysis = draft_analysis(session, article.id, draft, identity=people["expert"], now=now)
    submit_analysis(session, analysis.id, [], revision=1, now=now)
    decide(session, _case_of(session, analysis), Ruling(Verdict.APPROVE, 1), identity=people["editor"], now=now)
    below = prepare(BELOW_ANALYSIS, kind=Kind.QUESTION, quote=None)
    place = Place(article.id, analysis_id=analysis.id)
    comment = post_comment(session, place, below, identity=people["member"], now=now).comment
    decide(session, _case_of(session, comment), Ruling(Verdict.APPROVE, 1), identity=people["moderator"], now=now)


def _accounts(
    session: Session, hash_password: Callable[[str], str], *, now: datetime
) -> tuple[dict[str, Identity], list[DemoAccount]]:
    people, accounts = {}, []
    for name, email, display_name, roles, title, affiliation in ACCOUNTS:
        password = secrets.token_urlsafe(15)
        account = NewAccount(email, display_name, fold(display_name), "ar", hash_password(password))
        user = create_account(session, account, roles=frozenset(roles), is_verified=True, now=now)
        if Role.EXPERT in roles:
            vouch_for(session, user.id, Qualification(title, affiliation), now=now)
        people[name] = Identity(user.id, new_id(), frozenset(roles), display_name, "ar")
        accounts.append(DemoAccount(email, password, ", ".join(roles) or Role.MEMBER))
    return people, accounts


def _post(
    session: Session,
    article: Article,
    text: DemoComment,
    people: dict[str, Identity],
    posted: dict[str, Comment],
    *,
    now: datetime,
) -> Comment:
    author, moderator = people[text.author], people["moderator"]
    place = Place(article.id, posted[text.answers].id if text.answers else None)
    draft = prepare(text.body, kind=Kind(text.kind), quote=None)
    posted_now = post_comment(session, place, draft, identity=author, now=now)
    comment = session.get_one(Comment, posted_now.comment.id)
    if text.verdict is not None:
        ruling = Ruling(Verdict(text.verdict), 1, Reason(text.reason) if text.reason else None, text.note)
        decide(session, _case_of(session, comment), ruling, identity=moderator, now=now)
    if text.edit is not None:
        edited = prepare(text.edit, kind=Kind(text.kind), quote=None)
        edit_comment(session, comment.id, edited, expected=ANY, identity=author, now=now)
    if text.is_withdrawn:
        withdraw_comment(session, comment.id, expected=ANY, now=now)
    return comment


def _case_of(session: Session, subject: Comment | Analysis) -> UUID:
    return session.exec(select(Case.id).where(col(Case.subject_id) == subject.id, IS_OPEN)).one()
