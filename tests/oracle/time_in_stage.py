"""Time in stage: completed stays and, for Kaplan-Meier, those that still go on (rules D6, D11)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.applications import Application
from tests.oracle.calendars import Calendar, worked
from tests.oracle.courses import Visit
from tests.oracle.figures import kaplan_meier, kaplan_meier_median, mean, median, microseconds
from tests.oracle.happened import Happened
from tests.oracle.left_out import ENTRY_NOT_KNOWN, LeftOut, counted
from tests.oracle.pasts import Past, held, past
from tests.oracle.questions import INSTANT, Question, Row, Values, dimensions, grouped
from tests.oracle.spells import union, within


@dataclass(frozen=True)
class Stay:
    duration: int
    complete: bool


def time_in_stage(asked: Question, log: Sequence[Happened]) -> list[Row]:
    return _rows(asked, log, _figures)


def time_in_stage_curve(asked: Question, log: Sequence[Happened]) -> list[Row]:
    return _rows(asked, log, _curve)


def _rows(asked: Question, log: Sequence[Happened], told: Callable[[Sequence[int], Sequence[int]], Row]) -> list[Row]:
    stays = counted(asked, time_in_stage_found(asked, log))
    rows = []
    for group, found in grouped(asked, [(values, (values["stage"], stay)) for values, stay in stays]):
        stages = sorted({stage for stage, _ in found})
        if not stages and asked.option("stage", ""):
            stages = [asked.option("stage", "")]
        for stage in stages:
            of_stage = [stay for where, stay in found if where == stage]
            complete = [stay.duration for stay in of_stage if stay.complete]
            going_on = [stay.duration for stay in of_stage if not stay.complete]
            counts = {"n": len(complete), "open": len(going_on)}
            rows.append({"group": group, "stage": stage, **counts, **told(complete, going_on)})
    return rows


def time_in_stage_found(asked: Question, log: Sequence[Happened]) -> Iterable[tuple[Values, Stay | LeftOut]]:
    observed = min(asked.as_of, asked.period.end) if asked.period else asked.as_of
    return _stays(past(log, observed, asked.known_at, now=asked.as_of), asked)


def _figures(complete: Sequence[int], going_on: Sequence[int]) -> Row:
    return {
        "median": median(complete),
        "mean": mean(complete),
        "km_median": kaplan_meier_median(complete, going_on),
    }


def _curve(complete: Sequence[int], going_on: Sequence[int]) -> Row:
    return {"points": tuple(kaplan_meier(complete, going_on))}


def _stays(seen: Past, asked: Question) -> Iterator[tuple[Values, Stay | LeftOut]]:
    for application in seen.applications:
        for visits in _units(asked, application):
            complete = all(visit.ended is not None for visit in visits)
            end = max(_end(seen, visit) for visit in visits)
            if complete and asked.period and end < asked.period.begin:
                continue
            last = visits[-1]
            job = application.kept.legs[last.leg].job
            counted = end if complete else end - INSTANT
            calendar = seen.jobs.calendar(job, counted) if asked.option("days", "calendar") == "working" else None
            stay = Stay(sum(_duration(seen, application, visit, calendar) for visit in visits), complete)
            values = dimensions(seen, asked, counted, job, application, last.stage)
            unknown = any(visit.entry_unknown for visit in visits)
            yield values, LeftOut(ENTRY_NOT_KNOWN) if unknown else stay


def _units(asked: Question, application: Application) -> Sequence[Sequence[Visit]]:
    visits = application.kept.stays
    if asked.option("unit", "application") == "visit":
        return [[visit] for visit in visits]
    units: dict[object, list[Visit]] = {}
    for visit in visits:
        job = application.kept.legs[visit.leg].job if asked.asks_for("job") else None
        units.setdefault((visit.stage, job), []).append(visit)
    return list(units.values())


def _duration(seen: Past, application: Application, visit: Visit, calendar: Calendar | None) -> int:
    """Without the time in which the requisition of its job was held; of a calendar only its working days."""
    end = _end(seen, visit)
    requisition = seen.jobs.requisition(application.kept.legs[visit.leg].job)
    spells = held(seen, requisition) if requisition else []
    if calendar is None:
        return microseconds((end - visit.began) - within(spells, visit.began, end))
    away = [worked(calendar, max(since, visit.began), min(until, end)) for since, until in union(spells)]
    return microseconds(worked(calendar, visit.began, end) - sum(away, timedelta(0)))


def _end(seen: Past, visit: Visit) -> datetime:
    return visit.ended if visit.ended is not None else seen.as_of
