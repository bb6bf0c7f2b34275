"""Hold the words of the demo: all of it is made up, names and places too."""

from dataclasses import dataclass

from models.users import Role

ARTICLE = {
    "title": "الماء بين المدينة والريف: من يدفع ثمن الجفاف؟",
    "summary": "ثلاثة مواسم قليلة المطر أعادت السؤال القديم: كيف يُقسم الماء حين لا يكفي الجميع؟",
    "section": "سياسات المياه",
    "body": (
        "انخفض منسوب السدود للموسم الثالث، وصارت **حصة الفرد** من الماء موضوعًا يوميًا في المدن والقرى معًا.\n\n"
        "## ما الذي تغيّر؟\n\n"
        "- اتسعت المساحات المزروعة بمحاصيل كثيرة العطش.\n"
        "- تقادمت الشبكات فضاع جزء من الماء قبل أن يصل.\n"
        "- بقيت التعرفة على حالها منذ سنوات.\n\n"
        "يرى المزارعون أن الأولوية للغذاء، وترى البلديات أن الأولوية للشرب، وبينهما خطة وطنية لم تُنشر أرقامها بعد.\n\n"
        "> لا يكفي أن نوفّر الماء، بل علينا أن نعرف أين يذهب.\n\n"
        "هذا النص مثال للعرض، كُتب لتجربة النقاش تحته."
    ),
}

ANALYSIS = {
    "title": "تسعير الماء بلا ظلم: ثلاثة شروط",
    "summary": "يحمي السعر المتدرج الاستهلاك الأساسي إذا نُشرت الأرقام وقيس الفاقد ودُعم صغار المزارعين مباشرة.",
    "body": (
        "## السؤال\n\nمن يدفع أكثر حين يقلّ الماء: من يستهلك أكثر، أم من لا صوت له؟\n\n"
        "## ثلاثة شروط\n\n"
        "1. **بيانات منشورة** لكل قطاع، كل ثلاثة أشهر[^1].\n"
        "2. **قياس الفاقد** قبل رفع أي سعر.\n"
        "3. **دعم مباشر** لا يرتبط بكمية الاستهلاك.\n\n"
        "| الشريحة | السعر المقترح |\n| --- | --- |\n"
        "| الأساسية | كما هو |\n| الثانية | ضعفه |\n| الثالثة | أربعة أضعافه |\n\n"
        "[^1]: النشر الدوري أرخص من كل تحقيق لاحق."
    ),
}
BELOW_ANALYSIS = "ما الذي يمنع نشر البيانات اليوم؟ هل هو القانون أم العادة؟"

ACCOUNTS: tuple[tuple[str, str, str, tuple[Role, ...], str, str], ...] = (
    ("admin", "admin@demo.example", "إدارة الموقع", (Role.ADMIN,), "", ""),
    ("editor", "editor@demo.example", "هيئة التحرير", (Role.EDITOR,), "", ""),
    ("moderator", "moderator@demo.example", "إشراف النقاش", (Role.MODERATOR,), "", ""),
    (
        "expert",
        "expert@demo.example",
        "د. ريم الساقي",
        (Role.EXPERT,),
        "باحثة في اقتصاد المياه",
        "مركز الروافد للدراسات (اسم متخيَّل)",
    ),
    (
        "engineer",
        "engineer@demo.example",
        "م. نضال البئر",
        (Role.EXPERT,),
        "مهندس شبكات",
        "جمعية المهندسين (اسم متخيَّل)",
    ),
    ("member", "member@demo.example", "سلمى", (), "", ""),
    ("reader", "reader@demo.example", "عمر", (), "", ""),
)


@dataclass(frozen=True)
class DemoComment:
    """Say what somebody writes and what becomes of it; `answers` names the comment above."""

    name: str
    author: str
    body: str
    kind: str = "remark"
    answers: str | None = None
    verdict: str | None = "approve"
    reason: str | None = None
    note: str | None = None
    edit: str | None = None
    is_withdrawn: bool = False


COMMENTS: tuple[DemoComment, ...] = (
    DemoComment(
        "opening",
        "expert",
        "التسعير التصاعدي يحمي الاستهلاك الأساسي ويجعل الهدر مكلفًا. **الشرط** أن تُنشر بيانات الاستهلاك لكل قطاع.",
    ),
    DemoComment("question", "member", "وماذا عن صغار المزارعين؟ هل من دعم مباشر لهم؟", "question", "opening"),
    DemoComment(
        "answer",
        "expert",
        "نعم: الدعم النقدي أعدل من خفض السعر، لأنه لا يكافئ من يستهلك أكثر.",
        "answer",
        "question",
        edit="نعم: الدعم النقدي أعدل من خفض السعر، لأنه لا يكافئ من يستهلك أكثر. أضيف أن التسجيل يجب أن يكون سهلًا.",
    ),
    DemoComment("objection", "reader", "الأرقام المتداولة قديمة، وكل حساب عليها ظنّ.", "objection", "opening"),
    DemoComment("withdrawn", "reader", "سؤال سأعيد صياغته.", "question", is_withdrawn=True),
    DemoComment("kept", "member", "أتفق، ولا بد من قياس الفاقد في الشبكة أولًا.", answers="objection"),
    DemoComment("waiting", "member", "هل نُشرت خطة الطوارئ لهذا الصيف؟", "question", verdict=None),
    DemoComment("undisclosed", "engineer", "في تجربتنا يضيع نحو ثلث الماء في الأنابيب القديمة.", verdict=None),
    DemoComment(
        "changes",
        "reader",
        "كل المسؤولين يعرفون الحقيقة ويخفونها.",
        verdict="request_changes",
        reason="unsupported",
        note="اذكر مصدرًا أو صُغها رأيًا.",
    ),
    DemoComment("rejected", "reader", "كلام لا يفهمه إلا الجاهلون أمثالكم.", verdict="reject", reason="abuse"),
    DemoComment("spam", "member", "خزانات مياه بنصف السعر، اتصل الآن!", verdict="spam", reason="advertising"),
)
