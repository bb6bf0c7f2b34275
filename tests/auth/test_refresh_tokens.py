"""Prove that refresh tokens name their session, can be given again, and are told from forged ones."""

import base64
from uuid import UUID

import pytest

from auth.refresh_tokens import first_refresh_token, is_genuine, session_named_in, successors
from auth.tokens import SigningKeys
from tests.auth.factories import KEYS, NEW_SECRET, OLD_SECRET

SESSION = UUID("01890a5d-ac96-774b-bcce-b302099a8058")
TOKEN = first_refresh_token(KEYS, SESSION)
OLD_KEYS = SigningKeys.parse(f"k1:{OLD_SECRET}")
NEW_KEYS = SigningKeys.parse(f"k2:{NEW_SECRET}")


class TestRefreshTokens:
    def test_token_names_its_session(self) -> None:
        assert session_named_in(TOKEN) == SESSION
        assert session_named_in(successors(KEYS, TOKEN, SESSION)[0]) == SESSION

    def test_first_tokens_of_one_session_differ(self) -> None:
        assert first_refresh_token(KEYS, SESSION) != TOKEN

    def test_successor_can_be_derived_again(self) -> None:
        assert successors(KEYS, TOKEN, SESSION) == successors(KEYS, TOKEN, SESSION)

    def test_successors_differ_by_token_and_by_key(self) -> None:
        other = first_refresh_token(KEYS, SESSION)
        assert len({*successors(KEYS, TOKEN, SESSION), *successors(KEYS, other, SESSION)}) == 4

    def test_successor_under_the_former_key_stays_within_reach_after_a_change_of_keys(self) -> None:
        before = successors(OLD_KEYS, TOKEN, SESSION)[0]
        assert before in successors(KEYS, TOKEN, SESSION)

    def test_own_tokens_are_genuine_under_every_key(self) -> None:
        assert is_genuine(NEW_KEYS, TOKEN)
        assert is_genuine(KEYS, first_refresh_token(OLD_KEYS, SESSION))
        assert all(is_genuine(KEYS, token) for token in successors(KEYS, TOKEN, SESSION))

    def test_token_of_an_unknown_key_is_not_genuine(self) -> None:
        assert not is_genuine(OLD_KEYS, TOKEN)

    def test_token_made_up_for_a_known_session_is_not_genuine(self) -> None:
        forged = base64.urlsafe_b64encode(SESSION.bytes + bytes(50)).decode()
        assert session_named_in(forged) == SESSION
        assert not is_genuine(KEYS, forged)

    @pytest.mark.parametrize(
        "text",
        ["", "a", TOKEN[:-4], f"{TOKEN}AAAA", f"{TOKEN}=", f" {TOKEN}", "٣" * 88, "\ud800" * 88, "=" * 88],
        ids=[
            "nothing",
            "a letter",
            "cut",
            "prolonged",
            "filled up",
            "after a blank",
            "other digits",
            "lone surrogates",
            "filling",
        ],
    )
    def test_other_text_names_no_session(self, text: str) -> None:
        assert session_named_in(text) is None
        assert not is_genuine(KEYS, text)
