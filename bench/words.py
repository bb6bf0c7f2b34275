"""Make up Arabic texts, each of two halves out of a store, so that a million of them cost little and few repeat."""

from dataclasses import dataclass
from hashlib import sha256
from random import Random

from forum.text.folding import fold

_WORDS = """
النهر الميناء السوق المدرسة البلدية الحافلة القطار المستشفى الحديقة المكتبة الميزانية الضريبة الأجور الأسعار الإيجار
الكهرباء الوقود القمح الزيتون التمر الصيد الغابة البحيرة السد البئر الهواء الضجيج النفايات الرصيف الجسر الشارع الحي
القرية الساحل الجبل الصحراء الواحة الشتاء الصيف المطر الجفاف الفيضان التقرير الجدول العينة الاستبيان المتوسط النسبة
الفارق الخطأ المصدر الملحق الفقرة القرار اللجنة المجلس المحكمة النقابة الشركة العامل المزارع الطبيب المعلم المهندس
الطالب المتقاعد الباحث الناشر القارئ الجار الأسرة الطفل الشباب يرى تظهر ينقص ترتفع يهبط تتأخر يثبت تكلف يوفر تقارن
يسأل تجيب ينسى تذكر يقيس تراجع يفتح تغلق يبني تنقل يزرع تبيع يشتري تدفع يعمل تسكن يكفي تختلف يوافق تعارض قديم جديدة
واسع ضيقة سريع بطيئة واضح غامضة كاف ناقصة مكلف رخيصة عادل مؤقتة دائم محلية بعيد قريبة صعب ممكنة نادر شائعة ثابت متغيرة
منذ قبل بعد خلال حول بين ضمن دون رغم لأن لكن إذا حيث كلما ربما أيضا فقط غالبا أحيانا هنا هناك ثم لم لن قد بل
"""
_GIVEN_NAMES = """
ليلى سامر هدى ياسين رنا وائل سعاد نبيل أمل طارق مها زياد دينا فارس لبنى عماد جود رشا كنان بتول
"""
_FAMILY_NAMES = """
الحداد النجار الصياد البناء الخياط الكاتب العطار الفلاح النساج الصائغ الملاح الوراق الدباغ الطحان
"""
WORDS, GIVEN_NAMES, FAMILY_NAMES = (words.split() for words in (_WORDS, _GIVEN_NAMES, _FAMILY_NAMES))
HALVES = 4_000


@dataclass(frozen=True)
class Words:
    """Hold a text as it is stored: as sent, rendered, and digested as forum/text/fingerprints.py does."""

    body: str
    body_html: str
    fingerprint: str


class Writer:
    """Write texts of 10 to 50 words."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._halves = [self._half() for _ in range(HALVES)]

    def text(self) -> Words:
        """Write a text."""
        first, second = self._random.choices(self._halves, k=2)
        body = f"{first[0]}، {second[0]}."
        return Words(body, f'<p dir="auto">{body}</p>\n', sha256(f"{first[1]} {second[1]}".encode()).hexdigest())

    def title(self) -> str:
        """Write a title of five words."""
        return " ".join(self._random.choices(WORDS, k=5))

    def name(self) -> str:
        """Write a person's name."""
        return f"{self._random.choice(GIVEN_NAMES)} {self._random.choice(FAMILY_NAMES)}"

    def _half(self) -> tuple[str, str]:
        text = " ".join(self._random.choices(WORDS, k=self._random.randint(5, 25)))
        return text, fold(text)
