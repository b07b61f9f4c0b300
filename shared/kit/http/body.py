"""What a request says: only fields that are known, and no text that a database can't keep."""

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Time = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
"""A point in time that can be turned into any zone, and have days added, without leaving the calendar."""


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
"""A reason that is counted; what somebody says in their own words belongs into a note, which is personal."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no IANA time zone") from None
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class Body(BaseModel):
    """Base of the bodies of writing routes."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _only_keepable(cls, data: Any) -> Any:
        if not _keepable(data):
            raise ValueError("holds a NUL character or half of a surrogate pair")
        return data


def _keepable(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, dict):
        return all(_keepable(item) for pair in value.items() for item in pair)
    return not isinstance(value, list | tuple) or all(_keepable(item) for item in value)
