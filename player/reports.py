"""The reports that the public API gives, beside what the ledger says that they must be."""

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import httpx

from player.expected.happened import Happened
from player.expected.hiring import funnel, time_to_hire
from player.expected.outreach import engagement
from player.ledger import Entry

HIRING = (None, "job", "department", "source", "recruiter", "month")
QUESTIONS = {"time-to-hire": HIRING, "funnel": HIRING, "engagement": (None, "campaign", "channel")}
SHARES = {
    "time-to-hire": (),
    "funnel": ("pass_through", "completed"),
    "engagement": ("opened", "clicked", "replied", "engaged", "handed_over", "applied", "hired"),
}
PLAIN = {"time-to-hire": ("n",), "funnel": ("reached", "waiting"), "engagement": ("sent", "reached")}
TIMEOUT_S = 60
POLL_S = 0.3
Rows = dict[tuple[Any, ...], dict[str, Any]]


class Reports:
    """Asks reporting at `url` with a token of somebody who may read reports."""

    def __init__(self, client: httpx.AsyncClient, url: str, token: str) -> None:
        self._client, self._url = client, url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def answer(self, name: str, by: str | None = None, as_of: datetime | None = None) -> dict[str, Any]:
        """Raises httpx.HTTPError."""
        asked = {"by": by, "as_of": as_of.isoformat() if as_of else None}
        said = {key: value for key, value in asked.items() if value is not None}
        response = await self._client.get(f"{self._url}/v1/reports/{name}", params=said, headers=self._headers)
        response.raise_for_status()
        found: dict[str, Any] = response.json()
        return found

    async def differences(
        self, ledger: Iterable[Entry], as_of: datetime, questions: Iterable[tuple[str, str | None]]
    ) -> list[str]:
        """One line for each row that is not what the ledger says; empty when all agree to the last digit."""
        happened = Happened(ledger, as_of)
        found = []
        for name, by in questions:
            told, expected = rows(name, await self.answer(name, by, as_of)), expected_rows(name, by, happened)
            for row in sorted(told.keys() | expected.keys(), key=str):
                if told.get(row) != expected.get(row):
                    where = ", ".join(map(str, filter(None, row)))
                    found.append(f"{name} [{where}]: reported {told.get(row)}, by the ledger {expected.get(row)}")
        return found

    async def agreeing(
        self, ledger: Iterable[Entry], as_of: datetime, questions: Iterable[tuple[str, str | None]],
        patience_s: float = TIMEOUT_S,
    ) -> list[str]:  # fmt: skip
        """Waits until the reports have caught up with the ledger; returns the differences that are left at the end."""
        ledger, questions = list(ledger), list(questions)
        deadline = time.monotonic() + patience_s
        while True:
            try:
                left = await self.differences(ledger, as_of, questions)
            except httpx.HTTPError as error:
                left = [f"Reporting gave no answer ({error})"]
            if not left or time.monotonic() > deadline:
                return left
            await asyncio.sleep(POLL_S)


def every_question() -> list[tuple[str, str | None]]:
    return [(name, by) for name, dimensions in QUESTIONS.items() for by in dimensions]


def expected_rows(name: str, by: str | None, happened: Happened) -> Rows:
    """Empty groups are not listed by a dimension, but the whole always is."""
    match name:
        case "time-to-hire":
            return {group: dict(row) for group, row in time_to_hire(happened, by).items()}
        case "funnel":
            return {(*group, milestone): dict(row) for (group, milestone), row in funnel(happened, by).items()}
    return {group: dict(row) for group, row in engagement(happened, by).items()}


def rows(name: str, answer: dict[str, Any]) -> Rows:
    """An answer of the API in the shape of the expected rows."""
    found: Rows = {}
    for row in answer["rows"]:
        group = next(iter(row["group"].items()), (None, None))
        key = (*group, row["milestone"]) if name == "funnel" else group
        found[key] = {field: row[field] for field in PLAIN[name]}
        found[key] |= {field: (row[field]["count"], row[field]["of"]) for field in SHARES[name]}
        if name == "time-to-hire":
            found[key] |= {field: row[field]["microseconds"] for field in ("median", "p90")}
    return found
