"""Golden schemas: written once, compared ever after, and still read by today's models."""

import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from shared.events import goldens
from shared.events.event import Event, Registry, Stream, Upcast, registry
from shared.events.personal import OfCandidate, OfProspect, Personal, PersonalField, Purpose

STREAM = Stream(service="zoo", category="animal", key="person_id")
NAME = "zoo.animal.fed"
ROOT = Path(goldens.__file__).parents[2]


class First(Event):
    person_id: UUID
    food: str
    keeper: Personal[str, OfProspect]


class Gained(First):
    mood: str | None = None


class Changed(Event):
    person_id: UUID
    meal: str
    keeper: Personal[str, OfProspect]


class Rekeyed(Event):
    person_id: UUID
    food: str
    keeper: Personal[str, OfCandidate]


def rename_food(data: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in data.items() if key != "food"}, "meal": data["food"]}


def keeper(purpose: type[Purpose] = OfProspect) -> tuple[PersonalField, ...]:
    return (PersonalField(("keeper",), TypeAdapter(str), purpose.subject, purpose.name),)


def events(model: type[Event], version: int = 1, upcast: Upcast = rename_food, was: Any = None) -> Registry:
    found, older = Registry(), range(1, version)
    personal = {number: keeper() if was is None else was for number in older}
    STREAM.event("fed", version, dict.fromkeys(older, upcast), personal, into=found)(model)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The golden schemas of version 1."""
    write(events(First), tmp_path)
    return tmp_path


def write(found: Registry, folder: Path) -> None:
    for path, text in goldens.wanted(found, folder).items():
        path.write_text(text)


def refusals(found: Registry, folder: Path) -> str:
    return "\n".join(goldens.refusals(found, folder))


def test_what_was_written_is_accepted(folder: Path) -> None:
    assert refusals(events(First), folder) == ""


def test_an_optional_field_is_accepted_and_makes_the_golden_stale(folder: Path) -> None:
    gained = events(Gained)
    assert refusals(gained, folder) == ""
    assert goldens.wanted(gained, folder)[folder / f"{NAME}.v1.json"] != (folder / f"{NAME}.v1.json").read_text()


def test_a_change_within_a_version_is_refused_with_type_field_and_next_step(folder: Path) -> None:
    said = refusals(events(Changed), folder)
    assert f"{NAME}: field `food` was removed within version 1; undo it, or declare version 2 with an upcast" in said


def test_another_key_for_a_personal_field_is_refused(folder: Path) -> None:
    assert "field `keeper` changed its x-purpose" in refusals(events(Rekeyed), folder)


def test_a_new_version_with_an_upcast_is_accepted_and_leaves_the_old_golden_in_place(folder: Path) -> None:
    first = (folder / f"{NAME}.v1.json").read_text()
    second = events(Changed, version=2)
    assert refusals(second, folder) == ""
    write(second, folder)
    assert refusals(second, folder) == ""
    assert (folder / f"{NAME}.v1.json").read_text() == first


def test_an_upcast_that_does_not_lift_is_refused(folder: Path) -> None:
    assert "version 1 no longer reads" in refusals(events(Changed, version=2, upcast=lambda data: data), folder)


class Counted(Changed):
    mood: int | None = None


def test_an_upcast_is_tried_with_the_optional_fields_too(tmp_path: Path) -> None:
    write(events(Gained), tmp_path)
    assert "version 1 no longer reads" in refusals(events(Counted, version=2), tmp_path)


@pytest.mark.parametrize("was", [(), keeper(OfCandidate)])
def test_an_old_version_whose_personal_fields_are_told_wrongly_is_refused(folder: Path, was: Any) -> None:
    said = refusals(events(Changed, version=2, was=was), folder)
    assert "field `keeper` is personal ({person_id}, prospect) in version 1" in said


def test_a_golden_that_is_gone_is_missed(folder: Path) -> None:
    (folder / f"{NAME}.v1.json").unlink()
    assert "version 1 is gone" in refusals(events(Changed, version=2), folder)


def test_a_model_behind_its_golden_is_refused(folder: Path) -> None:
    write(events(Changed, version=2), folder)
    assert "the model is at 1" in refusals(events(First), folder)


def test_a_type_that_is_gone_is_missed(folder: Path) -> None:
    assert "no model" in refusals(Registry(), folder)


class Hidden(Event):
    person_id: UUID
    names: dict[str, Personal[str, OfProspect]]


def test_a_personal_field_where_the_codec_does_not_look_is_refused(tmp_path: Path) -> None:
    assert "field `names.*` is personal" in refusals(events(Hidden), tmp_path)


def test_the_committed_goldens_and_catalogue_are_as_the_models_say() -> None:
    ran = subprocess.run([sys.executable, "-m", goldens.__name__, "--check"], cwd=ROOT, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_command_says_what_is_stale_and_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goldens, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["goldens", "--check"])
    with pytest.raises(SystemExit, match=r"ats\.application\.advanced\.v1\.json is not as the models say; run `python"):
        goldens.main()


def test_every_event_of_every_stream_has_a_golden() -> None:
    assert goldens.read(goldens.FOLDER).keys() == registry.all().keys()
