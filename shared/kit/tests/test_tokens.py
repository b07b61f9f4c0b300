"""Tokens: who signs wrongly, too early, too late, for somebody else or not at all is turned away."""

import base64
import hashlib
import hmac
import json
from time import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.kit.http.tokens import IssuerUnreachable, Tokens
from shared.kit.refusals import Unauthenticated
from shared.kit.settings import Settings
from shared.kit.testing.issuer import AUDIENCE, URL, Issuer


@pytest.fixture
def settings() -> Settings:
    return Settings.model_validate(
        {"database_url": "postgresql://x", "kafka": "x", "issuer": URL, "audience": AUDIENCE, "jwks_url": f"{URL}/jwks"}
    )


@pytest.fixture
def tokens(settings: Settings, issuer: Issuer) -> Tokens:
    return Tokens(settings, issuer.client())


async def test_a_token_of_the_issuer_tells_who_and_what_is_granted(tokens: Tokens, issuer: Issuer) -> None:
    claims = await tokens.verify(issuer.token("u-1", "backdate"))
    assert (claims.subject, claims.scopes) == ("u-1", frozenset({"backdate"}))


async def test_a_token_that_was_checked_is_not_checked_again(
    tokens: Tokens, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = issuer.token("u-1"), issuer.token("u-2")
    known = [await tokens.verify(token) for token in (one, other)]

    def check(token: str, keys: object) -> None:
        raise AssertionError("the signature is checked again")

    monkeypatch.setattr(tokens, "_check", check)
    assert [await tokens.verify(token) for token in (one, other)] == known


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "somebody-else"},
        {"iss": "http://another.test"},
        {"exp": int(time()) - 3600},
        {"nbf": int(time()) + 3600},
        {"exp": None},
        {"sub": None},
        {"aud": None},
        {"iss": None},
    ],
    ids=["audience", "issuer", "expired", "not-yet", "no-end", "no-subject", "no-audience", "no-issuer"],
)
async def test_a_wrong_claim_is_refused(tokens: Tokens, issuer: Issuer, claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        await tokens.verify(issuer.token("u-1", "", **claims))


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def unsigned() -> str:
    payload = {"iss": URL, "aud": AUDIENCE, "sub": "u-1", "exp": int(time()) + 60}
    return f"{part({'alg': 'none'})}.{part(payload)}."


async def test_an_unsigned_token_is_refused(tokens: Tokens) -> None:
    with pytest.raises(Unauthenticated):
        await tokens.verify(unsigned())


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(tokens: Tokens, issuer: Issuer) -> None:
    payload = {"iss": URL, "aud": AUDIENCE, "sub": "u-1", "exp": int(time()) + 60}
    signed = f"{part({'alg': 'HS256', 'kid': issuer.key.kid})}.{part(payload)}"
    mac = hmac.new(issuer.key.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    forged = f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    with pytest.raises(Unauthenticated):
        await tokens.verify(forged)


async def test_a_token_of_another_key_with_our_key_id_is_refused(tokens: Tokens, issuer: Issuer) -> None:
    stranger = ECKey.generate_key("P-256")
    payload = {"iss": URL, "aud": AUDIENCE, "sub": "u-1", "exp": int(time()) + 60}
    forged = jwt.encode({"alg": "ES256", "kid": issuer.key.kid}, payload, stranger, algorithms=["ES256"])
    with pytest.raises(Unauthenticated):
        await tokens.verify(forged)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "a" * 5000, "é.é.é"])
async def test_what_is_no_token_is_refused(tokens: Tokens, text: str) -> None:
    with pytest.raises(Unauthenticated):
        await tokens.verify(text)


async def test_keys_that_rotate_are_asked_for_again(settings: Settings) -> None:
    current = Issuer()

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"keys": [current.key.as_dict(private=False)]})

    tokens = Tokens(settings, httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    await tokens.verify(current.token("u-1"))
    current = Issuer()
    tokens._asked = float("-inf")
    assert (await tokens.verify(current.token("u-1"))).subject == "u-1"


async def test_wrong_tokens_do_not_make_us_ask_the_issuer_again_and_again(settings: Settings, issuer: Issuer) -> None:
    asked = list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"keys": [issuer.key.as_dict(private=False)]})

    tokens = Tokens(settings, httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await tokens.verify(Issuer().token("u-1"))
    assert len(asked) == 1


async def test_an_issuer_that_can_not_be_reached_is_not_the_callers_fault(settings: Settings, issuer: Issuer) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    tokens = Tokens(settings, httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    with pytest.raises(IssuerUnreachable):
        await tokens.verify(issuer.token("u-1"))
