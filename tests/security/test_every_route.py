"""Every route of every service, taken from its own OpenAPI document: closed unless it is on the list of public ones."""

import base64
import json
from collections.abc import Iterator, Set
from time import time
from uuid import uuid4

import httpx
import pytest

from shared.kit.testing.issuer import AUDIENCE, URL, Issuer
from shared.kit.wiring import Wired

PUBLIC = {("GET", "/v1/public/postings"), ("POST", "/v1/public/postings/{posting_id}/apply")}

# Whoever is let in is answered without end.
ENDLESS = {("GET", "/v1/live")}


def routes(service: Wired) -> Iterator[tuple[str, str]]:
    for path, methods in service.app.openapi()["paths"].items():
        for method in methods:
            yield method.upper(), path


def concrete(path: str) -> str:
    while "{" in path:
        path = path[: path.index("{")] + str(uuid4()) + path[path.index("}") + 1 :]
    return path


def unsigned() -> str:
    payload = {"iss": URL, "aud": AUDIENCE, "sub": "admin", "exp": int(time()) + 60}
    parts = ({"alg": "none"}, payload)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


async def answers(
    service: Wired, token: str | None, but: Set[tuple[str, str]] = frozenset()
) -> dict[tuple[str, str], int]:
    """The status of each route that is not public, called with this token and an empty body."""
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test", headers=headers) as client:
        found = {}
        for method, path in routes(service):
            if (method, path) not in PUBLIC | but:
                body: dict[str, str] | None = {} if method == "POST" else None
                found[method, path] = (await client.request(method, concrete(path), json=body)).status_code
    return found


async def test_nobody_gets_in_without_a_valid_token(service: Wired, issuer: Issuer) -> None:
    wrong = [
        None, "", "nonsense", unsigned(), issuer.token("admin", aud="somebody-else"),
        issuer.token("admin", iss="http://another.test"), issuer.token("admin", exp=int(time()) - 3600),
        issuer.token("admin", nbf=int(time()) + 3600), Issuer().token("admin"),
    ]  # fmt: skip
    for token in wrong:
        found = await answers(service, token)
        assert found
        assert {route: status for route, status in found.items() if status != 401} == {}


async def test_a_stranger_with_a_valid_token_is_no_member(service: Wired, issuer: Issuer) -> None:
    found = await answers(service, issuer.token("stranger", "admin members:write backdate"))
    assert {route: status for route, status in found.items() if status != 403} == {}


async def test_the_first_admin_is_never_shown_a_fault(service: Wired, issuer: Issuer) -> None:
    found = await answers(service, issuer.token("admin"), but=ENDLESS)
    assert {route: status for route, status in found.items() if status >= 500} == {}


async def test_every_operation_has_a_name_and_a_summary(service: Wired) -> None:
    operations = [operation for methods in service.app.openapi()["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(name.replace("_", "").isalnum() and name == name.lower() for name in names)
    assert all(operation.get("summary") for operation in operations)


@pytest.mark.parametrize("text", ["'; DROP TABLE events; --", "\x00", "\u202e", "a" * 3000, "-1", "{{7*7}}", "null"])
async def test_odd_parameters_are_never_a_fault(service: Wired, issuer: Issuer, text: str) -> None:
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {issuer.token('admin')}"}
    document = service.app.openapi()["paths"]
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test", headers=headers) as client:
        for path, methods in document.items():
            for parameter in methods.get("get", {}).get("parameters", []):
                if parameter["in"] == "query":
                    answer = await client.get(concrete(path), params={parameter["name"]: text})
                    assert answer.status_code < 500, (path, parameter["name"], answer.text)
