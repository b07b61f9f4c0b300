"""A small token issuer: one ES256 key, its public half over HTTP, tokens minted from the key file."""

import json
import os
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from joserfc import jwt
from joserfc.jwk import ECKey

AUDIENCE = "hirelog"


def mint(state_dir: Path, issuer: str, subject: str, scope: str = "", lifetime_s: int = 86400) -> str:
    """A signed token for `subject`; `scope` is space-separated; a lifetime below zero gives an expired token."""
    signing_key = key(state_dir)
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": subject,
        "scope": scope,
        "iat": now,
        "nbf": now,
        "exp": now + lifetime_s,
        "jti": uuid.uuid4().hex,
    }
    return jwt.encode({"alg": "ES256", "typ": "JWT", "kid": signing_key.kid}, claims, signing_key, algorithms=["ES256"])


def key(state_dir: Path) -> ECKey:
    """The private key of `<state_dir>/issuer.json`, made by whoever comes first."""
    path = state_dir / "issuer.json"
    if not path.exists():
        _create(path)
    return ECKey.import_key(json.loads(path.read_text()))


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True)
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=".issuer-")
    try:
        with os.fdopen(fd, "w") as file:
            json.dump(fresh | {"use": "sig", "alg": "ES256"}, file)
        # A link, unlike a rename, loses against a key that somebody else made in the meantime.
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)


def routes(state_dir: Path, issuer: str) -> APIRouter:
    router = APIRouter(prefix="/issuer")
    public = key(state_dir).as_dict(private=False)

    @router.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        return {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/jwks.json",
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    @router.get("/jwks.json")
    async def jwks() -> dict[str, Any]:
        return {"keys": [public]}

    return router
