"""An issuer of tokens for tests: its keys are read over a real HTTP client with a transport of its own."""

from time import time

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

URL = "http://issuer.test"
AUDIENCE = "hirelog"


class Issuer:
    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", auto_kid=True)

    def token(self, subject: str, scope: str = "", **claims: object) -> str:
        """A claim that is None is left out."""
        now = int(time())
        payload = {
            "iss": URL,
            "aud": AUDIENCE,
            "sub": subject,
            "scope": scope,
            "iat": now,
            "nbf": now,
            "exp": now + 600,
        }
        header = {"alg": "ES256", "kid": self.key.kid}
        said = {name: value for name, value in {**payload, **claims}.items() if value is not None}
        return jwt.encode(header, said, self.key, algorithms=["ES256"])

    def client(self) -> httpx.AsyncClient:
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})

        return httpx.AsyncClient(transport=httpx.MockTransport(answer))
