"""List lines that rules must meet and lines that they must leave alone, each kind under its name.

`Z` in angle brackets stands for an invisible character, named in INVISIBLE, since a reader could not see it.
"""

from forum.text.phrases import Phrase

RULES: dict[str, Phrase] = {
    **{
        word: Phrase(word)
        for word in (
            "كلب", "حمار", "حقير", "خائن", "غبي", "تافه", "سافل", "محتال", "قمار", "زير", "سب", "كذاب",
            "ابن الحرام", "اربح المال", "اضغط هنا", "casino", "viagra", "idiot", "ass", "free money",
        )
    },
    "حشر*": Phrase("حشر*", is_pattern=True),
    "مرتزق*": Phrase("مرتزق*", is_pattern=True),
    "بيع * مخدرات": Phrase("بيع * مخدرات", is_pattern=True),
    "طائفي": Phrase("طائفي", is_whole_word=False),
}  # fmt: skip

INVISIBLE = {
    "<ZWSP>": "\u200b",
    "<ZWNJ>": "\u200c",
    "<ZWJ>": "\u200d",
    "<RLM>": "\u200f",
    "<LRM>": "\u200e",
    "<ALM>": "\u061c",
    "<WJ>": "\u2060",
    "<BOM>": "\ufeff",
    "<SHY>": "\u00ad",
    "<RLO>": "\u202e",
    "<PDF>": "\u202c",
    "<RLI>": "\u2067",
    "<PDI>": "\u2069",
    "<VS>": "\ufe0f",
    "<TAG>": "\U000e0061",
}

# By kind, lines of `phrase | line`.
_MET = {
    "as it stands": """
        كلب | يا كلب اخرج من هنا
        حمار | هذا حمار لا يفهم
        حقير | تصرف حقير جدا
        خائن | كل من وقع خائن
        غبي | سؤال غبي
        تافه | كلام تافه، لا أكثر
        سافل | لا يقول هذا إلا سافل.
        محتال | صاحب المشروع محتال!
        قمار | هذه لعبة قمار
        زير | إنه زير نساء
        سب | لا ترد بغير سب
        كذاب | قلتها مرارا: كذاب
        ابن الحرام | ابعدوا ابن الحرام عن الإدارة
        اربح المال | اربح المال من بيتك
        اضغط هنا | للتفاصيل اضغط هنا
        casino | best casino in town
        viagra | cheap viagra
        idiot | what an idiot
        ass | pain in the ass
        free money | get free money today
    """,
    "harakat, shadda and tanween": """
        كلب | يا كَلْب
        كلب | يا كَلْبٌ
        حمار | هذا حِمَار
        حمار | حِمَارٌ كبير
        حقير | حَقِيرٌ
        غبي | غَبِيّ
        خائن | خَائِنٌ لوطنه
        تافه | تَافِهٌ
        سافل | سَافِلٌ
        كذاب | كَذَّابٌ
        محتال | مُحْتَال
        قمار | قِمَار
        سب | سَبّ
        ابن الحرام | اِبْنُ الحَرَام
        كلب | كٰلب
    """,
    "tatweel": """
        كلب | كـلـب
        كلب | كـــلـــب
        حمار | حمـــار
        حقير | حقـير
        غبي | غـبـي
        خائن | خـائـن
        تافه | تـافـه
        سافل | سـافـل
        كذاب | كـذاب
        ابن الحرام | ابـن الحـرام
        اربح المال | اربـــح المـــال
        قمار | قـمـار
    """,
    "alef, hamza, ya and ta marbuta forms": """
        خائن | خاين للأمانة
        خائن | خائــن
        خائن | خاﺋن
        غبي | غبى
        غبي | غبی
        تافه | تافة
        ابن الحرام | إبن الحرام
        ابن الحرام | أبن ألحرام
        اربح المال | إربح المال
        اربح المال | أربح المآل
        اضغط هنا | إضغط هنا
        اضغط هنا | أضغط هنآ
        محتال | محتآل
        حمار | حمأر
        كذاب | كذٱب
        تافه | تآفه
    """,
    "Persian, Urdu and Kurdish letters": """
        كلب | کلب
        كلب | ڪلب
        كلب | ݣلب
        كلب | كڵب
        كلب | کلٮ
        حقير | حقیر
        حقير | حقێر
        حقير | حقيڕ
        غبي | غبې
        غبي | غبے
        تافه | تافہ
        تافه | تافھ
        تافه | تافە
        كذاب | کذاب
        سافل | ساڡل
        قمار | ٯمار
        خائن | خائں
    """,
    "presentation forms": """
        كلب | ﻛﻠﺐ
        كلب | ﻛﻠﺒ
        حمار | ﺣﻤﺎﺭ
        حقير | ﺣﻘﻴﺮ
        غبي | ﻏﺒﻲ
        تافه | ﺗﺎﻓﻪ
        سافل | ﺳﺎﻓﻞ
        خائن | ﺧﺎﺋﻦ
        قمار | ﻗﻤﺎﺭ
        محتال | ﻣﺤﺘﺎﻝ
        casino | ｃａｓｉｎｏ
        casino | 𝐜𝐚𝐬𝐢𝐧𝐨
        idiot | ⓘⓓⓘⓞⓣ
        viagra | 𝓿𝓲𝓪𝓰𝓻𝓪
    """,
    "invisible and direction characters": """
        كلب | ك<ZWSP>ل<ZWSP>ب
        كلب | كل<ZWNJ>ب
        كلب | ك<ZWJ>لب
        كلب | ك<RLM>ل<LRM>ب
        حمار | حم<ALM>ار
        حمار | ح<WJ>مار
        حقير | حق<BOM>ير
        غبي | غ<SHY>بي
        خائن | خا<RLO>ئن<PDF>
        تافه | <RLI>تا<PDI>فه
        سافل | سا<VS>فل
        محتال | محت<TAG>ال
        casino | ca<ZWSP>si<ZWSP>no
        viagra | via<SHY>gra
        ابن الحرام | ابن<ZWSP> <RLM>الح<ZWJ>رام
        كلب | ك&#8203;لب
        كلب | ك&zwnj;لب
        حمار | حم&#x200D;ار
        كلب | &#1603;&#1604;&#1576;
    """,
    "spaces between letters": """
        كلب | يا ك ل ب اخرج
        كلب | ك  ل  ب
        حمار | ح م ا ر
        حقير | أنت ح ق ي ر فعلا
        غبي | غ ب ي
        خائن | خ ا ئ ن
        سافل | س ا ف ل
        casino | c a s i n o
        casino | C A S I N O bonus
        idiot | i d i o t
        ابن الحرام | ا ب ن ا ل ح ر ا م
        ابن الحرام | ابن ا ل ح ر ا م
        كلب | و ك ل ب
        كذاب | ك ذ ا ب ك ذ ا ب
    """,
    "signs between letters": """
        كلب | ك.ل.ب
        كلب | ك-ل-ب
        كلب | ك_ل_ب
        كلب | ك*ل*ب
        كلب | ك. ل. ب.
        كلب | ك/ل/ب
        كلب | ك،ل،ب
        كلب | كل.ب
        كلب | ك.لب
        حمار | ح.م.ا.ر
        حمار | حم.ا.ر
        حمار | ح•م•ا•ر
        حقير | ح~ق~ي~ر
        غبي | غ|ب|ي
        غبي | (غ)(ب)(ي)
        تافه | ت🙂ا🙂ف🙂ه
        سافل | س…ا…ف…ل
        casino | c.a.s.i.n.o
        casino | ca.si.no
        viagra | v-i-a-g-r-a
        idiot | i_d_i_o_t
        ابن الحرام | ابن ا.ل.ح.ر.ا.م
    """,
    "Markdown between letters": """
        كلب | ك**ل**ب
        كلب | **ك**لب
        كلب | كل**ب**
        حمار | حم`ار`
        حمار | حم*ار*
        حقير | حق__ير__
        casino | ca**si**no
        idiot | id*io*t
        سافل | سا\\*فل
    """,
    "repeated letters": """
        كلب | كلللللب
        كلب | ككككلب
        كلب | كلببببب
        حمار | حماااااار
        حمار | حممممار
        حمار | حممار
        حقير | حقيييير
        غبي | غبييييي
        خائن | خائننننن
        تافه | تااااافه
        تافه | تاافه
        سافل | ساااافل
        محتال | محتاااال
        casino | casinoooo
        casino | caaaasino
        idiot | idiiiiot
        ابن الحرام | ابن الحراااام
    """,
    "digits and signs for letters": """
        حمار | 7مار
        حمار | حم١ر
        حمار | حم1ر
        تافه | تاف٥
        خائن | 5ائن
        محتال | م7تال
        كذاب | كذ1ب
        casino | cas1no
        casino | c4s1n0
        casino | c@sino
        casino | ca$ino
        casino | cas!no
        viagra | v1agra
        viagra | vi@gra
        viagra | v1@gr4
        idiot | 1d10t
        idiot | id!ot
        idiot | an !diot wrote this
        ass | a$$
        ass | @ss
        free money | fr33 m0n3y
    """,
    "letters of look-alike scripts": """
        casino | саsino
        casino | cаsinо
        casino | casіno
        casino | cαsino
        viagra | vіagra
        viagra | νiagra
        idiot | іdiot
        idiot | idiоt
        ass | аss
        free money | frее mоney
        casino | cásïnò
        casino | cɑsino
        casino | casiոo
        casino | casinօ
        casino | CᎪᏚino
        casino | Ꮯasino
        viagra | ᏙIAGᏒA
        viagra | ꓦiagꓣa
        casino | ꓚꓮꓢꓲꓠꓳ
        casino | casꓲꓠo
        casino | ⲥasinⲟ
        casino | casіⲛⲟ
        casino | 𐐕a𐐠ino
        casino | саѕіոо
        idiot | iᏧiօt
    """,
    "small capitals and letters in signs": """
        casino | ᴄᴀꜱɪɴᴏ
        viagra | ᴠɪᴀɢʀᴀ
        idiot | ɪᴅɪᴏᴛ
        free money | ꜰʀᴇᴇ ᴍᴏɴᴇʏ
        casino | cᴀꜱino
        casino | 🇨🇦🇸🇮🇳🇴
        casino | best 🇨🇦🇸🇮🇳🇴 in town
        casino | 🇨 🇦 🇸 🇮 🇳 🇴
        casino | 🇨<ZWSP>🇦<ZWSP>🇸<ZWSP>🇮<ZWSP>🇳<ZWSP>🇴
        casino | 🇨🇦sino
        casino | ca🇸🇮no
        ass | 🇦🇸🇸
        casino | 🅒🅐🅢🅘🅝🅞
        casino | 🅲🅰🆂🅸🅽🅾
        casino | 🄲🄰🅂🄸🄽🄾
        casino | 🅲🅰<VS>🇸🇮🅽🅾<VS>
        casino | c🅰sin🅾
        casino | c🅰$ino
        casino | casiո🅾
        كلب | ك🇪🇬لب
        كلب | ك🅰ل🅱ب
        free money | free 🇺🇸 money
        free money | free 🅰 money
        casino | casino🇪🇬
    """,
    "links within and between words": """
        حمار | ح[م](http://a.b)ار
        كلب | [ك](https://a.example/x)لب
        كلب | ك[](http://a.b)لب
        كلب | ك[ل](HTTP://A.B "عنوان")ب
        كلب | ك[ل](http://a.b/x_(y))ب
        كلب | ك[ل]( <http://a.b> )ب
        كلب | ك[ل](mailto:a@b.c)ب
        كلب | [ك](http://a.b)[ل](http://a.b)[ب](http://a.b)
        حمار | ح[**م**](http://a.b)ار
        حمار | ح[م&#8203;](http://a.b)ا&#1585;
        ابن الحرام | [ابن](http://a.b) الحرام
        ابن الحرام | يا [ابن](http://a.b/c) [الحرام](http://c.d)
        casino | [cas](http://a.b)ino
        كلب | [اقرأ](http://a.b/كلب)
        casino | [اقرأ](http://casino.example)
    """,
    "joined prefixes": """
        كلب | والكلب
        كلب | الكلب
        كلب | وكلب
        كلب | فكلب
        كلب | بكلب
        كلب | لكلب
        كلب | ككلب
        كلب | للكلب
        كلب | بالكلب
        كلب | كالكلب
        كلب | وبالكلب
        حمار | فالحمار
        حمار | كالحمار
        حقير | للحقير
        خائن | والخائن
        خائن | كالخائن
        غبي | الغبي
        غبي | وغبي
        تافه | بالتافه
        سافل | للسافل
        قمار | والقمار
        قمار | بالقمار
        محتال | لمحتال
        سب | السب
        سب | بالسب
        ابن الحرام | وابن الحرام
        ابن الحرام | لابن الحرام
        كذاب | الكذاب
        زير | الزير
    """,
    "patterns and parts of words": """
        حشر* | حشرة
        حشر* | هذه الحشرات
        حشر* | يا حشرةةةة
        حشر* | ح.ش.ر.ة
        حشر* | حشــرات
        مرتزق* | مرتزقة
        مرتزق* | والمرتزقة
        مرتزق* | مرتزقین
        بيع * مخدرات | بيع أجود مخدرات
        بيع * مخدرات | وبيع أفخر مُخدّرات
        طائفي | الطائفية
        طائفي | بطائفيتهم
        طائفي | لاطائفي
    """,
    "several at once": """
        كلب | وَالكَـــلْبِ
        كلب | ک<ZWSP>لـــب
        كلب | وال.ك.ل.ب
        حمار | فالح7مـار حمااااار
        حمار | ﺣـﻤـ<RLM>ﺎر
        حقير | حـقـيـيـيـيـر
        خائن | والخـاااائن
        casino | с4ѕіn0
        casino | C.A.S.1.N.O
        viagra | V1<ZWSP>@GRA
        ابن الحرام | إبنُ الــحرااام
        ابن الحرام | ابنالحرام
        اربح المال | اربح_المال
        free money | FREE<ZWSP> Möney
        غبي | غ‌ـبـ‌ـی
    """,
}

# By kind, lines that nothing is found in.
_LEFT_ALONE = {
    "words that hold a listed one": """
        كلبشات الشرطة من حديد
        قرأت كتاب الكلبي في الأنساب
        تكالب الدائنون على الشركة
        يتكالبون على المناصب
        الاستحمار كما كتب شريعتي
        محمارة جدتي معلقة على الجدار
        الأقمار الصناعية تدور حول الأرض
        أقمار المشتري كثيرة
        قمارى تغني فوق السطح
        التحقير من شأن الناس لا يليق
        لا تحقيرا لأحد
        تحتال الشركات على القانون
        الاحتيال الضريبي مشكلة
        خنزير بري في الغابة
        تزوير الأوراق جريمة
        الجزيرة العربية
        غبيط الجمل
        استغباء القارئ لا ينفع
        سافلت الجرافة الطريق
        أسافل الجبال خضراء
        المسافل والأعالي
        تكذابا وبهتانا
        سبب التأخير واضح
        أسباب الأزمة كثيرة
        يوم السبت القادم
        سباق الجري في المدينة
        بسبب المطر تأخرنا
        نسبة الفائدة ارتفعت
        مناسبة وطنية كبيرة
        المحشر يوم القيامة
        حاشر يده في جيبه
        انحشار السيارات في الجسر
        الطائف مدينة جميلة
        طائفة من الناس رأت غير ذلك
        الارتزاق من الصيد
        المسبار الفضائي وصل
        مسبح المدينة مغلق
    """,
    "words that begin as with a particle": """
        وزير الزراعة زار الوادي
        الوزير لم يحضر
        قال وزير سابق إن الخطة قديمة
        وزيرة الصحة تكلمت
        وزارة الري أعلنت الأرقام
        بوزير واحد لا تقوم حكومة
        فلوس الدعم لم تصل
        فقير لا يملك أرضا
        كبير المهندسين حاضر
        كتاب عن الأنهار
        بحيرة قارون تجف
        بترول وغاز
        لبنان وسوريا
        لجنة التحقيق بدأت
        واحد من الخبراء
        كلمة حق
        كلاب الحراسة في المزرعة
        فاسد هذا الطعام
        فارس القرية
        بنات الحي
        لحظة من فضلك
        كامل الاحترام
        وسيط بين الطرفين
    """,
    "neighbours that would make a listed word": """
        كل باب له مفتاح
        كل بيت في القرية
        شكل بديع
        أكل بطيخا باردا
        كل بلد وله عادات
        مشكل بسيط
        حما ركن البيت
        رحم أرملة جاره
        تحقق يرجى الانتظار
        خا ئن
        قم أرنا الطريق
        ابن الحي والحرام بيّن
        ابن عمي يكره الحرام
        اربح وقتا واترك المال
        اضغط الزر من هنا
        هنا اضغط
        المال اربحه بالحلال
        free your money from fees
        money is not free
        via gravel roads
        as safe as houses
        cas in order
    """,
    "letters that stand alone": """
        أ. ب. ج. خيارات الاستبيان
        الأحرف ك ل م ن في الأبجدية
        ك. ل. مبارك كتب المقال
        (أ) الأرض (ب) الماء (ج) الهواء
        المعادلة س ص ع
        فيتامين أ و ب و ج
        من أ إلى ي
        مجموعة س و ص
        A B C D E
        x y z axes
        J. R. R. Tolkien
        U.S.A. and U.K.
        e.g. this and i.e. that
        P.S. see you
        س: لماذا؟ ج: لا أعرف
        م. أحمد و د. سلمى
        ق.م. تعني قبل الميلاد
        ص.ب. 1234
        أ.د. ليلى حداد
    """,
    "numbers and signs": """
        كوفيد19 غيّر العالم
        بين 2010 و2020
        ٣ كلاب و٥ قطط
        المادة 7 من القانون
        عام1990 كان جافا
        10كلم من المدينة
        نمو 3.5% في السنة
        G20 و F16
        الجيل 5G وصل
        3 مرات في اليوم
        الساعة 10:30
        12/05/2024
        رقم الهاتف 555-0199
        البريد info@example.org للتواصل
        https://example.org/a-b-c?x=1
        www.example.org/ar/news
        $100 و €50
        100$ فقط
        C++ و C#
        node.js و main.py
        1 2 3 4 5
        *ملاحظة*: **مهم** جدا
        `print(1)`
        snake_case_name
        AT&T و R&D
        الفصل الأول &amp; الثاني
        50/50
        2+2=4
        !!! ؟؟؟
        …
        @salma شكرا
        #مياه_الأنهار
    """,
    "lengthened or doubled words that mean no harm": """
        جميييييل جدا
        شكرااااا
        لاااااا
        ههههههههه
        اللللله
        مررنا من هنا
        ممر المشاة
        تردد المسؤول
        عدد السكان
        حلل الأرقام
        ضرر كبير
        سدد الديون
        مدد العقد
        soooo good
        hmmmm
        www
        class and glass
        assess the assets
        passage and bass
        grasses in summer
        idiom of the day
        occasion to casinghead gas
    """,
    "other languages": """
        این کتاب خوب است
        می‌خواهم بدانم چرا
        گلبرگ و گلاب
        یہ اچھی بات ہے
        ئەم کتێبە باشە
        Das ist ein gutes Buch
        C'est la vie
        Это хорошая книга
        хахаха смешно
        Αυτό είναι καλό
        Bu bir kitap
        今日は
        한국어 댓글
        שלום לכולם
        भारत एक देश है
        Γεια σου κόσμε
        Σας ευχαριστώ για το άρθρο
        Բարի լույս, սա լավ գիրք է
        Հայաստան և հայոց սար, ոսոս, հուսո
        ᎣᏏᏲ ᏣᎳᎩ ᎠᏂᏴᏫᏯᎢ
        ᎪᏚᏚ
        ꓡꓲꓢꓴ ꓥꓪꓼ ꓠꓬ
        ϣⲉⲛⲟⲩϥⲓ ⲛ̀ⲣⲉⲙⲛ̀ⲭⲏⲙⲓ
        𐐔𐐯𐑅𐐨𐑉𐐯𐐻
        [ˈɪdɪəm] is how it is said
    """,
    "flags": """
        🇪🇬 🇸🇦 🇦🇪
        🇦🇸 🇸🇦 2-1
        🇪🇬🇸🇦🇦🇪🇯🇴 كلنا معكم
        مصر🇪🇬 والسعودية🇸🇦
        Egypt🇪🇬 and Samoa🇦🇸
        🇺🇸🇦🇺 2-1
        🇦🇸 S
        فصيلة الدم 🅰️ أو 🅱️
    """,
    "links": """
        كل [باب](http://a.b) له مفتاح
        [كل](http://a.b) باب
        [كل](http://a.b), ب
        ح[م](هامش)ار
        ح[م](#fn1)ار
        [المصدر](http://a.b/c) و[الرد](https://c.d/e_(f))
    """,
    "plain talk": """
        السلام عليكم ورحمة الله وبركاته
        قرأت المقال وأعجبني الجدول الأخير
        هل من مصدر لهذه الأرقام؟
        لا أوافق الكاتب في النقطة الثانية
        الماء حق للجميع
        أرجو تصحيح السنة في الفقرة الثالثة
        المقال ممتاز لكن العنوان مبالغ فيه
        من أين جاءت نسبة الثلث؟
        الحكومة أعلنت الخطة في آذار
        شكرا للخبراء على الشرح
        رأيي أن التكلفة أعلى من ذلك
        هذه تجربة من قريتنا
        لماذا لا تذكرون مصب النهر؟
        الأرقام صحيحة والاستنتاج خاطئ
        سؤال: متى ينتهي المشروع؟
        أقترح قراءة تقرير البنك الدولي
        المناخ تغير والسياسات كما هي
        الزراعة تستهلك ثلثي المياه
        نحتاج إلى نقاش هادئ
        تحية لكل من كتب هنا
    """,
}


def _lines(block: str) -> list[str]:
    lines = [line.strip() for line in block.strip().splitlines()]
    for name, character in INVISIBLE.items():
        lines = [line.replace(name, character) for line in lines]
    return lines


MET: list[tuple[str, str, str]] = [
    (kind, *map(str.strip, line.split("|", 1)))  # type: ignore[misc]
    for kind, block in _MET.items()
    for line in _lines(block)
]
LEFT_ALONE: list[tuple[str, str]] = [(kind, line) for kind, block in _LEFT_ALONE.items() for line in _lines(block)]
