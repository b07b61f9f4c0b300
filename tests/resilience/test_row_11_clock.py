"""Row 11: a clock that is an hour off, or jumps back: what happened keeps its order, no duration is below zero. I3."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

import services.ats.main
import services.reporting.main
from conftest import MakeSettings
from services.ats.tests.hiring import Hiring
from services.reporting.settings import ReportingSettings
from shared.kit.event_rows import COLUMNS, envelope_of
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import Issuer
from shared.kit.testing.relayed import delivery
from shared.kit.wiring import Wired

ROLES = {"recruiter": "recruiter", "manager": "hiring_manager", "finance": "approver", "head": "approver"}
WHO_READ_THE_CLOCK = ("shared.kit.unit.now", "shared.kit.context.now", "shared.kit.timers.now")
QUESTIONS: tuple[dict[str, Any], ...] = (
    {}, {"start": "job_entry"}, {"start": "first_touch"}, {"end": "hired"}, {"inactive": "kept"},
)  # fmt: skip


class Clock:
    """The machine's, as many hours off as it is told."""

    hours = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=self.hours)


class Nowhere:
    """A consumer's progress that is not kept."""

    async def open(self, connection: asyncpg.Connection) -> None:
        pass

    async def close(self, connection: asyncpg.Connection, unit: Any) -> None:
        pass

    async def write(self, connection: asyncpg.Connection) -> None:
        pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for name in WHO_READ_THE_CLOCK:
        monkeypatch.setattr(name, made)
    return made


@pytest.fixture
async def ats(make_settings: MakeSettings, issuer: Issuer) -> AsyncIterator[Wired]:
    wired = services.ats.main.wire(await make_settings("ats"), issuer.client())
    wired.store.open_for_writing()
    yield wired
    await wired.close()


@pytest.fixture
async def reporting(make_settings: MakeSettings, issuer: Issuer) -> AsyncIterator[Wired]:
    settings = ReportingSettings.model_validate((await make_settings("reporting")).model_dump())
    wired = services.reporting.main.wire(settings, issuer.client())
    yield wired
    await wired.close()


@pytest.mark.parametrize("hours", [(-1, -1, -1, -1), (1, 1, 1, 1), (1, -1, 1, 0), (0, 1, 0, -1), (0, 0, 0, -2)])
async def test_what_is_done_while_the_clock_jumps_keeps_its_order_and_no_duration_is_below_zero(
    clock: Clock, ats: Wired, reporting: Wired, issuer: Issuer, hours: tuple[int, int, int, int]
) -> None:
    hiring = await started(ats, issuer)
    clock.hours = hours[0]
    application = await hiring.applicant()
    clock.hours = hours[1]
    offer = await hiring.approved(application)
    clock.hours = hours[2]
    await hiring.do(offer, "extend", {"expires": (clock() + timedelta(days=10)).isoformat()})
    clock.hours = hours[3]
    await hiring.do(offer, "accept")
    clock.hours = 0

    happened = await ats.store.events(f"offer-{offer}")
    assert [envelope.version for envelope, _ in happened] == list(range(1, len(happened) + 1))
    assert [type(event).__name__ for _, event in happened][-2:] == ["OfferExtended", "OfferAccepted"]
    occurred = [envelope.occurred for envelope, _ in happened]
    assert (occurred == sorted(occurred)) is (hours[1] <= hours[2] <= hours[3])
    assert (await hiring.offer(offer))["state"] == "accepted"
    assert (await hiring.application(application))["state"] == "accepted"
    # Who was accepted before they applied, or only will be, was not hired in any time at all.
    possible = hours[0] <= hours[3] <= 0 and max(hours) <= 0
    assert await hires_shown(ats, reporting, issuer) == int(possible)


async def started(ats: Wired, issuer: Issuer) -> Hiring:
    admin, members = Api(ats.app, issuer), {}
    for name, role in ROLES.items():
        body = {"subject": name, "roles": [role], "name": name.title(), "email": f"{name}@example.com"}
        members[name] = (await admin.post("/team-members", body))["id"]
    return await Hiring.start(ats, admin, members)


async def hires_shown(ats: Wired, reporting: Wired, issuer: Issuer) -> int:
    """How many the report counts, however it is asked it shows no duration below zero."""
    async with ats.store.database.connection() as connection:
        rows = await connection.fetch(f"SELECT {COLUMNS} FROM events ORDER BY position")
    log = [delivery(envelope_of(row, "ats"), row["data"], offset=row["position"]) for row in rows]
    facts, _ = reporting.consumers
    await facts.effect.apply(log, Nowhere())
    reports = Api(reporting.app, issuer)
    for question in QUESTIONS:
        answer = await reports.get("/reports/time-to-hire", **question)
        explained = await reports.get("/reports/time-to-hire/explain", **question)
        assert [below for below in durations([answer, explained]) if below < 0] == []
    await reports.get("/reports/funnel")
    await reports.get("/reports/engagement")
    return sum(row["n"] for row in (await reports.get("/reports/time-to-hire"))["rows"])


def durations(answer: Any) -> list[float]:
    """Every duration in an answer, in days."""
    if isinstance(answer, dict):
        own = [answer["days"]] if answer.get("days") is not None else []
        return own + [found for value in answer.values() for found in durations(value)]
    return [found for item in answer for found in durations(item)] if isinstance(answer, list) else []
