"""ORCID identifiers by their check character."""

import pytest

from forum.text.orcid import is_orcid


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0000-0002-1825-0097", True, id="the example of the standard"),
        pytest.param("0000-0002-1694-233X", True, id="a check character of ten"),
        pytest.param("0000-0002-1825-0098", False, id="another last digit"),
        pytest.param("0000-0002-1285-0097", False, id="two digits changed places"),
        pytest.param("0000-0002-1694-233x", False, id="a small letter"),
        pytest.param("0000000218250097", False, id="no hyphens"),
        pytest.param("٠٠٠٠-٠٠٠٢-١٨٢٥-٠٠٩٧", False, id="Arabic digits"),
        pytest.param("0000-0002-1825-0097\n", False, id="a line break behind it"),
    ],
)
def test_identifier_is_known_by_form_and_check_character(text: str, expected: bool) -> None:
    assert is_orcid(text) == expected
