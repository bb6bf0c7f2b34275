"""Look at words before the public does: an ordered list of small phases, and the first verdict ends it.

A phase may hold words, reject them, let them through, or flag them, which ends nothing. One that fails or takes too
long holds them, so that a mistake of ours neither loses words nor publishes them.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic

import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from forum.moderation.phases.campaign import screen_campaign
from forum.moderation.phases.length import screen_length
from forum.moderation.phases.links import screen_links
from forum.moderation.phases.new_author import screen_new_author
from forum.moderation.phases.pre_moderation import screen_pre_moderation
from forum.moderation.phases.rejections import screen_rejections
from forum.moderation.phases.repeat import screen_repeat
from forum.moderation.phases.rules import screen_rules
from forum.moderation.phases.sanctions import screen_sanctions
from forum.moderation.phases.trusted_expert import screen_trusted_expert
from forum.moderation.submissions import Finding, Flag, Hold, Rejection, Screened, Submission, Trust
from models.engine_errors import postgresql_meaning, sqlite_meaning
from models.errors import ForumError
from models.plain import savepoint

Phase = Callable[[Session, Submission], Finding | None]

# That a discussion is closed is refused before there is anything to screen.
PHASES: tuple[Phase, ...] = (
    screen_sanctions,
    screen_repeat,
    screen_campaign,
    screen_rules,
    screen_links,
    screen_length,
    screen_new_author,
    screen_rejections,
    screen_trusted_expert,
    screen_pre_moderation,
)
BOUND = timedelta(seconds=2)
FAILED = Hold("screening_failed")
QUERY_CANCELLED = "57014"

logger = structlog.get_logger("forum.screening")


def screen(
    session: Session, submission: Submission, *, phases: Sequence[Phase] = PHASES, bound: timedelta = BOUND
) -> Screened:
    """Give what the phases find in the words; raise what they refuse, and what the engine cannot do now."""
    flags: list[Hold] = []
    asked = None
    try:
        # What a failed phase has done is undone, and PostgreSQL takes no further statement otherwise.
        with savepoint(session):
            for asked in phases:
                match _timely(asked, session, submission, bound):
                    case Hold() as hold:
                        return Screened([hold], flags)
                    case Rejection() as rejection:
                        return Screened([rejection.hold], flags, rejection)
                    case Flag(hold):
                        flags.append(hold)
                    case Trust():
                        break
    except ForumError:
        raise
    except Exception as error:
        if isinstance(error, DBAPIError) and _is_of_the_engine(session, error):
            raise
        logger.error("phase failed", phase=_name(asked), kind=type(error).__name__)
        return Screened([FAILED], flags)
    return Screened([], flags)


def _timely(phase: Phase, session: Session, submission: Submission, bound: timedelta) -> Finding | None:
    started = monotonic()
    finding = phase(session, submission)
    if monotonic() - started > bound.total_seconds():
        logger.error("phase late", phase=_name(phase))
        return FAILED
    return finding


def _is_of_the_engine(session: Session, error: DBAPIError) -> bool:
    """Tell a fault of the engine, after which nothing can be kept, from a mistake of the phase."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite_meaning(error.orig, is_write=True) is not None
    is_slow = getattr(error.orig, "sqlstate", None) == QUERY_CANCELLED
    return not is_slow and postgresql_meaning(error, is_write=True) is not None


def _name(phase: Phase | None) -> str:
    return getattr(phase, "__name__", "")
