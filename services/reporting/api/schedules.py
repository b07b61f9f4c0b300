"""/schedules: reports that are frozen by themselves, and sent to people."""

import json
import re
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, Field, model_validator

from services.reporting.api.access import REPORTS, SNAPSHOTS_WRITE
from services.reporting.commands import schedules as commands
from services.reporting.domain.schedule import SCHEDULE, Schedule, next_due
from services.reporting.projections.schedules import TABLE
from shared.events.reporting.schedule import Rhythm, Span, Weekday
from shared.kit.context import new_id
from shared.kit.http.body import Body, Code, Zone
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes
from shared.kit.refusals import Invalid

router = APIRouter(prefix="/schedules", tags=["schedules"])

MOST = 50
OF_SCHEDULE = ("version", "zone", "as_of", "known_at", "period")
GIVES = {"week": "weekday", "month": "day"}


def wall_time(text: str) -> str:
    """Raises ValueError."""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError("give hours and minutes as HH:MM, such as 08:00")
    return text


class Terms(Body):
    """A month without that day runs on its last."""

    title: str = Field(min_length=1, max_length=200, examples=["Funnel of last month"])
    report: str = Field(max_length=100, examples=["funnel"])
    definition: int | None = Field(None, strict=True, ge=1, description="Its version; omitted: the newest at each run")
    question: dict[str, Any] = Field(
        {}, description="The parameters of the report, without version, clocks, period and zone", examples=[{}]
    )
    period: Span = Field("none", description="Of the report: the day, week or month of the run, or the one before")
    rhythm: Rhythm = Field(examples=["month"])
    weekday: Weekday | None = None
    day: int | None = Field(None, strict=True, ge=1, le=31, examples=[1])
    at: Annotated[str, AfterValidator(wall_time)] = Field(description="Wall time, HH:MM", examples=["08:00"])
    zone: Zone
    recipients: tuple[UUID, ...] = Field(min_length=1, max_length=MOST, description="Members who get a mail each time")

    @model_validator(mode="after")
    def _its_day(self) -> Self:
        for rhythm, name in GIVES.items():
            if (self.rhythm == rhythm) != (getattr(self, name) is not None):
                raise ValueError("give a weekday with rhythm week, a day (1 to 31) with month, neither with day")
        return self

    def facts(self) -> dict[str, Any]:
        """Raises Invalid."""
        if decided := [name for name in OF_SCHEDULE if name in self.question]:
            raise Invalid(
                f"{', '.join(decided)} can't be asked in a question that is asked again and again",
                "leave it out: the clocks are those of the run; definition, period and zone stand beside the question",
            )
        question, recipients = json.dumps(self.question, sort_keys=True), tuple(dict.fromkeys(self.recipients))
        return {**dict(self), "question": question, "recipients": recipients}


class Ending(Body):
    why: Code = Field(examples=["not_needed"])


@router.post("", status_code=201, operation_id="schedule_snapshot", summary="Freeze a report again and again")
async def schedule(body: Terms, write: Write = writes(SNAPSHOTS_WRITE)) -> Receipt:
    schedule_id, facts = new_id(), body.facts()
    return await write.run(lambda unit: commands.schedule_snapshot(unit, schedule_id, **facts))


@router.get("", operation_id="list_schedules", summary="List schedules, each with how its last run went")
async def listing(pages: Pages, read: Read = reads(REPORTS)) -> Items:
    rows = await pages.fetch(read.store.database, TABLE.select(), TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{schedule_id}", operation_id="get_schedule", summary="Read a schedule")
async def one(schedule_id: UUID, read: Read = reads(REPORTS)) -> dict[str, Any]:
    loaded = await read.load(SCHEDULE, schedule_id)
    return _shown(loaded.state, loaded.version)


@router.post("/{schedule_id}/change", operation_id="change_schedule", summary="Change it: all of it is given again")
async def change(schedule_id: UUID, body: Terms, write: Write = writes(SNAPSHOTS_WRITE)) -> Receipt:
    facts = body.facts()
    return await write.run(lambda unit: commands.change_schedule(unit, schedule_id, **facts))


@router.post("/{schedule_id}/end", operation_id="end_schedule", summary="End it; what it froze stays")
async def end(schedule_id: UUID, body: Ending, write: Write = writes(SNAPSHOTS_WRITE)) -> Receipt:
    return await write.run(lambda unit: commands.end_schedule(unit, schedule_id, body.why))


def _shown(state: Schedule, version: int) -> dict[str, Any]:
    """Its terms as they are given to change them, and how the last run went."""
    terms, last = state.terms, state.last
    given = {name: getattr(terms, name) for name in Terms.model_fields}
    return {
        "id": state.id, "version": version, **given, "question": json.loads(terms.question),
        "state": "running" if state.ended is None else "ended", "ended": state.ended, "next": next_due(state),
        "last": last and last.model_dump(include={"due", "snapshot_id", "why"}),
    }  # fmt: skip
