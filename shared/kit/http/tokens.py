"""OIDC bearer tokens: who the caller is, proved by the issuer's published keys."""

from dataclasses import dataclass
from time import monotonic, time

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from shared.kit.refusals import ReadOnly, Unauthenticated
from shared.kit.settings import Settings

ALGORITHMS = ["ES256", "RS256"]
LEEWAY_S = 30
REFRESH_AT_MOST_EVERY_S = 10.0
CACHED_TOKENS = 10_000

log = structlog.get_logger()


class IssuerUnreachable(ReadOnly):
    slug, title = "issuer-unreachable", "The issuer of tokens can't be reached"


@dataclass(frozen=True)
class Claims:
    """`scopes` are those the issuer grants beyond the caller's roles, such as `backdate`."""

    subject: str
    scopes: frozenset[str]
    expires: float


class Tokens:
    """Verified tokens are remembered until they expire; an unknown key id asks the issuer again, not too often."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient) -> None:
        self._url = settings.jwks_url
        self._client = client
        self._claims = JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        self._keys: KeySet | None = None
        self._asked = float("-inf")
        self._verified: dict[str, Claims] = {}

    async def verify(self, token: str) -> Claims:
        """Raises Unauthenticated; IssuerUnreachable before the keys were ever read."""
        known = self._verified.get(token)
        if known is not None and known.expires > time():
            return known
        keys = self._keys or await self._refresh()
        try:
            claims = self._check(token, keys)
        except (JoseError, ValueError, TypeError, KeyError) as first:
            if monotonic() - self._asked < REFRESH_AT_MOST_EVERY_S:
                raise _no(first) from None
            try:
                claims = self._check(token, await self._refresh())
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise _no(error) from None
        if len(self._verified) >= CACHED_TOKENS:
            self._verified.clear()
        self._verified[token] = claims
        return claims

    def _check(self, token: str, keys: KeySet) -> Claims:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
        self._claims.validate(decoded.claims)
        scopes = frozenset(str(decoded.claims.get("scope", "")).split())
        return Claims(str(decoded.claims["sub"]), scopes, float(decoded.claims["exp"]))

    async def _refresh(self) -> KeySet:
        self._asked = monotonic()
        try:
            answer = await self._client.get(self._url, timeout=5)
            answer.raise_for_status()
            self._keys = KeySet.import_key_set(answer.json())
        except (httpx.HTTPError, ValueError, JoseError) as error:
            log.warning("the issuer's keys can't be read", fault=type(error).__name__)
            if self._keys is None:
                raise IssuerUnreachable(f"No keys could be read from {self._url}") from None
        return self._keys


def _no(error: Exception) -> Unauthenticated:
    return Unauthenticated(f"The token was not accepted ({type(error).__name__})")
