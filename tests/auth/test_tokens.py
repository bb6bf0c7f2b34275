"""Prove that only an access token of our own making is believed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from auth.tokens import (
    SigningKeys,
    mint_access_token,
    read_access_token,
)
from models.errors import TokenExpired, Unauthenticated

NOW = datetime(2026, 1, 15, 12, 0, 0, 400_000, tzinfo=UTC)
ISSUED = int(NOW.timestamp())
ISSUER = "https://forum.example"
USER = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
SESSION = UUID("01890a5d-ac96-774b-bcce-b302099a8058")
NEW, OLD = "the new secret of 32 bytes or more", "the old secret of 32 bytes or more"
KEYS = SigningKeys.parse(f"k2:{NEW},k1:{OLD}")

HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": "k2"}
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "forum",
    "sub": str(USER),
    "sid": str(SESSION),
    "jti": "a",
    "iat": ISSUED,
    "exp": ISSUED + 600,
    "roles": ["member"],
}


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def signed(header: str, payload: str, secret: str = NEW) -> str:
    """Sign by hand, so that what the library would never write can be offered to it."""
    message = f"{encoded(header.encode())}.{encoded(payload.encode())}"
    return f"{message}.{encoded(hmac.digest(secret.encode(), message.encode(), hashlib.sha256))}"


def forged(*, header: dict[str, Any] | None = None, secret: str = NEW, **claims: Any) -> str:
    return signed(json.dumps(HEADER | (header or {})), json.dumps(CLAIMS | claims), secret)


def minted(keys: SigningKeys = KEYS) -> str:
    return mint_access_token(keys, user_id=USER, session_id=SESSION, roles=("member", "expert"), issuer=ISSUER, now=NOW)


def read(token: str, *, now: datetime = NOW, keys: SigningKeys = KEYS) -> tuple[UUID, UUID]:
    claims = read_access_token(keys, token, issuer=ISSUER, now=now)
    return claims.user_id, claims.session_id


def without(members: dict[str, Any], name: str) -> str:
    return json.dumps({key: value for key, value in members.items() if key != name})


class TestMinting:
    def test_minted_token_has_exactly_the_promised_header_and_claims(self) -> None:
        header, payload, signature = minted().split(".")
        assert json.loads(base64.urlsafe_b64decode(header + "==")) == HEADER
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        assert claims.pop("jti")
        assert claims == {key: CLAIMS[key] for key in CLAIMS if key != "jti"} | {"roles": ["expert", "member"]}
        message = f"{header}.{payload}".encode()
        assert signature == encoded(hmac.digest(NEW.encode(), message, hashlib.sha256))

    def test_two_tokens_of_one_moment_differ(self) -> None:
        assert minted() != minted()

    def test_minted_token_is_read_back(self) -> None:
        assert read(minted()) == (USER, SESSION)

    def test_token_of_the_older_key_is_still_read(self) -> None:
        assert read(minted(SigningKeys.parse(f"k1:{OLD}"))) == (USER, SESSION)

    def test_secret_that_reads_as_a_key_set_is_still_one_secret(self) -> None:
        keys = SigningKeys.parse('k1:{"keys": [{"a": "0123456789abcdef"}]}')
        assert read(minted(keys), keys=keys) == (USER, SESSION)


class TestRemembering:
    def test_signature_is_verified_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        token = minted()
        read(token)
        monkeypatch.setattr("auth.tokens.jws.verify", None)
        assert read(token) == (USER, SESSION)

    def test_token_that_was_good_is_good_neither_later_nor_under_other_keys_nor_elsewhere(self) -> None:
        token = minted()
        assert read(token) == (USER, SESSION)
        with pytest.raises(TokenExpired):
            read(token, now=NOW + timedelta(minutes=10))
        with pytest.raises(Unauthenticated):
            read(token, now=NOW - timedelta(seconds=12))
        with pytest.raises(Unauthenticated):
            read(token, keys=SigningKeys.parse(f"k1:{OLD}"))
        with pytest.raises(Unauthenticated):
            read_access_token(KEYS, token, issuer="https://other.example", now=NOW)


class TestExpiry:
    def test_token_is_good_until_the_last_second(self) -> None:
        assert read(minted(), now=NOW + timedelta(seconds=599)) == (USER, SESSION)

    def test_genuine_old_token_is_expired(self) -> None:
        with pytest.raises(TokenExpired):
            read(minted(), now=NOW + timedelta(minutes=10))

    def test_old_token_with_a_wrong_signature_is_not_called_expired(self) -> None:
        with pytest.raises(Unauthenticated) as refused:
            read(forged(secret=OLD), now=NOW + timedelta(minutes=10))
        assert refused.type is Unauthenticated

    def test_clock_of_the_minting_process_may_run_a_little_ahead(self) -> None:
        assert read(minted(), now=NOW - timedelta(seconds=9)) == (USER, SESSION)


def hostile_tokens() -> Iterator[Any]:
    good = forged()
    head, body, signature = good.split(".")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(signature[-1])
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    texts = {
        "nothing": "",
        "one word": "token",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.{signature}",
        "a padded signature": f"{good}=",
        "a signature written another way": f"{head}.{body}.{signature[:-1]}{alphabet[last + 1]}",
        "a doubled signature": f"{good}{signature}",
        "an empty signature": f"{head}.{body}.",
        "white space around it": f" {good}",
        "a line end after it": f"{good}\n",
        "letters outside ASCII": f"{head}.{body}.{'٣' * 43}",
        "a lone surrogate": f"{head}.{body}.{chr(0xD800) * 43}",
        "more than 4 KB": forged(roles=["member"] * 400),
        "a changed payload": f"{head}.{encoded(json.dumps(CLAIMS | {'jti': 'b'}).encode())}.{signature}",
        "the secret of another key": forged(secret=OLD),
        "an unknown key id": forged(header={"kid": "k3"}),
        "a key id that is a number": forged(header={"kid": 2}),
        "a key id that is a list": forged(header={"kid": ["k2"]}),
        "no algorithm": forged(header={"alg": "none"}),
        "another algorithm": forged(header={"alg": "HS512"}),
        "another type": forged(header={"typ": "JWT"}),
        "a critical extension": forged(header={"crit": ["b64"]}),
        "a key of its own": forged(header={"jwk": {"kty": "oct", "k": "AA"}}),
        "a header without key id": signed(without(HEADER, "kid"), json.dumps(CLAIMS)),
        "a header without type": signed(without(HEADER, "typ"), json.dumps(CLAIMS)),
        "a header that is a list": signed("[]", json.dumps(CLAIMS)),
        "a header that is not JSON": signed("{", json.dumps(CLAIMS)),
        "a header with a member twice": signed(json.dumps(HEADER)[:-1] + ', "kid": "k2"}', json.dumps(CLAIMS)),
        "a header nested too deeply": signed("[" * 2900, "{}"),
        "claims nested too deeply": signed(json.dumps(HEADER), "[" * 2700),
        "claims that are a list": signed(json.dumps(HEADER), "[]"),
        "claims that are not UTF-8": f"{head}.{encoded(bytes([0xFF]))}.{signature}",
        "a claim twice": signed(json.dumps(HEADER), json.dumps(CLAIMS)[:-1] + ', "aud": "forum"}'),
        "a number of too many digits": signed(json.dumps(HEADER), f'{{"exp": {"9" * 2500}}}'),
        "a claim more": forged(nbf=0),
        "another issuer": forged(iss="https://elsewhere.example"),
        "another audience": forged(aud="elsewhere"),
        "a list of audiences": forged(aud=["forum"]),
        "a subject that is no UUID": forged(sub="42"),
        "a subject in another spelling": forged(sub=str(USER).replace("-", "")),
        "a session that is a number": forged(sid=1),
        "an empty token id": forged(jti=""),
        "an issue that is true": forged(iat=True, exp=600),
        "an expiry that is a float": forged(exp=ISSUED + 0.5),
        "an expiry that is not a number": forged(exp=float("nan")),
        "an expiry that is a text": forged(exp=str(ISSUED + 600)),
        "an expiry past every calendar": forged(exp=2**63),
        "an issue in the future": forged(iat=ISSUED + 11, exp=ISSUED + 600),
        "an expiry before its issue": forged(exp=ISSUED - 1),
        "a longer life than ten minutes": forged(exp=ISSUED + 601),
        "roles that are a text": forged(roles="admin"),
    }
    yield from (pytest.param(text, id=condition) for condition, text in texts.items())
    for claim in CLAIMS:
        yield pytest.param(signed(json.dumps(HEADER), without(CLAIMS, claim)), id=f"no {claim}")


class TestHostileTokens:
    def test_hand_made_token_like_ours_is_believed(self) -> None:
        assert read(forged()) == (USER, SESSION)

    @pytest.mark.parametrize("token", list(hostile_tokens()))
    def test_token_with_a_flaw_is_unauthenticated(self, token: str) -> None:
        with pytest.raises(Unauthenticated) as refused:
            read(token)
        assert refused.type is Unauthenticated
        assert refused.value.__cause__ is None


class TestSigningKeys:
    def test_newest_key_comes_first_and_a_secret_may_hold_a_colon(self) -> None:
        keys = SigningKeys.parse(f"k2:a:{NEW},k1:{OLD}")
        assert keys.newest == ("k2", f"a:{NEW}".encode())

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("", id="nothing"),
            pytest.param("k1", id="no secret"),
            pytest.param(f":{NEW}", id="no key id"),
            pytest.param(f"k 1:{NEW}", id="a key id with a space"),
            pytest.param(f"k1:{NEW},", id="a comma at the end"),
            pytest.param(f"k1:{NEW},k1:{OLD}", id="a key id twice"),
            pytest.param(f"k1:{NEW[:31]}", id="31 bytes"),
            pytest.param(f"k1: {NEW}", id="white space before the secret"),
            pytest.param("k1:-----BEGIN PUBLIC KEY-----MFkwEwYHKoZI", id="a public key"),
        ],
    )
    def test_unfit_keys_are_refused_without_showing_them(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"^key ") as refused:
            SigningKeys.parse(text)
        assert NEW[:31] not in str(refused.value)

    def test_secrets_are_not_shown(self) -> None:
        assert NEW not in repr(KEYS)
