"""Prove how passwords are hashed and which new ones are refused."""

import time
from dataclasses import replace

import pytest

from auth.password_rules import PasswordRefusal, password_refusal
from auth.passwords import PasswordHashing

QUICK = PasswordHashing(memory_kib=8, passes=1)
GOOD = "جمل يقرأ الصحف في المقهى"
EMAIL, NAME = "layla.haddad@newsroom.example", "Layla Haddad"


class TestHashing:
    def test_right_password_matches_and_a_wrong_one_does_not(self) -> None:
        stored = QUICK.hash(GOOD)
        assert QUICK.verify(GOOD, stored)
        assert not QUICK.verify(GOOD + ".", stored)

    def test_same_password_is_stored_differently_each_time(self) -> None:
        assert QUICK.hash(GOOD) != QUICK.hash(GOOD)

    def test_composed_and_decomposed_spelling_are_one_password(self) -> None:
        one = "\u0622مال كبيرة في كل بيت"
        other = "\u0627\u0653مال كبيرة في كل بيت"
        assert QUICK.verify(one, QUICK.hash(other))

    def test_password_past_the_longest_never_matches(self) -> None:
        assert not QUICK.verify("x" * 1025, QUICK.hash("x" * 1025))

    def test_lone_surrogate_is_merely_wrong(self) -> None:
        assert not QUICK.verify("\ud800", QUICK.hash(GOOD))

    @pytest.mark.parametrize("password", ["", GOOD])
    def test_nothing_matches_where_there_is_no_account(self, password: str) -> None:
        assert not QUICK.verify(password, None)

    def test_unknown_account_costs_as_much_as_a_known_one(self) -> None:
        hasher = replace(QUICK, memory_kib=8192)
        stored = hasher.hash(GOOD)
        hasher.verify("once", None)

        def seconds(stored: str | None) -> float:
            start = time.process_time()
            for _ in range(5):
                hasher.verify("wrong", stored)
            return time.process_time() - start

        assert seconds(None) > seconds(stored) / 3

    def test_default_cost_is_the_recommended_one(self) -> None:
        assert "$argon2id$v=19$m=19456,t=2,p=1$" in PasswordHashing().hash(GOOD)


REFUSED = [
    ("a" * 14, PasswordRefusal.TOO_SHORT, "14 code points"),
    ("😀é" * 7, PasswordRefusal.TOO_SHORT, "14 code points of more bytes"),
    (GOOD * 43, PasswordRefusal.TOO_LONG, "more than 1024 code points"),
    ("a" * 15, PasswordRefusal.REPETITIVE, "one letter"),
    ("!!!!@@@@####$$$$", PasswordRefusal.REPETITIVE, "four signs"),
    ("xyz12xyz12xyz12xyz", PasswordRefusal.REPETITIVE, "a short pattern, cut off in the middle"),
    ("a\u200db\u200dc\u200d" * 6, PasswordRefusal.REPETITIVE, "invisible characters between"),
    ("bird" + "\u0301" * 20, PasswordRefusal.REPETITIVE, "a pile of marks on a short word"),
    ("layla.haddad@newsroom.example", PasswordRefusal.PERSONAL, "the address"),
    ("LAYLA haddad 1990", PasswordRefusal.PERSONAL, "the name and a year"),
    ("l.a.y.l.a-h.a.d.d.a.d", PasswordRefusal.PERSONAL, "the name between dots"),
    ("l4yl4h4dd4d!!!!!!", PasswordRefusal.PERSONAL, "the name with digits for letters"),
    ("layla1layla2layla3", PasswordRefusal.PERSONAL, "the name again and again"),
    ("daddah-alyal-123", PasswordRefusal.PERSONAL, "the name backwards"),
    ("newsroom newsroom 1", PasswordRefusal.PERSONAL, "the domain"),
    ("passwordpassword", PasswordRefusal.COMMON, "the first guess, twice"),
    ("P@ssw0rd12345678", PasswordRefusal.COMMON, "the first guess in disguise"),
    ("qwertyuiopasdfgh", PasswordRefusal.COMMON, "rows of keys"),
    ("ضصثقفغعهخحجدشسيب", PasswordRefusal.COMMON, "rows of Arabic keys"),
    ("١٢٣٤٥٦٧٨٩٠١٢٣٤٥", PasswordRefusal.COMMON, "digits in order, in Arabic"),
    ("محمد محمد محمد ١٢٣", PasswordRefusal.COMMON, "a common name again and again"),
    ("مُحَمَّدٌ رَسُولُ اللَّهِ", PasswordRefusal.COMMON, "a common phrase with marks"),
    ("بســم الله الرحمــن", PasswordRefusal.COMMON, "a common phrase, stretched"),
    ("7abibi 7abibi 123", PasswordRefusal.COMMON, "Arabic in Latin letters and digits"),
    ("footballbaseball", PasswordRefusal.COMMON, "two words that are guessed early"),
    ("x" * 72, PasswordRefusal.REPETITIVE, "one letter as often as a scorer reads"),
    ("password" * 9, PasswordRefusal.COMMON, "the first guess as often as a scorer reads"),
    ("layla haddad " * 78, PasswordRefusal.PERSONAL, "the name again and again at any length"),
]
TAKEN = [
    (GOOD, "an Arabic sentence"),
    ("الحمد لله على السلامة يا صديقي", "a sentence that begins with a common phrase"),
    ("correct horse battery", "three words"),
    ("a long enough password", "a sentence with the first guess in it"),
    ("layla reads papers at dawn", "a sentence with the name in it"),
    ("839201746352819", "15 random digits"),
    ("4839201746351234", "random digits that end in a run"),
    ("u7Kd-0pQz-m4Xw-1", "letters and digits out of a generator"),
    (GOOD[:15], "15 code points"),
    (("جمل يقرأ الصحف في المقهى " * 41)[:1024], "1024 code points"),
    ("x" * 73, "one letter more often than a scorer reads"),
    ("x" * 1024, "one letter 1024 times"),
    ("password " * 9, "the first guess more often than a scorer reads"),
    ("محمد " * 200, "a common name two hundred times"),
    ("bird" + "\u0301" * 70, "a pile of marks that nobody guesses"),
]


class TestRefusal:
    @pytest.mark.parametrize(
        ("password", "reason"), [pytest.param(*row[:2], id=f"{row[2]} is refused") for row in REFUSED]
    )
    def test_password_that_is_guessed_first_is_refused_with_its_reason(self, password: str, reason: str) -> None:
        assert password_refusal(password, email=EMAIL, display_name=NAME) == reason

    @pytest.mark.parametrize("password", [pytest.param(row[0], id=f"{row[1]} is taken") for row in TAKEN])
    def test_password_of_its_own_is_taken(self, password: str) -> None:
        assert password_refusal(password, email=EMAIL, display_name=NAME) is None

    def test_arabic_name_in_another_spelling_is_still_the_name(self) -> None:
        refused = password_refusal("أسامه الشاذلى ٢٠٢٦", email="o@x.example", display_name="اسامة الشاذلي")
        assert refused is PasswordRefusal.PERSONAL

    def test_name_of_two_letters_refuses_nothing(self) -> None:
        assert password_refusal(GOOD, email="a@b.c", display_name="جم") is None

    def test_signs_that_stand_for_letters_do_not_keep_the_scorer_busy(self) -> None:
        start = time.process_time()
        password_refusal("4@8({[<369!1|0$57+%2z" * 3, email=EMAIL, display_name=NAME)
        assert time.process_time() - start < 0.2
