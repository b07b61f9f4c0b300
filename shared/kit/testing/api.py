"""A client of a service's app for API tests: signs every request as somebody, and insists on the expected status."""

from collections.abc import Callable
from typing import Any

import httpx
from fastapi import FastAPI

from shared.kit.testing.issuer import Issuer

UNVERSIONED = {"readyz", "healthz", "metrics", "docs", "openapi.json"}


class Api:
    """`api.as_("recruiter").post("/requisitions", {...})`. Answers are JSON; the last response stays in `last`."""

    def __init__(self, app: FastAPI, issuer: Issuer, subject: str = "admin", scope: str = "") -> None:
        self._app, self._issuer = app, issuer
        self._subject, self._scope = subject, scope
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://service.test")
        self.last: httpx.Response

    def as_(self, subject: str, scope: str = "") -> "Api":
        return Api(self._app, self._issuer, subject, scope)

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        # Empty ones would take the query away that a link has.
        return await self.send("GET", path, status, params=params or None)

    async def post(
        self, path: str, body: Any = None, status: int | None = None, headers: dict[str, str] | None = None,
        **params: Any,
    ) -> Any:  # fmt: skip
        return await self.send("POST", path, status, json=body or {}, params=params, headers=headers or {})

    async def attempt(self, path: str, body: Any) -> int:
        """The status that a POST is answered, whichever it is: for requests that race each other."""
        await self._request("POST", path, json=body)
        return self.last.status_code

    async def send(self, method: str, path: str, status: int | None, **request: Any) -> Any:
        url = await self._request(method, path, **request)
        wanted = {status} if status else {200, 201}
        assert self.last.status_code in wanted, f"{method} {url}: {self.last.status_code} {self.last.text}"
        document = self.last.headers.get("content-type", "").endswith(("/json", "+json"))
        return self.last.json() if self.last.content and document else self.last.text

    async def _request(self, method: str, path: str, **request: Any) -> str:
        headers = {**request.pop("headers", {})}
        if self._subject:
            headers["Authorization"] = f"Bearer {self._issuer.token(self._subject, self._scope)}"
        url = path if path.split("/")[1] in UNVERSIONED else f"/v1{path}"
        self.last = await self._client.request(method, url, headers=headers, **request)
        return url


class Remote(Api):
    """The same, of a service that runs. `token` makes one for a subject."""

    def __init__(self, url: str, token: Callable[[str], str], subject: str = "admin") -> None:
        self._url, self._token = url, token
        headers = {"Authorization": f"Bearer {token(subject)}"}
        self._client = httpx.AsyncClient(base_url=url, headers=headers, timeout=30)
        self._subject = ""  # the client has the token

    def as_(self, subject: str, scope: str = "") -> "Remote":
        return Remote(self._url, self._token, subject)
