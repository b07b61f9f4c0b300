"""What a request says: only fields that are known, each once, and no text that a database can't keep."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from unicodedata import bidirectional, category

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.kit.refusals import Invalid
from shared.kit.zones import zone_of

Time = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
"""A point in time that can be turned into any zone, and have days added, without leaving the calendar."""


CODE = "[a-z][a-z0-9_]{0,59}"


def _coded(text: str) -> str:
    if not re.fullmatch(CODE, text):
        raise ValueError(
            "give up to 60 small letters, digits and underscores, a letter first, such as job_board or other_offer"
        )
    return text


Code = Annotated[str, AfterValidator(_coded), Field(json_schema_extra={"pattern": f"^{CODE}$"})]
"""A reason that is counted; what somebody says in their own words belongs into a note, which is personal."""

Zone = Annotated[str, AfterValidator(lambda name: zone_of(name).key), Field(examples=["Europe/Berlin"])]


# Letters, and an empty pattern of Braille, that are drawn as nothing.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
UNPRINTABLE = "holds a control character, or one that turns the direction of what follows: leave it out"


def _visible(text: str) -> str:
    if not any(category(character)[0] in "LNPS" and character not in BLANK for character in text):
        raise ValueError("holds nothing that can be seen")
    return text


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(UNPRINTABLE)
    return _visible(text)


def _one_line(text: str) -> str:
    for character in text:
        if category(character) in ("Cc", "Zl", "Zp") or bidirectional(character) in TURNING:
            raise ValueError(UNPRINTABLE)
    return _visible(text)


OneLine = AfterValidator(_one_line)
"""For what people write of themselves: any script, with the spaces and joiners that it needs, but on one line."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), OneLine]
"""A name or a title."""

Label = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
"""The name of something that is listed and counted, on one line: never of a person, for it is kept in clear."""


class Body(BaseModel):
    """Base of the bodies of writing routes."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _only_keepable(cls, data: Any) -> Any:
        if not _keepable(data):
            raise ValueError("holds a NUL character or half of a surrogate pair")
        return data


def assert_once(body: bytes) -> None:
    """Of a field that JSON names twice all but the last would be passed over in silence. Raises Invalid."""
    try:
        json.loads(body or b"null", object_pairs_hook=_once)
    except (ValueError, RecursionError):
        # No JSON, or none that can be read: whoever reads the body says it better.
        return


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    names = Counter(name for name, _ in pairs)
    for name, times in names.items():
        if times > 1:
            raise Invalid(f"The body names {name[:40]!r} {times} times", "name each field of an object once")
    return dict(pairs)


def _keepable(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, dict):
        return all(_keepable(item) for pair in value.items() for item in pair)
    return not isinstance(value, list | tuple) or all(_keepable(item) for item in value)
