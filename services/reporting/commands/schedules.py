"""Commands on schedules, and their runs."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from services.reporting.commands.questions import to_freeze
from services.reporting.commands.snapshots import seal_report
from services.reporting.commands.turns import TookTooLong
from services.reporting.domain import schedule
from services.reporting.domain.schedule import SCHEDULE
from services.reporting.metrics.clocks import Clocks
from services.reporting.projections.history import TooMuch
from shared.events.reporting.schedule import SnapshotScheduled
from shared.kit.context import new_id
from shared.kit.http.access import active_members
from shared.kit.refusals import Invalid, ReadOnly, Refusal
from shared.kit.timers import Fire
from shared.kit.unit import Unit


class NotReady(Exception):
    """It can't run at the moment; the timer comes again."""


async def schedule_snapshot(unit: Unit, schedule_id: UUID, **terms: Any) -> None:
    """`terms` are those of SnapshotScheduled that the caller decides."""
    facts = await _facts(unit, schedule_id, terms)
    await unit.start(SCHEDULE, schedule_id, schedule.schedule(facts))


async def change_schedule(unit: Unit, schedule_id: UUID, **terms: Any) -> None:
    facts = await _facts(unit, schedule_id, terms)
    await unit.update(SCHEDULE, schedule_id, lambda state: schedule.change(state, facts))


async def end_schedule(unit: Unit, schedule_id: UUID, why: str) -> None:
    await unit.update(SCHEDULE, schedule_id, lambda state: schedule.end(state, why))


def run_when(in_the_way: Callable[[], Awaitable[str | None]]) -> Fire:
    """Runs a schedule, but not on facts that are behind the log: of what was missed they would hold nothing."""

    async def run(unit: Unit, schedule_id: UUID) -> None:
        if (why := await in_the_way()) is not None:
            raise NotReady(why)
        await run_schedule(unit, schedule_id)

    return run


async def run_schedule(unit: Unit, schedule_id: UUID) -> None:
    """Fired when it is due: seals what should have run last, as of then, as far as it is known now."""
    before = await unit.require(SCHEDULE, schedule_id)
    # Two processes may look at one timer; the second need not compute for nothing.
    await unit.alone(SCHEDULE, schedule_id)
    state = await unit.require(SCHEDULE, schedule_id)
    due = schedule.last_due(state, unit.occurred)
    if due is None:
        if state == before and state.ended is None:
            raise NotReady("the rules of its zone have changed since the timer was set")
        return
    terms, snapshot_id = state.terms, new_id()
    try:
        definition, question = to_freeze(terms.report, schedule.asked(terms, due))
        clocks = Clocks(due, unit.occurred)
        await seal_report(unit, snapshot_id, definition, question, clocks, terms.title, terms.recipients)
    except ReadOnly as later:
        raise NotReady(str(later)) from None
    except (Invalid, TooMuch, TookTooLong) as refusal:
        await unit.append(SCHEDULE, schedule_id, schedule.fail(state, due, _why(refusal)))
    else:
        await unit.append(SCHEDULE, schedule_id, schedule.run(state, due, snapshot_id))


async def _facts(unit: Unit, schedule_id: UUID, terms: dict[str, Any]) -> SnapshotScheduled:
    """Raises Invalid where no run would be possible, or nobody would be sent it."""
    if unit.context.history:
        raise Invalid("A schedule begins now: one of the past would never run", "leave occurred_at out")
    facts = SnapshotScheduled(schedule_id=schedule_id, after=unit.occurred, **terms)
    to_freeze(facts.report, schedule.asked(facts, unit.occurred))
    if unknown := sorted({*facts.recipients} - await active_members(unit.store.database, facts.recipients)):
        raise Invalid(
            f"No active members: {', '.join(map(str, unknown))}",
            "name them by their ids at GET /v1/team-members of the ATS; who was added just now is known in a moment",
        )
    return facts


def _why(refusal: Refusal) -> str:
    fields: Any = refusal.extra.get("fields", ())
    problems = [f"{field['field']}: {field['problem']}" for field in fields] or [refusal.next_step]
    return f"{refusal.detail}: {'; '.join(problems)}"
