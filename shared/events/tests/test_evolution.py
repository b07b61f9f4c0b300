"""Events of older versions are lifted step by step; what a newer writer added is kept."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from shared.events.ats.application import ApplicationAdvanced
from shared.events.event import Contract, Event, Registry, Stream, UnknownType
from shared.events.personal import Clear, OfProspect, Personal, PersonalField, reveal

STREAM = Stream(service="zoo", category="animal", key="person_id")


def name_the_keeper(data: dict[str, Any]) -> dict[str, Any]:
    """1 to 2: `keeper` became a part."""
    return {**data, "keeper": {"name": data["keeper"]}}


def move_the_name_out(data: dict[str, Any]) -> dict[str, Any]:
    """2 to 3: and then a field of its own, beside a count."""
    return {**{k: v for k, v in data.items() if k != "keeper"}, "keeper_name": data["keeper"]["name"], "legs": 4}


def personal(*path: str) -> tuple[PersonalField, ...]:
    return (PersonalField(path, TypeAdapter(str), "{person_id}", "prospect"),)


class AnimalFed(Event):
    person_id: UUID
    keeper_name: Personal[str, OfProspect]
    legs: int


def registered() -> Contract:
    events = Registry()
    lift = {1: name_the_keeper, 2: move_the_name_out}
    where = {1: personal("keeper"), 2: personal("keeper", "name")}
    STREAM.event("fed", version=3, upcasts=lift, personal=where, into=events)(AnimalFed)
    return events.get("zoo.animal.fed")


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (1, {"keeper": Clear("Ada")}),
        (2, {"keeper": {"name": Clear("Ada")}}),
        (3, {"keeper_name": Clear("Ada"), "legs": 4}),
    ],
)
def test_every_version_reads_as_the_present_one(version: int, data: dict[str, Any]) -> None:
    contract = registered()
    event = contract.model.model_validate(contract.upcast({"person_id": UUID(int=1), **data}, version))
    assert isinstance(event, AnimalFed)
    assert (reveal(event.keeper_name), event.legs) == ("Ada", 4)


def test_personal_fields_are_addressed_by_the_path_under_which_each_version_wrote_them() -> None:
    paths = {version: [field.path for field in fields] for version, fields in registered().personal.items()}
    assert paths == {1: [("keeper",)], 2: [("keeper", "name")], 3: [("keeper_name",)]}


def test_a_version_without_an_upcast_is_refused_when_it_is_registered() -> None:
    with pytest.raises(ValueError, match=r"no upcast from version \[2\]"):
        STREAM.event("fed", version=3, upcasts={1: name_the_keeper}, into=Registry())(AnimalFed)


def test_a_version_that_does_not_say_where_it_had_personal_fields_is_refused() -> None:
    lift = {1: name_the_keeper, 2: move_the_name_out}
    with pytest.raises(ValueError, match=r"where version \[1\] had personal fields"):
        STREAM.event("fed", version=3, upcasts=lift, personal={2: ()}, into=Registry())(AnimalFed)


def test_a_wire_type_is_registered_once() -> None:
    events = Registry()
    STREAM.event("seen", into=events)(AnimalFed)
    with pytest.raises(ValueError, match="registered twice"):
        STREAM.event("seen", into=events)(AnimalFed)


def test_an_unknown_type_is_told_by_its_name() -> None:
    with pytest.raises(UnknownType, match=r"zoo\.animal\.flew"):
        Registry().get("zoo.animal.flew")


def test_fields_of_a_newer_writer_are_kept() -> None:
    written = {
        "application_id": str(UUID(int=1)),
        "person_id": str(UUID(int=2)),
        "from_stage": "applied",
        "to_stage": "screen",
        "skipped": [],
        "mood": {"of": "the day"},
    }
    assert ApplicationAdvanced.model_validate(written).model_dump(mode="json") == written


def test_events_are_frozen() -> None:
    event = ApplicationAdvanced(application_id=UUID(int=1), person_id=UUID(int=2), from_stage="a", to_stage="b")
    with pytest.raises(ValueError, match="frozen"):
        event.to_stage = "c"  # type: ignore[misc]
