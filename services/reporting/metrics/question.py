"""What every report can be asked."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from services.reporting.metrics.clocks import Clocks, Period, moment_of
from shared.kit.zones import zone_of


def _whole(given: Any) -> Any:
    """In a URL it is a text; true, 1.0 and 1_0 would be taken for numbers."""
    if isinstance(given, bool | float) or (isinstance(given, str) and not WHOLE.fullmatch(given)):
        raise ValueError("give a whole number, such as 1")
    return given


WHOLE = re.compile("[0-9]{1,9}")
Whole = Annotated[int, BeforeValidator(_whole)]
Days = Annotated[
    Literal["calendar", "working"],
    Field(description="working: without weekends and the public holidays where the job is"),
]


class Clocked(BaseModel):
    """A question on two clocks. `zone` comes before the times: they are read in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str = Field("UTC", description="IANA zone in which dates, months and periods are cut")
    as_of: datetime | None = Field(None, description="what had happened by then; a bare date is the end of that day")
    known_at: datetime | None = Field(None, description="what the log knew by then; omitted: now")

    @model_validator(mode="before")
    @classmethod
    def _known_parameters(cls, given: Any) -> Any:
        unknown = sorted(set(given) - set(cls.model_fields)) if isinstance(given, dict) else []
        if unknown:
            raise ValueError(f"unknown parameter {unknown[0][:40]!r}: allowed are {', '.join(cls.model_fields)}")
        return given

    @field_validator("zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        return zone_of(name).key

    @field_validator("as_of", "known_at", mode="before")
    @classmethod
    def _moment(cls, given: Any, info: ValidationInfo) -> Any:
        return _moment(given, info)

    @cached_property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def clocks(self, now: datetime) -> Clocks:
        """Raises ValueError."""
        return Clocks.of(self.as_of, self.known_at, now)


class Question(Clocked):
    """Parameters of a report."""

    version: Whole | None = Field(None, ge=1, description="of the definition; omitted: the newest")
    period: str | None = Field(None, description="2026, 2026-Q1, 2026-03, or two of them as 2026-01..2026-03")

    @field_validator("period")
    @classmethod
    def _period(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is not None:
            Period.of(text, _zone(info))
        return text

    @property
    def relabels(self) -> bool:
        """Whether it asks for the values that jobs have, not those that they had."""
        return False

    @cached_property
    def span(self) -> Period | None:
        return Period.of(self.period, self.tz) if self.period else None

    @cached_property
    def filters(self) -> Mapping[str, Collection[str]]:
        """By dimension, of which values something is asked for; a filter is named as its dimension."""
        return {name: (str(value),) for name, value in self if value is not None}

    def asks_for(self, values: Mapping[str, str | None]) -> bool:
        """Whether something with these values of dimensions is asked for."""
        return all(values[name] in wanted for name, wanted in self.filters.items() if name in values)

    def covers(self, moment: datetime) -> bool:
        return self.span is None or moment in self.span


class Between(Question):
    """Two answers: the one at `as_of` and `known_at`, and the same asked at these."""

    to_as_of: datetime | None = Field(None, description="of the second answer; omitted: as_of, where that was given")
    to_known_at: datetime | None = Field(None, description="of the second answer; omitted: now")

    @field_validator("to_as_of", "to_known_at", mode="before")
    @classmethod
    def _second(cls, given: Any, info: ValidationInfo) -> Any:
        return _moment(given, info)

    def both(self, now: datetime) -> tuple[Clocks, Clocks]:
        """Raises ValueError."""
        first, second = self.clocks(now), Clocks.of(self.to_as_of or self.as_of, self.to_known_at, now)
        if second.known_at < first.known_at:
            raise ValueError("to_known_at lies before known_at: the second answer must be the one that knew more")
        return first, second


def _moment(given: Any, info: ValidationInfo) -> Any:
    """A number would be taken for seconds since 1970."""
    if given is None or isinstance(given, datetime):
        return given
    return moment_of(str(given), _zone(info))


def _zone(info: ValidationInfo) -> ZoneInfo:
    return ZoneInfo(info.data.get("zone", "UTC"))
