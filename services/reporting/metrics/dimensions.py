"""Cutting a report: the values that an application had at the event that is counted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from pydantic import Field

from services.reporting.metrics.application import Application
from services.reporting.metrics.clocks import month_of
from services.reporting.metrics.jobs import Jobs
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Group

T = TypeVar("T")

Dimension = Literal["job", "department", "source", "recruiter", "month"]


class ApplicationQuestion(Question):
    """Every filter and dimension is the value at the counted event, not the present one."""

    job_id: UUID | None = None
    department: str | None = Field(None, max_length=200)
    source: str | None = Field(None, max_length=200)
    recruiter: UUID | None = None

    def asks_for(self, values: Group) -> bool:
        wanted = {"job": self.job_id, "department": self.department, "source": self.source, "recruiter": self.recruiter}
        return all(value is None or values[name] == str(value) for name, value in wanted.items())


def values_at(application: Application, job: UUID, at: datetime, jobs: Jobs, question: Question) -> Group:
    recruiter = jobs.recruiter(job, at)
    return {
        "job": str(job),
        "department": jobs.department(job, at),
        "source": application.source,
        "recruiter": str(recruiter) if recruiter else None,
        "month": month_of(at, question.tz),
    }


def grouped(found: Sequence[tuple[Group, T]], by: str | None) -> list[tuple[Group, list[T]]]:
    """One group for each value, sorted, unknown last; without a dimension the whole, even when it is empty."""
    if by is None:
        return [({}, [item for _, item in found])]
    groups: dict[str | None, list[T]] = {}
    for values, item in found:
        groups.setdefault(values[by], []).append(item)
    return [({by: value}, groups[value]) for value in sorted(groups, key=lambda value: (value is None, value or ""))]
