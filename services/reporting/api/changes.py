"""The shape of a comparison: what leads from one answer to another, event by event or in one step."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel

from services.reporting.api.answers import Stated, stated
from services.reporting.api.asking import Compared, ComparedWhole
from services.reporting.metrics.differences import Cause, Change
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Row

R = TypeVar("R", bound=Row)


class Told(BaseModel):
    """An event, as reporting keeps it."""

    id: UUID
    type: str
    application_id: UUID | None
    person_id: UUID | None
    occurred: datetime
    known: datetime


class Clock(BaseModel):
    as_of: datetime
    known_at: datetime


class ChangedRow(BaseModel, Generic[R]):
    """Null where there was, or is, no such row."""

    before: R | None
    after: R | None


class Changed(BaseModel, Generic[R]):
    """Events that count for one reason, and the rows that they change."""

    cause: Cause
    events: list[Told]
    rows: list[ChangedRow[R]]


class Difference(BaseModel, Generic[R]):
    """Taken one after another the changes lead from the first answer to the second.

    `by_cause`: there are so many that those of one cause are told together, also those without effect; moments that lie
    closer together tell them apart. `without_effect`: how many events are new and change no row.
    """

    definition: Stated
    first: Clock
    second: Clock
    changes: list[Changed[R]]
    by_cause: bool
    without_effect: int


class WholeDifference(BaseModel, Generic[R]):
    """All that leads from the first answer to the second, in one step. `events`: how many there are, by cause.

    A row that only a few have changed is withheld before and after, and so are those that would tell it.
    """

    definition: Stated
    first: Clock
    second: Clock
    events: dict[Cause, int]
    rows: list[ChangedRow[R]]


def difference(compared: Compared) -> dict[str, Any]:
    told = [change for change in compared.changes.all if change.rows]
    silent = [change for change in compared.changes.all if not change.rows]
    return {
        "definition": stated(compared.definition, compared.question),
        "first": asdict(compared.first),
        "second": asdict(compared.second),
        "changes": [_changed(change) for change in told],
        "by_cause": compared.changes.by_cause,
        "without_effect": sum(len(change.facts) for change in silent),
    }


def whole_difference(compared: ComparedWhole) -> dict[str, Any]:
    return {
        "definition": stated(compared.definition, compared.question),
        "first": asdict(compared.first),
        "second": asdict(compared.second),
        "events": compared.events,
        "rows": _pairs(compared.rows),
    }


def _changed(change: Change) -> dict[str, Any]:
    return {
        "cause": change.cause,
        "events": [_told(fact) for fact in change.facts],
        "rows": _pairs(change.rows),
    }


def _pairs(rows: Sequence[tuple[Row | None, Row | None]]) -> list[dict[str, Any]]:
    return [{"before": before and before.model_dump(), "after": after and after.model_dump()} for before, after in rows]


def _told(fact: Fact) -> Told:
    event = fact.event
    return Told(
        id=fact.id,
        type=event.wire_type,
        application_id=getattr(event, "application_id", None),
        person_id=getattr(event, "person_id", None),
        occurred=fact.occurred,
        known=fact.known,
    )
