"""What is asked of a report: clocks, zone, period, filters, and the dimensions by which it is cut (rules D15, D16)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from tests.oracle import periods
from tests.oracle.applications import Application
from tests.oracle.jobs import Jobs
from tests.oracle.pasts import Past

T = TypeVar("T")
Values = Mapping[str, Any]
Row = dict[str, Any]

OF_JOBS = ("job", "department", "location", "recruiter", "hiring_manager")
FILTERS = (*OF_JOBS, "source", "internal", "stage")
INSTANT = timedelta(microseconds=1)
"""What goes on is as it was at the last moment before the end: a stay open in March is one of March."""


@dataclass(frozen=True)
class Question:
    as_of: datetime
    known_at: datetime
    zone: str
    period: periods.Period | None
    by: tuple[str, ...]
    parameters: Mapping[str, Any]

    def option(self, name: str, default: str) -> str:
        chosen = self.parameters.get(name)
        return default if chosen is None else str(chosen)

    def asks_for(self, name: str) -> bool:
        """Whether a dimension is cut or filtered by."""
        return name in self.by or self.parameters.get(name) is not None

    def in_period(self, moment: datetime) -> bool:
        return self.period is None or moment in self.period

    def wants(self, values: Values, filters: Sequence[str] = FILTERS) -> bool:
        asked = {name: self.parameters[name] for name in filters if self.parameters.get(name) is not None}
        return all(values.get(name) == value for name, value in asked.items())


def question(parameters: Mapping[str, Any], now: datetime) -> Question:
    known_at = parameters.get("known_at") or now
    as_of = parameters.get("as_of") or known_at
    if as_of > known_at:
        raise ValueError("as_of is after known_at")
    zone = parameters.get("zone") or "UTC"
    period = periods.period(parameters["period"], zone) if parameters.get("period") else None
    return Question(as_of, known_at, zone, period, tuple(parameters.get("by", ())), parameters)


def dimensions(
    seen: Past,
    asked: Question,
    moment: datetime,
    job: UUID | None,
    application: Application | None = None,
    stage: str | None = None,
) -> Values:
    """The values at the counted event; `current` are those that its job has at last."""
    current = asked.option("dimension", "counted") == "current"
    return {
        **(of_job(seen.jobs_now, job, asked.as_of - INSTANT) if current else of_job(seen.jobs, job, moment)),
        "source": application.source if application else None,
        "internal": str(application.internal).lower() if application else None,
        "stage": stage,
        "month": periods.month(moment, asked.zone),
        "quarter": periods.quarter(moment, asked.zone),
        "year": periods.year(moment, asked.zone),
    }


def of_job(jobs: Jobs, job: UUID | None, moment: datetime) -> Values:
    """What the job was at the moment."""
    return {
        "job": str(job) if job else None,
        "department": jobs.department(job, moment),
        "location": jobs.location(job, moment),
        "recruiter": jobs.member(job, "recruiter", moment),
        "hiring_manager": jobs.member(job, "hiring_manager", moment),
    }


def grouped(asked: Question, counted: Iterable[tuple[Values, T]]) -> Sequence[tuple[Row, Sequence[T]]]:
    """The groups that have something; without dimensions the one group of everything, also of nothing."""
    groups: list[tuple[Row, list[T]]] = [] if asked.by else [({}, [])]
    for values, one in counted:
        group = {name: values[name] for name in asked.by}
        for known, members in groups:
            if known == group:
                members.append(one)
                break
        else:
            groups.append((group, [one]))
    return groups
