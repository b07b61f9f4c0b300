"""A schedule freezes its report once each time, for its recipients, whoever dies meanwhile."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.reporting.commands import snapshots
from services.reporting.commands.turns import Turns
from services.reporting.domain.schedule import SCHEDULE
from services.reporting.metrics.fact import Fact
from services.reporting.projections import history
from services.reporting.tests.conftest import FOUNDED, Tell, member
from services.reporting.tests.making import make
from services.reporting.tests.tables import asked
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberDeactivated
from shared.events.reporting.schedule import SnapshotScheduled
from shared.events.reporting.snapshot import SnapshotSealed
from shared.kit import failpoints
from shared.kit.context import Context, now
from shared.kit.testing.api import Api
from shared.kit.timers import fire_due
from shared.kit.wiring import Wired

pytestmark = pytest.mark.usefixtures("caught_up")

E4 = next(row for row in asked() if row.title.startswith("E4 ")).facts
READER = uuid4()
BODY: dict[str, Any] = {
    "title": "Funnel by month", "report": "funnel", "question": {"by": ["month"]}, "period": "previous",
    "rhythm": "month", "day": 1, "at": "08:00", "zone": "Europe/Berlin", "recipients": [str(READER)],
}  # fmt: skip
AGO = timedelta(hours=1)
RIPEN = "UPDATE timers SET due = clock_timestamp() - interval '1 second'"


def reads(of: UUID) -> Fact:
    """Somebody of whom reporting was told that they are a member."""
    return Fact(uuid4(), make(TeamMemberAdded, member_id=of, roles=("lead",), subject=str(of)), 1, FOUNDED, FOUNDED)


@pytest.fixture(autouse=True)
async def reader(tell: Tell) -> None:
    await tell([reads(READER)])


async def missed(reporting: Wired, days: int = 1, **terms: Any) -> tuple[UUID, datetime]:
    """A daily schedule for which nothing ran for so many days, and when it was due last."""
    due = (now() - AGO).replace(second=0, microsecond=0)
    of = uuid4()
    of_funnel = {"title": "Funnel of yesterday", "report": "funnel", "question": '{"by": ["month"]}'}
    facts = SnapshotScheduled(
        schedule_id=of, period="previous", rhythm="day", at=f"{due:%H:%M}", zone="UTC", recipients=(READER,),
        after=due - timedelta(days=days, hours=-1), **{**of_funnel, **terms},
    )  # fmt: skip
    async with reporting.store.unit(Context("test")) as unit:
        await unit.start(SCHEDULE, of, [facts])
    return of, due


async def rows(reporting: Wired, query: str) -> list[asyncpg.Record]:
    async with reporting.store.database.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(query)
    return found


async def timers(reporting: Wired) -> list[datetime]:
    return [row["due"] for row in await rows(reporting, "SELECT due FROM timers")]


async def happened(reporting: Wired, of: UUID) -> list[str]:
    return [type(event).__name__ for _, event in await reporting.store.events(f"schedule-{of}")]


async def frozen(lead: Api) -> list[str]:
    return [item["id"] for item in (await lead.get("/snapshots"))["items"]]


async def test_a_run_freezes_what_had_happened_when_it_was_due(reporting: Wired, lead: Api, tell: Tell) -> None:
    await tell(E4)
    _, due = await missed(reporting)
    assert await fire_due(reporting.store) == 1

    [snapshot] = await frozen(lead)
    sealed = await lead.get(f"/snapshots/{snapshot}")
    assert (datetime.fromisoformat(sealed["as_of"]), sealed["title"]) == (due, "Funnel of yesterday")
    assert datetime.fromisoformat(sealed["known_at"]) > due + AGO
    yesterday = f"{due - timedelta(days=1):%Y-%m-%d}"
    parameters = sealed["definition"]["parameters"]
    assert (parameters["by"], parameters["period"], parameters["zone"]) == (["month"], yesterday, "UTC")
    assert (await lead.get(f"/snapshots/{snapshot}/verify"))["verdict"] == "same"
    [(_, event)] = await reporting.store.events(f"snapshot-{snapshot}")
    assert isinstance(event, SnapshotSealed)
    assert event.recipients == (READER,)

    [shown] = (await lead.get("/schedules"))["items"]
    assert (shown["snapshot_id"], shown["why"], shown["state"]) == (snapshot, None, "running")
    assert datetime.fromisoformat(shown["last"]) == due
    assert datetime.fromisoformat(shown["next"]) == due + timedelta(days=1)
    assert await timers(reporting) == [due + timedelta(days=1)]


async def test_what_was_missed_for_a_week_runs_once_as_of_the_last_time(reporting: Wired, lead: Api) -> None:
    of, due = await missed(reporting, days=7)
    assert await timers(reporting) == [due - timedelta(days=6)]
    assert await fire_due(reporting.store) == 1
    assert await fire_due(reporting.store) == 0
    [snapshot] = await frozen(lead)
    assert datetime.fromisoformat((await lead.get(f"/snapshots/{snapshot}"))["as_of"]) == due
    assert await happened(reporting, of) == ["SnapshotScheduled", "ScheduleRan"]
    assert await timers(reporting) == [due + timedelta(days=1)]


async def test_two_that_look_at_the_same_time_freeze_one_report(reporting: Wired, lead: Api) -> None:
    of, _ = await missed(reporting)
    await asyncio.gather(*(fire_due(reporting.store) for _ in range(3)))
    assert len(await frozen(lead)) == 1
    assert await happened(reporting, of) == ["SnapshotScheduled", "ScheduleRan"]
    assert [row[0] for row in await rows(reporting, "SELECT count(*) FROM sealed_facts")] == [1]


@pytest.mark.parametrize(("point", "there"), [("unit.writing", 0), ("unit.committed", 1)])
async def test_a_run_that_dies_before_or_after_its_commit_freezes_one_report_in_the_end(
    reporting: Wired, lead: Api, monkeypatch: pytest.MonkeyPatch, point: str, there: int
) -> None:
    def die(name: str) -> None:
        if name == point:
            raise asyncio.CancelledError

    of, due = await missed(reporting)
    with monkeypatch.context() as dying:
        dying.setattr(failpoints, "reach", die)
        with pytest.raises(asyncio.CancelledError):
            await fire_due(reporting.store)
    assert len(await frozen(lead)) == there
    assert len(await happened(reporting, of)) == 1 + there
    assert await fire_due(reporting.store) == 1 - there
    assert len(await frozen(lead)) == 1
    assert await happened(reporting, of) == ["SnapshotScheduled", "ScheduleRan"]
    assert await timers(reporting) == [due + timedelta(days=1)]


async def test_a_run_that_is_refused_says_why_and_the_next_one_comes(
    reporting: Wired, lead: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_BYTES", 1)
    of, due = await missed(reporting)
    assert await fire_due(reporting.store) == 1
    assert await frozen(lead) == []
    [shown] = (await lead.get("/schedules"))["items"]
    assert (shown["state"], shown["snapshot_id"]) == ("running", None)
    assert shown["why"].startswith("The answer is too long to be frozen: ask for")
    assert (await lead.get(f"/schedules/{of}"))["last"]["why"] == shown["why"]
    assert await timers(reporting) == [due + timedelta(days=1)]


async def test_a_run_that_would_take_too_long_says_why_and_the_next_one_comes(
    reporting: Wired, lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "FOLDS", Turns(limit_s=0))
    of, due = await missed(reporting)
    assert await fire_due(reporting.store) == 1
    assert "broken off" in (await lead.get(f"/schedules/{of}"))["last"]["why"]
    await tell(E4)
    await reporting.store.database.execute("ANALYZE facts")
    monkeypatch.setattr(history, "MOST", 0)
    monkeypatch.setattr(snapshots, "FOLDS", Turns(limit_s=60))
    # What is kept is of the newest version.
    other, then = await missed(reporting, report="offer-acceptance", question='{"version": 1}')
    assert await fire_due(reporting.store) == 1
    assert "have to be folded" in (await lead.get(f"/schedules/{other}"))["last"]["why"]
    assert sorted(await timers(reporting)) == [due + timedelta(days=1), then + timedelta(days=1)]


async def test_a_run_that_is_not_its_turn_comes_again(
    reporting: Wired, lead: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await missed(reporting)
    with monkeypatch.context() as busy:
        busy.setattr(snapshots, "FOLDS", Turns(60, waiting=0))
        await fire_due(reporting.store)
    assert await frozen(lead) == []
    [postponed] = await timers(reporting)
    assert postponed > now()
    await reporting.store.database.execute(RIPEN)
    await fire_due(reporting.store)
    assert len(await frozen(lead)) == 1


async def test_a_run_waits_for_the_facts_to_catch_up_with_the_log(reporting: Wired, lead: Api) -> None:
    consumer = reporting.consumers[0]
    consumer.runs = True
    await missed(reporting)
    await fire_due(reporting.store)
    assert await frozen(lead) == []
    [postponed] = await timers(reporting)
    assert postponed > now()
    consumer.caught_up.set()
    await reporting.store.database.execute(RIPEN)
    await fire_due(reporting.store)
    assert len(await frozen(lead)) == 1


async def test_a_timer_that_goes_off_before_the_due_time_is_not_lost(reporting: Wired, lead: Api) -> None:
    await lead.post("/schedules", BODY)
    await reporting.store.database.execute(RIPEN)
    assert await fire_due(reporting.store) == 1
    assert await frozen(lead) == []
    assert len(await timers(reporting)) == 1


async def test_a_schedule_is_made_read_changed_and_ended(reporting: Wired, lead: Api) -> None:
    made = await lead.post("/schedules", BODY, status=201)
    shown = await lead.get(f"/schedules/{made['id']}")
    assert {name: shown[name] for name in BODY} == BODY
    assert (shown["definition"], shown["weekday"], shown["state"], shown["last"]) == (None, None, "running", None)
    assert await timers(reporting) == [datetime.fromisoformat(shown["next"])]

    again = await lead.post(f"/schedules/{made['id']}/change", BODY)
    assert again["version"] == made["version"] == 1
    weekly = {**BODY, "rhythm": "week", "weekday": "mon", "day": None, "definition": 1}
    await lead.post(f"/schedules/{made['id']}/change", weekly)
    shown = await lead.get(f"/schedules/{made['id']}")
    assert {name: shown[name] for name in weekly} == weekly
    assert await timers(reporting) == [datetime.fromisoformat(shown["next"])]
    assert timedelta() < datetime.fromisoformat(shown["next"]) - now() <= timedelta(days=7, hours=1)

    await lead.post(f"/schedules/{made['id']}/end", {"why": "not_needed"})
    shown = await lead.get(f"/schedules/{made['id']}")
    assert (shown["state"], shown["ended"], shown["next"]) == ("ended", "not_needed", None)
    assert await timers(reporting) == []
    refused = await lead.post(f"/schedules/{made['id']}/change", BODY, status=409)
    assert refused["type"] == "urn:hirelog:problem:schedule-ended"


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"report": "happiness"}, "name one of time-to-hire"),
        ({"report": "adverse-impact", "question": {}}, "adverse-impact is not frozen"),
        ({"question": {"by": ["colour"]}}, "question.by.0"),
        ({"question": {"colour": "red"}}, "allowed are"),
        ({"question": {"as_of": "2026-03-31", "period": "2026"}}, "as_of, period can't be asked"),
        ({"definition": 9}, "ask for one of 1"),
        ({"zone": "Mars/Olympus"}, "give an IANA name"),
        ({"rhythm": "year"}, "'day', 'week' or 'month'"),
        ({"rhythm": "week", "day": None}, "give a weekday with rhythm week"),
        ({"rhythm": "week", "weekday": "mon"}, "neither with day"),
        ({"rhythm": "week", "weekday": "monday", "day": None}, "'mon', 'tue'"),
        ({"day": None}, "a day (1 to 31) with month"),
        ({"day": 32}, "less than or equal to 31"),
        ({"at": "25:00"}, "at"),
        ({"period": "next"}, "'none', 'previous' or 'current'"),
        ({"recipients": []}, "at least 1 item"),
        ({"title": ""}, "title"),
    ],
)
async def test_what_could_never_run_is_refused_with_what_is_allowed(
    reporting: Wired, lead: Api, change: dict[str, Any], names: str
) -> None:
    assert names in str(await lead.post("/schedules", {**BODY, **change}, status=422))
    made = await lead.post("/schedules", BODY)
    assert names in str(await lead.post(f"/schedules/{made['id']}/change", {**BODY, **change}, status=422))
    assert len(await happened(reporting, UUID(made["id"]))) == 1


async def test_recipients_are_members_who_are_still_here(lead: Api, tell: Tell) -> None:
    stranger, gone = uuid4(), uuid4()
    await tell([reads(gone), Fact(uuid4(), make(TeamMemberDeactivated, member_id=gone), 2, FOUNDED, FOUNDED)])
    for somebody in (stranger, gone):
        refused = await lead.post("/schedules", {**BODY, "recipients": [str(READER), str(somebody)]}, status=422)
        assert refused["detail"] == f"No active members: {somebody}"
        assert "/v1/team-members" in refused["next_step"]
    assert (await lead.get("/schedules"))["items"] == []


async def test_a_schedule_of_the_past_is_refused_for_it_would_never_run(lead: Api) -> None:
    before = (now() - timedelta(hours=2)).isoformat()
    importing = lead.as_("lead", scope="backdate")
    assert "leave occurred_at out" in str(await importing.post("/schedules", BODY, status=422, occurred_at=before))


async def test_only_who_may_freeze_may_schedule_and_all_readers_see_it(anybody: Api, lead: Api, tell: Tell) -> None:
    await tell([member("recruiter", "recruiter")])
    made = await lead.post("/schedules", BODY)
    for path, body in (("", BODY), (f"/{made['id']}/change", BODY), (f"/{made['id']}/end", {"why": "x"})):
        await anybody.as_("recruiter").post(f"/schedules{path}", body, status=403)
    assert (await anybody.as_("recruiter").get(f"/schedules/{made['id']}"))["title"] == BODY["title"]
    await anybody.as_("interviewer").get("/schedules", status=403)
    await lead.get(f"/schedules/{uuid4()}", status=404)
