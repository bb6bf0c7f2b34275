"""Settings and texts that the property tests of this folder share."""

from hypothesis import settings
from hypothesis import strategies as st

# The same examples each time and no database of failures, so that a red run is red again.
PROPERTY = settings(max_examples=200, deadline=None, derandomize=True)

_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءأإآٱؤئىةپچژگکیەھہۆڵڕ٠١٢٣۴۵،؛؟«»"
_MARKS = "\u064b\u064e\u064f\u0650\u0651\u0652\u0670\u06d6\u06e5\u0654\u0301\u0640\ufe0f"
_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u202c\u2066\u2069\ufeff\u00ad\U000e0041"
_FORMS = "\ufefb\ufef7\ufdfa\ufdf2\ufdfd\ufe70\ufe91\uff21\uff11\u0130\u00df\u00a8\u2460"
_SPACES = " \n\t\u00a0\u2028\u3000"

arabic_texts = st.text(st.sampled_from(_ARABIC + _MARKS + _UNSEEN + _FORMS + _SPACES + "aB1-_.'"), max_size=60)
texts = st.one_of(arabic_texts, st.text(max_size=60))
