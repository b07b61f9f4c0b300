"""stage-plan: the ordered stages that applications to a job pass; versions of it."""

from typing import Literal
from uuid import UUID

from shared.events.event import Event, Part, Stream

STREAM = Stream(service="ats", category="stage-plan", key="plan_id")

StageType = Literal["lead", "screen", "active", "offer", "hired"]
Milestone = Literal["lead", "applied", "screened", "interviewed", "onsite", "offer", "hired"]


class Stage(Part):
    """`id` is what application events name; `milestone` is what makes jobs comparable; `order` counts from 1."""

    id: str
    name: str
    type: StageType
    milestone: Milestone | None
    order: int


class StagePlanEvent(Event):
    """Of stream stage-plan-{plan_id}."""

    plan_id: UUID


@STREAM.event("published")
class StagePlanPublished(StagePlanEvent):
    version: int
    name: str
    stages: tuple[Stage, ...]
