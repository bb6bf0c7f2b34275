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
    "credential_missing": (
        "انتهى اعتماد هذا الخبير، فلا تُنشر كلماته بصفته خبيرًا قبل تجديده.",
        "The credential of this expert has run out; words are published as an expert's only once it is renewed.",
    ),
    "editorial": (
        "يقرأ محرر كل تحليل قبل نشره.",
        "An editor reads every analysis before it is published.",
    ),
    "too_short": (
        "النص قصير جدًا فلا يتضح معناه من دون قراءة مشرف.",
        "The text is too short to stand without a moderator having read it.",
    ),
    "repeat": (
        "نُشر نص مطابق له حديثًا.",
        "The same text was sent a short while ago.",
    ),
    "screening_failed": (
        "تعذّر الفحص الآلي لهذا النص، فسيقرؤه مشرف قبل نشره.",
        "This text could not be screened, so a moderator reads it before it is published.",
    ),
    "campaign": (
        "أرسلت حسابات أخرى نصوصًا تكاد تطابقه.",
        "Other accounts sent texts that are nearly the same.",
    ),
    "rule": (
        "في النص عبارة طلب المشرفون أن تُقرأ قبل نشرها أو ألا تُنشر.",
        "The text has words that the moderators asked to be read first or not to be published.",
    ),
    "misleading_link": (
        "في النص رابط يسمّي موقعًا ويفتح غيره.",
        "The text has a link that names one site and opens another.",
    ),
    "many_links": (
        "في النص روابط كثيرة.",
        "The text has many links.",
    ),
    "new_author": (
        "تُقرأ التعليقات الأولى لكل كاتب جديد قبل نشرها.",
        "The first comments of a new author are read before they are published.",
    ),
    "recent_rejections": (
        "رُفضت لك تعليقات عدة في الأيام الأخيرة، فيُقرأ ما تكتبه قبل نشره.",
        "Several of your comments were rejected of late, so what you write is read before it is published.",
    ),
    "outside_check": (
        "يُفحص النص في خدمة خارجية، وينتظر جوابها.",
        "The text is being checked by an outside service and waits for its answer.",
    ),
    "outside_finding": (
        "طلبت خدمة فحص خارجية أن يقرأ مشرف هذا النص.",
        "An outside service asked for a moderator to read this text.",
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
