"""Explain why words wait, to their author and to moderators: one line a code, Arabic and English."""

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


def explain(code: str, language: str) -> str:
    """Give the explanation of a hold code in `ar` or `en`."""
    arabic, english = EXPLANATIONS[code]
    return arabic if language == "ar" else english
