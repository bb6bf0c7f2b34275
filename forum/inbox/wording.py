"""Word notifications in the reader's language, from what stands now."""

from collections.abc import Mapping

from forum.inbox.reading import Told
from models.notifications import NotificationKind, NotifiedOf
from models.users import LOCALES

_KIND, _OF = NotificationKind, NotifiedOf
# By kind, subject and what came of it; without the last, then without the subject, where that makes no difference.
_TEXTS: Mapping[tuple[str, ...], tuple[str, str]] = {
    (_KIND.REPLY,): ("ردّ على تعليقك من {actor} في «{article}».", "{actor} replied to your comment on “{article}”."),
    (_KIND.MENTION,): ("ذِكرٌ لك من {actor} في «{article}».", "{actor} mentioned you on “{article}”."),
    (_KIND.NEW_COMMENT,): ("تعليق جديد من {actor} في «{article}».", "{actor} commented on “{article}”."),
    (_KIND.NEW_ANALYSIS,): ("تحليل جديد من {actor} في «{article}».", "{actor} published an analysis of “{article}”."),
    (_KIND.DECISION, _OF.COMMENT, "approved"): ("نُشر تعليقك في «{article}».", "Your comment on “{article}” was published."),
    (_KIND.DECISION, _OF.COMMENT, "rejected"): ("رُفض تعليقك في «{article}».", "Your comment on “{article}” was rejected."),
    (_KIND.DECISION, _OF.COMMENT, "spam"): ("صُنّف تعليقك في «{article}» إزعاجًا.", "Your comment on “{article}” was marked as spam."),
    (_KIND.DECISION, _OF.COMMENT, "edit approved"): ("نُشر تعديل تعليقك في «{article}».", "The edit of your comment on “{article}” was published."),
    (_KIND.DECISION, _OF.COMMENT, "edit rejected"): ("رُفض تعديل تعليقك في «{article}».", "The edit of your comment on “{article}” was rejected."),
    (_KIND.DECISION, _OF.COMMENT, "edit spam"): ("صُنّف تعديل تعليقك في «{article}» إزعاجًا.", "The edit of your comment on “{article}” was marked as spam."),
    (_KIND.DECISION, _OF.COMMENT): ("تغيّر قرار في شأن تعليقك في «{article}».", "A decision about your comment on “{article}” was changed."),
    (_KIND.DECISION, _OF.ANALYSIS, "published"): ("نُشر تحليلك في «{article}».", "Your analysis of “{article}” was published."),
    (_KIND.DECISION, _OF.ANALYSIS, "rejected"): ("رُفض تحليلك في «{article}».", "Your analysis of “{article}” was rejected."),
    (_KIND.DECISION, _OF.ANALYSIS, "edit published"): ("نُشر تعديل تحليلك في «{article}».", "The edit of your analysis of “{article}” was published."),
    (_KIND.DECISION, _OF.ANALYSIS, "edit rejected"): ("رُفض تعديل تحليلك في «{article}».", "The edit of your analysis of “{article}” was rejected."),
    (_KIND.DECISION, _OF.ANALYSIS): ("تغيّر قرار في شأن تحليلك في «{article}».", "A decision about your analysis of “{article}” was changed."),
    (_KIND.DECISION, _OF.APPLICATION, "approved"): ("قُبل طلبك خبيرًا.", "Your application as an expert was accepted."),
    (_KIND.DECISION, _OF.APPLICATION, "rejected"): ("رُفض طلبك خبيرًا.", "Your application as an expert was rejected."),
    (_KIND.DECISION,): ("صدر قرار يخصّك.", "Something of yours was decided."),
    (_KIND.CHANGES_REQUESTED, _OF.COMMENT): ("طُلب منك تعديل تعليقك في «{article}».", "Changes to your comment on “{article}” were asked for."),
    (_KIND.CHANGES_REQUESTED, _OF.ANALYSIS): ("طُلب منك تعديل تحليلك في «{article}».", "Changes to your analysis of “{article}” were asked for."),
    (_KIND.CHANGES_REQUESTED,): ("طُلب منك تعديل طلبك خبيرًا.", "Changes to your application as an expert were asked for."),
    (_KIND.APPEAL_OUTCOME, _OF.COMMENT, "overturn"): ("قُبل تظلّمك ونُشر تعليقك في «{article}».", "Your appeal was granted and your comment on “{article}” is public."),
    (_KIND.APPEAL_OUTCOME,): ("رُفض تظلّمك في «{article}».", "Your appeal about “{article}” was not granted."),
    (_KIND.REPORT_OUTCOME, _OF.REPORT, "dismiss"): ("لم يؤخذ ببلاغك في «{article}».", "Your report about “{article}” was dismissed."),
    (_KIND.REPORT_OUTCOME, _OF.REPORT, "reversal"): ("يُنظر في بلاغك في «{article}» من جديد.", "Your report about “{article}” is looked at again."),
    (_KIND.REPORT_OUTCOME,): ("أُخذ ببلاغك في «{article}».", "Your report about “{article}” was upheld."),
    (_KIND.CREDENTIAL_EXPIRING,): ("ينتهي اعتمادك خبيرًا قريبًا.", "Your credential as an expert ends soon."),
}  # fmt: skip
_SOMEBODY = ("مشارك", "Somebody")
_AN_ARTICLE = ("مقال", "an article")
_ENDED_BY_STATUS = frozenset({NotificationKind.DECISION})


def text_of(told: Told, locale: str) -> str:
    """Word a notification."""
    place = 1 if locale == LOCALES[1] else 0
    end = told.status_to if told.kind in _ENDED_BY_STATUS else told.verdict
    whole = (told.kind, told.subject_type, f"edit {end}" if told.is_edit else end or "")
    words = next(_TEXTS[whole[:length]] for length in (3, 2, 1) if whole[:length] in _TEXTS)[place]
    return words.format(actor=told.actor_name or _SOMEBODY[place], article=told.article_title or _AN_ARTICLE[place])
