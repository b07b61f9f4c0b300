"""Within a version a schema may gain optional fields, and nothing else."""

from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, create_model

from shared.events.compatibility import breaks
from shared.events.event import Part
from shared.events.personal import OfCandidate, OfProspect, Personal


class Tag(Part):
    label: str


class TagWithColour(Part):
    label: str
    colour: str | None = None


class TagWithSize(Part):
    label: str
    size: int


class NumberedTag(Part):
    label: int


Fields = dict[str, Any]
Size = Literal["small", "large"]
OLD: Fields = {
    "id": (UUID, ...),
    "count": (int, ...),
    "size": (Size, "small"),
    "note": (str | None, None),
    "tag": (Tag, ...),
    "tags": (tuple[Tag, ...], ()),
    "map": (dict[str, str], ...),
    "name": (Personal[Tag, OfCandidate], ...),
}


def changed(**fields: Any) -> list[tuple[str, str]]:
    """What is refused when these fields of OLD are as given; None: removed."""
    new = {name: kind for name, kind in {**OLD, **fields}.items() if kind is not None}
    old_model: type[BaseModel] = create_model("Old", **OLD)
    new_model: type[BaseModel] = create_model("New", **new)
    return [(found.field, found.what) for found in breaks(old_model.model_json_schema(), new_model.model_json_schema())]


def test_an_unchanged_event_is_compatible_under_any_name_and_text() -> None:
    assert changed() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"more": (str | None, None)},
        {"more": (Personal[str, OfCandidate] | None, None)},
        {"tag": (TagWithColour, ...)},
        {"tags": (tuple[TagWithColour, ...], ())},
        {"name": (Personal[TagWithColour, OfCandidate], ...)},
        {"size": (Literal["large", "small"], "small")},
    ],
)
def test_gaining_an_optional_field_is_compatible(fields: Fields) -> None:
    assert changed(**fields) == []


@pytest.mark.parametrize(
    ("fields", "field", "what"),
    [
        ({"count": None}, "count", "was removed"),
        ({"note": None}, "note", "was removed"),
        ({"more": (str, ...)}, "more", "is new and required"),
        ({"note": (str | None, ...)}, "note", "became required"),
        ({"count": (int, 0)}, "count", "no longer required"),
        ({"count": (str, ...)}, "count", "changed its type"),
        ({"count": (float, ...)}, "count", "changed its type"),
        ({"count": (int | None, ...)}, "count", "changed"),
        ({"id": (str, ...)}, "id", "changed its format"),
        ({"note": (str | int | None, None)}, "note", "changed the types"),
        ({"note": (int | None, None)}, "note", "changed its type"),
        ({"note": (str | None, "none")}, "note", "changed its default"),
        ({"size": (Size, "large")}, "size", "changed its default"),
        ({"size": (Literal["small", "large", "huge"], "small")}, "size", "now allows 'huge'"),
        ({"size": (Literal["small"], "small")}, "size", "changed"),
        ({"tag": (TagWithSize, ...)}, "tag.size", "is new and required"),
        ({"tag": (NumberedTag, ...)}, "tag.label", "changed its type"),
        ({"tags": (tuple[NumberedTag, ...], ())}, "tags.label", "changed its type"),
        ({"tags": (Tag, ...)}, "tags", "changed"),
        ({"map": (dict[str, int], ...)}, "map", "changed its type"),
        ({"name": (Personal[Tag, OfProspect], ...)}, "name", "changed its x-purpose"),
        ({"name": (Personal[str, OfCandidate], ...)}, "name", "changed"),
        ({"name": (Personal[TagWithSize, OfCandidate], ...)}, "name.size", "is new and required"),
        ({"name": (Tag, ...)}, "name", "changed"),
        ({"tag": (Personal[Tag, OfCandidate], ...)}, "tag", "changed"),
    ],
)
def test_every_other_change_is_refused_and_names_the_field(fields: Fields, field: str, what: str) -> None:
    assert [found for found in changed(**fields) if found[0] == field and what in found[1]]
