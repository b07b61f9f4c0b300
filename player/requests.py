"""One step as an HTTP request, and what its answer means: done, again later, or never."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from player.steps import Look, Ref, Step

BACKDATE = "backdate"
TIMEOUT_S = 20
# Conflicts that pass: somebody else was faster, the same request is still running, an event has not arrived yet.
PASSING_CONFLICTS = frozenset({"conflict", "in-flight", "job-not-open"})
Token = Callable[[str, str], str]


class PlayError(Exception):
    """A step that can't be played; the sentence says which, and what the service answered."""


@dataclass(frozen=True)
class Again(Exception):
    """Not yet: the step may be sent once more, unchanged."""

    why: str


class Requests:
    """Sends steps. `urls` by service; `token(subject, scope)` mints."""

    def __init__(self, urls: Mapping[str, str], token: Token, run: str, client: httpx.AsyncClient) -> None:
        self._urls, self._token, self._run, self._client = urls, token, run, client
        self._tokens: dict[str, str] = {}

    async def send(self, step: Step, ids: Mapping[str, str]) -> str:
        """The id that the step answered. Raises Again or PlayError."""
        try:
            response = await self._client.send(self.request(step, ids))
        except httpx.TransportError as error:
            raise Again(f"{step.call.service} can't be reached ({type(error).__name__})") from error
        if response.is_success:
            return _found(step, response.json(), ids) if isinstance(step, Look) else str(response.json()["id"])
        problem = _problem(response)
        said = f"{response.status_code} {problem['title']}: {problem['detail']}"
        if _passes(step, response.status_code, problem["slug"]):
            raise Again(said)
        raise PlayError(f"{step.key} ({step.what}) was refused with {said}; next step: {problem['next_step']}")

    def request(self, step: Step, ids: Mapping[str, str]) -> httpx.Request:
        path = step.call.path.format(ids[step.of.key]) if step.of else step.call.path
        url = self._urls[step.call.service] + path
        headers = {"Authorization": f"Bearer {self._bearer(step.by)}"}
        said = filled(step.sent, ids)
        if isinstance(step, Look):
            return self._client.build_request("GET", url, params=said, headers=headers)
        headers["Idempotency-Key"] = f"{self._run}:{step.key}"
        when = {"occurred_at": step.at.isoformat()} if step.at else {}
        return self._client.build_request("POST", url, params=when, json=said, headers=headers)

    def _bearer(self, subject: str) -> str:
        if subject not in self._tokens:
            self._tokens[subject] = self._token(subject, BACKDATE)
        return self._tokens[subject]


def filled(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with every Ref replaced by its id."""
    if isinstance(value, Ref):
        return ids[value.key]
    if isinstance(value, Mapping):
        return {name: filled(item, ids) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, ids) for item in value]
    return value


def _found(step: Look, answer: dict[str, Any], ids: Mapping[str, str]) -> str:
    wanted = filled(step.where, ids)
    items = answer.get("items", [answer])
    fitting = [item for item in items if all(item.get(name) == value for name, value in wanted.items())]
    fitting.sort(key=lambda item: str(item["id"]))
    if len(fitting) <= step.nth or fitting[step.nth].get(step.call.field) is None:
        raise Again("it is not there yet")
    return str(fitting[step.nth][step.call.field])


def _passes(step: Step, status: int, slug: str) -> bool:
    if status == httpx.codes.CONFLICT:
        return slug in PASSING_CONFLICTS
    # Roles and rights spread as events: somebody just added is unknown in the next service for a moment.
    unknown = status == httpx.codes.FORBIDDEN and slug in ("forbidden", "unknown-member")
    missing = status == httpx.codes.NOT_FOUND and isinstance(step, Look)
    return unknown or missing or status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.BAD_GATEWAY


def _problem(response: httpx.Response) -> dict[str, str]:
    try:
        body = response.json()
    except ValueError:
        body = {}
    return {
        "slug": str(body.get("type", "")).rpartition(":")[2],
        "title": str(body.get("title", "no problem+json came")),
        "detail": str(body.get("detail", response.text[:200])) + _fields(body),
        "next_step": str(body.get("next_step", "read the service's log")),
    }


def _fields(body: dict[str, Any]) -> str:
    listed = [f"{field['field']}: {field['problem']}" for field in body.get("fields", [])]
    return f" ({'; '.join(listed)})" if listed else ""
