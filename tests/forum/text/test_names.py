"""Names that are taken for each other."""

import pytest

from forum.text.names import are_alike, names_disguised, names_plainly


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("سلمى الخطيب", "سلمي الخطيب", True, id="a last letter that is spelt both ways"),
        pytest.param("سلمى الخطيب", "سَلمى  الخطـيب", True, id="marks, spaces and tatweel"),
        pytest.param("سلمى الخطيب", "د. سلمى الخطيب", True, id="a form of address before it"),
        pytest.param("سلمى الخطيب", "أ.د. سلمى الخطيب", True, id="two of them"),
        pytest.param("سلمى الخطيب", "سلمى-الخطيب", True, id="another sign between its words"),
        pytest.param("هدى حسن", "٥دى 7سن", True, id="digits that look like letters"),
        pytest.param("Salma Hassan", "SaIma Hassan", True, id="a capital I for an l"),
        pytest.param("Salma Hassan", "Sаlmа Hаssаn", True, id="Cyrillic letters"),
        pytest.param("Salma Hassan", "Sa1ma Ha$$an", True, id="digits and signs"),
        pytest.param("Salma Hassan", "Sal\ua4dfa H\u13aassa\u0578", True, id="letters of other scripts"),
        pytest.param("Salma Hassan", "ꜱᴀʟᴍᴀ 🅷🅰🆂🆂🅰🅽", True, id="small capitals and letters in signs"),
        pytest.param("Armin", "Arrnin", True, id="r and n for m"),
        pytest.param("Salma Hassan", "prof salma hassan", True, id="case and title"),
        pytest.param("سلمى الخطيب", "سلوى الخطيب", False, id="another first name"),
        pytest.param("سلمى الخطيب", "سلمى", False, id="a first name alone"),
        pytest.param("فادي", "وادي", False, id="a first letter that could be a particle"),
        pytest.param("🌊", "🌱", False, id="names without a letter"),
        pytest.param("د", "م", False, id="forms of address alone"),
    ],
)
def test_names_are_alike_through_their_disguises(one: str, other: str, expected: bool) -> None:
    assert are_alike(one, other) == are_alike(other, one) == expected


@pytest.mark.parametrize(
    ("text", "disguised", "plainly"),
    [
        pytest.param("معهد المياه", True, True, id="the name"),
        pytest.param("إدارة معهد المياة", True, True, id="the name within, in another spelling"),
        pytest.param("معهد المي1ه", True, False, id="a digit for a letter"),
        pytest.param("مـ ع ـهد المياه", True, False, id="a name drawn apart"),
        pytest.param("معهد الهواء", False, False, id="another institute"),
    ],
)
def test_institute_is_found_within_a_text(text: str, disguised: bool, plainly: bool) -> None:
    assert names_disguised(text, "معهد المياه") == disguised
    assert names_plainly(text, "معهد المياه") == plainly
