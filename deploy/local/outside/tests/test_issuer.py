"""Tokens minted from the key file hold against the keys the issuer publishes."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError
from joserfc.jwk import KeySet

from deploy.local.outside import issuer
from deploy.local.outside.tests.conftest import Outside


async def published_keys(outside: Outside) -> tuple[dict[str, Any], KeySet]:
    configuration = (await outside.http.get("/issuer/.well-known/openid-configuration")).json()
    return configuration, KeySet.import_key_set((await outside.http.get(configuration["jwks_uri"])).json())


async def test_a_minted_token_verifies_with_the_published_key(outside: Outside) -> None:
    configuration, keys = await published_keys(outside)
    token = jwt.decode(issuer.mint(outside.state, configuration["issuer"], "ada", "backdate admin"), keys, ["ES256"])

    assert configuration["issuer"] == f"{outside.url}/issuer"
    assert token.header["kid"] == next(iter(keys)).thumbprint()
    claims = token.claims
    assert (claims["iss"], claims["aud"], claims["sub"]) == (f"{outside.url}/issuer", "hirelog", "ada")
    assert claims["scope"] == "backdate admin"
    assert claims["exp"] - claims["iat"] == 86400
    assert claims["nbf"] == claims["iat"]
    assert claims["jti"]


async def test_a_negative_lifetime_gives_an_expired_token(outside: Outside) -> None:
    _, keys = await published_keys(outside)
    token = jwt.decode(issuer.mint(outside.state, "i", "ada", lifetime_s=-60), keys, ["ES256"])
    with pytest.raises(ExpiredTokenError):
        jwt.JWTClaimsRegistry().validate(token.claims)


async def test_a_token_of_another_state_directory_does_not_verify(outside: Outside, tmp_path: Path) -> None:
    _, keys = await published_keys(outside)
    forged = issuer.mint(tmp_path, "i", "ada")
    with pytest.raises(BadSignatureError):
        jwt.decode(forged, next(iter(keys)), ["ES256"])


async def test_the_private_half_is_never_published(outside: Outside) -> None:
    published = (await outside.http.get("/issuer/jwks.json")).json()
    assert all("d" not in key for key in published["keys"])
    assert "d" in json.loads((outside.state / "issuer.json").read_text())


def test_whoever_comes_first_makes_the_key_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        keys = list(threads.map(issuer.key, [tmp_path] * 16))
    assert len({key.thumbprint() for key in keys}) == 1
    assert stat.S_IMODE((tmp_path / "issuer.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["issuer.json"]
