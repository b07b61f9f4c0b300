"""Cutting a report: the values that something had at the event that is counted, not its present ones."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field

from services.reporting.metrics.application import Application
from services.reporting.metrics.clocks import month_of, quarter_of, year_of
from services.reporting.metrics.jobs import Jobs
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Group

D = TypeVar("D", bound=tuple[str, ...])
Current = Callable[[str], Mapping[str, str | None]]
"""Of a job, by its id as a text, the values as of the end."""

MOST = 2

JobDimension = Literal["job", "department", "location", "recruiter", "hiring_manager", "month", "quarter", "year"]
Dimension = Literal[
    "job", "department", "location", "source", "source_name", "internal", "recruiter", "hiring_manager",
    "month", "quarter", "year",
]  # fmt: skip


def different(by: D) -> D:
    """Raises ValueError."""
    if len(set(by)) < len(by):
        raise ValueError(f"{by[0]} is named twice: name two different dimensions, or one")
    return by


def only_counted(dimension: str, why: str) -> str:
    """Raises ValueError."""
    if dimension != "counted":
        raise ValueError(f"leave it out: {why}")
    return dimension


BY = Field(max_length=MOST, description="one row for each of these, at most two; omitted: the whole in one row")
ByJob = Annotated[tuple[JobDimension, ...], AfterValidator(different), BY]
By = Annotated[tuple[Dimension, ...], AfterValidator(different), BY]


NOWHERE: Group = dict.fromkeys(("department", "location", "recruiter", "hiring_manager"))


class JobQuestion(Question):
    job: UUID | None = None
    department: str | None = Field(None, max_length=200)
    location: str | None = Field(None, max_length=200)
    recruiter: UUID | None = None
    hiring_manager: UUID | None = None
    dimension: Literal["counted", "current"] = Field(
        "counted",
        description="of when the values of a job are: of the counted event, or of as_of, however they were before",
    )

    @property
    def relabels(self) -> bool:
        return self.dimension == "current"


class ApplicationQuestion(JobQuestion):
    source: str | None = Field(None, max_length=200, description="its type, such as agency")
    source_name: str | None = Field(None, max_length=200, description="which one of that type")
    internal: Literal["true", "false"] | None = Field(
        None, description="whether the applicant worked here, as was told with the application"
    )


def of_job(job: UUID | None, at: datetime, jobs: Jobs) -> Group:
    if job is None:
        return {"job": None, **NOWHERE}
    return jobs.values(job, at)


def of_application(application: Application, job: UUID, at: datetime, jobs: Jobs) -> Group:
    return {**of_job(job, at, jobs), **of_submission(application)}


def of_submission(application: Application | None) -> Group:
    if application is None:
        return dict.fromkeys(("source", "source_name", "internal"))
    internal = "true" if application.internal else "false"
    return {"source": application.source, "source_name": application.source_name, "internal": internal}


def relabelled(values: Group, current: Current) -> Group:
    """With the values that the job has, not those that it had."""
    job = values.get("job")
    return values if job is None else {**values, **{name: of for name, of in current(job).items() if name in values}}


def times(at: datetime, question: Question) -> Group:
    """In the zone of the question."""
    zone = question.tz
    return {"month": month_of(at, zone), "quarter": quarter_of(at, zone), "year": year_of(at, zone)}
