"""Explain why words wait, to their author and to moderators: one line a code, Arabic and English."""

from models.cases import Reason

EXPLANATIONS: dict[str, tuple[str, str]] = {
    "pre_moderation": (
        "تُقرأ التعليقات في هذا النقاش قبل نشرها.",
        "Comments in this discussion are read before they are published.",
    ),
    "disclosure_missing": (
        "لا تُنشر كلمات الخبير قبل أن يفصح عن مصالحه في هذا المقال.",
        "An expert's words are published only after a declaration of interests for this article.",
    ),
    "too_short": (
        "النص قصير جدًا فلا يتضح معناه من دون قراءة مشرف.",
        "The text is too short to stand without a moderator having read it.",
    ),
    "repeat": (
        "نُشر نص مطابق له حديثًا.",
        "The same text was sent a short while ago.",
    ),
    "review": (
        "طلب مشرف إعادة النظر في هذا التعليق.",
        "A moderator asked for another look at this comment.",
    ),
}

# A moderator who puts a comment up for another look may say why in the words of a decision.
REASONS: dict[Reason, tuple[str, str]] = {
    Reason.ABUSE: ("إساءة.", "Abuse."),
    Reason.HATE: ("خطاب كراهية.", "Hate speech."),
    Reason.HARASSMENT: ("تحرّش أو تنمّر.", "Harassment."),
    Reason.ILLEGAL: ("محتوى غير قانوني.", "Illegal content."),
    Reason.MISINFORMATION: ("معلومات مضلّلة.", "Misinformation."),
    Reason.OFF_TOPIC: ("خارج الموضوع.", "Off topic."),
    Reason.ADVERTISING: ("إعلان.", "Advertising."),
    Reason.DUPLICATE: ("تكرار.", "Duplicate."),
    Reason.UNSUPPORTED: ("ادعاء بلا سند.", "Unsupported claim."),
    Reason.UNDISCLOSED_INTEREST: ("مصلحة غير مفصح عنها.", "Undisclosed interest."),
    Reason.SPAM: ("رسالة مزعجة.", "Spam."),
    Reason.OTHER: ("سبب آخر.", "Another reason."),
}
TEXTS = EXPLANATIONS | {reason.value: texts for reason, texts in REASONS.items()}


def explain(code: str, language: str) -> str:
    """Give the explanation of a hold code in `ar` or `en`."""
    arabic, english = TEXTS[code]
    return arabic if language == "ar" else english
