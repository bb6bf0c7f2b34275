"""Look at words before the public does: an ordered list of small phases, and the first finding ends it."""

from collections.abc import Callable

from sqlmodel import Session

from forum.moderation.phases.length import screen_length
from forum.moderation.phases.pre_moderation import screen_pre_moderation
from forum.moderation.phases.repeat import screen_repeat
from forum.moderation.submissions import Hold, Submission

Phase = Callable[[Session, Submission], Hold | None]

PHASES: tuple[Phase, ...] = (
    screen_repeat,
    screen_length,
    screen_pre_moderation,
)


def screen(session: Session, submission: Submission, *, is_disclosed: bool) -> list[Hold]:
    """Give the holds under which the words wait, none where they may be published at once.

    A missing disclosure is a rule of publication rather than a finding, so it is named beside one.
    """
    findings = (phase(session, submission) for phase in PHASES)
    first = next((hold for hold in findings if hold is not None), None)
    holds = [first] if first else []
    if submission.is_expert and not is_disclosed:
        holds.append(Hold("disclosure_missing"))
    return holds
