"""Word every refusal in Arabic and English: one line a code."""

from typing import NamedTuple


class Problem(NamedTuple):
    """Give a code its status and, in each language, a title and what to do about it."""

    status: int
    title_ar: str
    title_en: str
    detail_ar: str
    detail_en: str


PROBLEMS: dict[str, Problem] = {
    "bad_request": Problem(400, "طلب غير مفهوم", "Bad request", "تعذّر فهم الطلب؛ راجع صياغته وأعد إرساله.", "The request could not be understood; check its form and send it again."),
    "unauthenticated": Problem(401, "يلزم تسجيل الدخول", "Not signed in", "أرسل رمز وصول صالحًا في ترويسة Authorization.", "Send a valid access token in the Authorization header."),
    "token_expired": Problem(401, "انتهت صلاحية رمز الوصول", "Access token expired", "جدّد رمز الوصول برمز التجديد ثم أعد الطلب.", "Refresh the access token and send the request again."),
    "forbidden": Problem(403, "غير مسموح", "Not allowed", "حسابك لا يملك صلاحية هذا الإجراء.", "Your account may not do this."),
    "own_content": Problem(403, "نصّك أنت", "Your own content", "لا يبتّ المشرف في نصّ كتبه بنفسه؛ اتركه لزميل.", "Nobody decides about their own words; leave this one to a colleague."),
    "not_independent": Problem(403, "لا بدّ من مشرف آخر", "Another moderator is needed", "سبق أن بتتَّ في هذا الأمر؛ يجب أن ينظر فيه غيرك.", "You decided this before; somebody else has to look at it."),
    "sanctioned": Problem(403, "حسابك مقيَّد", "Your account is restricted", "لا يمكنك الكتابة ما دام التقييد ساريًا.", "You cannot write while the restriction is in force."),
    "not_found": Problem(404, "غير موجود", "Not found", "لا شيء في هذا العنوان.", "There is nothing at this address."),
    "method_not_allowed": Problem(405, "طريقة غير مدعومة", "Method not allowed", "هذا العنوان لا يقبل هذه الطريقة؛ انظر ترويسة Allow.", "This address does not take this method; see the Allow header."),
    "not_acceptable": Problem(406, "صيغة غير متاحة", "Not acceptable", "اطلب application/json.", "Ask for application/json."),
    "already_expert": Problem(409, "أنت خبير معتمد", "Already an expert", "غيّر بيانات اعتمادك بدل تقديم طلب جديد: PATCH /v1/experts/{id}/credential.", "Change your credential instead of applying anew: PATCH /v1/experts/{id}/credential."),
    "application_pending": Problem(409, "طلبك قيد النظر", "Application pending", "لديك طلب لم يُبتّ فيه؛ انتظر القرار أو اسحبه ثم أرسل غيره.", "You have an application that was not decided; wait for the decision, or withdraw it and send another."),
    "already_appealed": Problem(409, "سبق التظلّم", "Already appealed", "لكل قرار تظلّم واحد.", "A decision can be appealed once."),
    "already_claimed": Problem(409, "محجوزة لمشرف آخر", "Claimed by another", "يعمل مشرف آخر على هذه الحالة؛ انتظر انتهاء حجزه.", "Another moderator is working on this case; wait until the claim ends."),
    "appeal_window_closed": Problem(409, "انقضت مهلة التظلّم", "Appeal window closed", "مضت المهلة التي يمكن فيها التظلّم من هذا القرار.", "The time in which this decision could be appealed is over."),
    "case_already_decided": Problem(409, "بُتَّ في الحالة", "Case already decided", "سبقك مشرف آخر إلى القرار؛ حدّث القائمة.", "Somebody else decided this case first; reload the queue."),
    "claim_lost": Problem(409, "الحجز غير سارٍ", "Claim not in force", "انتهى حجزك لهذه الحالة، أو هي محجوزة لغيرك، أو لم ترسل claim_token؛ احجزها من جديد وأرسل رمزها.", "Your claim on this case lapsed, or it is another's, or claim_token is missing; claim it again and send the token."),
    "discussion_closed": Problem(409, "النقاش مغلق", "Discussion closed", "لم يعد هذا النقاش يقبل تعليقات جديدة.", "This discussion takes no new comments."),
    "duplicate_comment": Problem(409, "تعليق مكرّر", "Duplicate comment", "سبق أن نشرت هذا النص في هذا النقاش.", "You have already sent this text to this discussion."),
    "email_taken": Problem(409, "البريد مستعمل", "Address taken", "هناك حساب بهذا البريد؛ سجّل الدخول أو استعد كلمة المرور.", "There is an account with this address; sign in or reset the password."),
    "idempotency_in_progress": Problem(409, "الطلب قيد التنفيذ", "Still in progress", "ما زال الطلب الأول بهذا المفتاح يُنفَّذ؛ أعد المحاولة بعد لحظات بالمفتاح نفسه.", "The first request with this key is still running; try again shortly with the same key."),
    "illegal_transition": Problem(409, "انتقال غير ممكن", "Not possible in this state", "لا يصحّ هذا الإجراء في الحالة الراهنة؛ حدّث الصفحة.", "This cannot be done in the present state; reload and look again."),
    "last_admin": Problem(409, "المدير الأخير", "Last administrator", "لا بدّ أن يبقى مدير واحد على الأقل.", "At least one administrator has to remain."),
    "parent_not_public": Problem(409, "لا يُردّ عليه بعد", "Not public yet", "لا يمكن الرد إلا على ما نُشر.", "Only what is public can be replied to."),
    "slug_taken": Problem(409, "الاسم المختصر مستعمل", "Slug taken", "هناك مقال بهذا الاسم المختصر؛ اختر غيره.", "Another article has this slug; choose a different one."),
    "stale": Problem(412, "تغيّر النص", "Changed meanwhile", "تغيّر المطلوب منذ قرأته؛ اقرأه من جديد ثم أعد المحاولة.", "It changed since you read it; read it again and retry."),
    "body_too_large": Problem(413, "الطلب كبير جدًا", "Request too large", "حجم الطلب يتجاوز الحد المسموح؛ قصّره.", "The request is larger than allowed; shorten it."),
    "unsupported_media_type": Problem(415, "نوع غير مدعوم", "Unsupported media type", "أرسل المحتوى بصيغة JSON وترميز UTF-8 (application/json).", "Send JSON in UTF-8 (application/json)."),
    "validation_failed": Problem(422, "بيانات غير صالحة", "Invalid request", "صحّح الحقول المذكورة في errors ثم أعد الإرسال.", "Correct the fields listed in errors and send it again."),
    "cursor_invalid": Problem(422, "مؤشّر غير صالح", "Invalid cursor", "استعمل قيمة next كما وردت في الصفحة السابقة.", "Use next exactly as the previous page gave it."),
    "credential_required": Problem(422, "يلزم اعتماد سارٍ", "Credential required", "كُتب هذا النص بصفة خبير، ولا اعتماد ساريًا لكاتبه؛ يُنشر بعد تجديد الاعتماد، أو بعد أن يعدّله كاتبه.", "This was written as an expert whose credential is not in force; it can be published once it is renewed, or once the author edits it."),
    "disclosure_required": Problem(422, "يلزم الإفصاح عن المصالح", "Disclosure required", "لا تُنشر كلمات الخبير قبل أن يفصح عن مصالحه في هذا المقال: PUT /v1/articles/{article}/disclosure.", "An expert's words are published only after a declaration of interests for this article: PUT /v1/articles/{article}/disclosure."),
    "idempotency_key_invalid": Problem(422, "مفتاح غير صالح", "Invalid idempotency key", "استعمل من 1 إلى 255 محرفًا مطبوعًا من ASCII.", "Use 1 to 255 printable ASCII characters."),
    "idempotency_key_reused": Problem(422, "مفتاح مستعمل", "Idempotency key reused", "استُعمل هذا المفتاح لطلب آخر؛ اختر مفتاحًا جديدًا.", "This key was used for another request; choose a new one."),
    "precondition_required": Problem(428, "يلزم If-Match", "If-Match required", "أرسل If-Match بقيمة ETag التي قرأتها.", "Send If-Match with the ETag that you read."),
    "rate_limited": Problem(429, "طلبات كثيرة", "Too many requests", "انتظر المدة المذكورة في Retry-After ثم أعد المحاولة.", "Wait for the time in Retry-After and try again."),
    "headers_too_large": Problem(431, "ترويسات كبيرة", "Headers too large", "قصّر ترويسات الطلب.", "Shorten the headers of the request."),
    "internal_error": Problem(500, "خطأ في الخدمة", "Internal error", "حدث خطأ غير متوقع وسُجِّل برقم الطلب؛ أعد المحاولة لاحقًا.", "Something unexpected went wrong and was recorded under the request id; try again later."),
    "overloaded": Problem(503, "الخدمة مشغولة", "Overloaded", "الطلبات كثيرة الآن؛ أعد المحاولة بعد ثوانٍ.", "There are too many requests right now; try again in a few seconds."),
    "unavailable": Problem(503, "الخدمة غير متاحة", "Unavailable", "قاعدة البيانات غير متاحة الآن؛ أعد الطلب بعد ثوانٍ بمفتاح Idempotency-Key نفسه.", "The database cannot be reached right now; send the request again in a few seconds with the same Idempotency-Key."),
    "storage_full": Problem(507, "امتلأ التخزين", "Storage full", "لا مكان للكتابة في قاعدة البيانات؛ أبلغ القائمين على الخدمة.", "The database has no room to write; tell those who run the service."),
}  # fmt: skip

FIELD_TEXTS: dict[str, tuple[str, str]] = {
    "required": ("هذا الحقل مطلوب.", "This field is required."),
    "unknown_field": ("حقل غير معروف؛ احذفه.", "This field is not known; leave it out."),
    "too_long": ("النص أطول من المسموح.", "This is longer than allowed."),
    "too_short": ("النص أقصر من المطلوب.", "This is shorter than needed."),
    "too_many": ("عدد العناصر أكبر من المسموح.", "There are more entries than allowed."),
    "too_few": ("عدد العناصر أقل من المطلوب.", "There are fewer entries than needed."),
    "wrong_type": ("نوع القيمة غير صحيح.", "The value is of the wrong type."),
    "not_allowed": ("القيمة ليست من القيم المسموحة.", "The value is not one of those allowed."),
    "out_of_range": ("القيمة خارج المدى المسموح.", "The value is outside the allowed range."),
    "malformed": ("الصيغة غير صحيحة.", "The form is not right."),
    "json_malformed": ("ليس هذا JSON صالحًا بترميز UTF-8.", "This is not valid JSON in UTF-8."),
    "nul": ("يحتوي النص على المحرف NUL.", "The text contains NUL."),
    "control_character": ("يحتوي النص على محارف تحكّم.", "The text contains control characters."),
    "lone_surrogate": ("يحتوي النص على نصف محرف (surrogate).", "The text contains half a character (a lone surrogate)."),
    "blank": ("النص فارغ في ظاهره.", "The text looks empty."),
    "not_http_url": ("يلزم عنوان http أو https كامل.", "A full http or https address is needed."),
    "private_address": (
        "لا تصل الإشعارات إلى عناوين داخلية.",
        "Webhooks do not reach private addresses.",
    ),
    "imitation": (
        "هذا الاسم يشبه اسم خبير أو مشرف أو اسم المؤسسة؛ اختر غيره.",
        "This is like the name of an expert, a moderator or the institute; choose another.",
    ),
    "orcid_invalid": ("ليس هذا معرّف ORCID صحيحًا.", "This is not a valid ORCID iD."),
    "repeated": ("تكرّر عنصر من عناصر القائمة.", "An entry of the list is there twice."),
    "not_email": ("ليس هذا عنوان بريد صالحًا.", "This is not a valid e-mail address."),
    "password_common": ("كلمة مرور شائعة أو سهلة التخمين.", "This password is common or easy to guess."),
    "password_personal": ("كلمة المرور مأخوذة من اسمك أو بريدك.", "This password is made of your own name or address."),
    "password_repetitive": ("كلمة المرور تكرار لنمط قصير.", "This password repeats a short pattern."),
    "slug_malformed": ("الاسم المختصر حروف وأرقام وشرطات فقط.", "A slug has letters, digits and hyphens only."),
    "slug_reserved": ("هذا الاسم المختصر محجوز.", "This slug is reserved."),
    "phrase_or_pattern": ("اذكر عبارة أو نمطًا، أحدهما فقط.", "Name a phrase or a pattern, one of them."),
    "pattern_too_wide": (
        "يلزم أن تكون في أول كلمة من النمط ثلاثة أحرف متتالية.",
        "The first word of a pattern needs three letters in a row.",
    ),
    "ids_or_up_to": ("اذكر ids أو up_to، أحدهما فقط.", "Name ids or up_to, one of them."),
    "reason_required": ("هذا القرار يحتاج إلى سبب.", "This verdict needs a reason."),
    "token_invalid": ("الرمز غير صالح أو منتهٍ أو مستعمل.", "The token is invalid, over or used."),
    "contradiction": ("إمّا مصالح مذكورة وإمّا none.", "Name interests or say none, not both and not neither."),
    "password_wrong": ("كلمة المرور الحالية غير صحيحة.", "The current password is not right."),
}  # fmt: skip
