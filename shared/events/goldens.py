"""Golden JSON Schemas: every version of every event as it was when it first went into a log.

`python -m shared.events.goldens` writes what is new; it refuses what would break a reader of an older event.
`python -m shared.events.goldens --check` writes nothing, and ends with exit code 1 unless all is as written.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from shared.events import catalogue
from shared.events.compatibility import Schema, breaks
from shared.events.event import Contract, Event, Registry, registry
from shared.events.samples import personal_marks, samples

FOLDER = Path(__file__).with_name("schemas")
COMMAND = "python -m shared.events.goldens"


class _Untitled(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_of(model: type[Event]) -> Schema:
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:hirelog:schema:{model.wire_type}:{model.schema_version}",
        **model.model_json_schema(schema_generator=_Untitled),
    }


def read(folder: Path) -> dict[str, dict[int, Schema]]:
    """Wire type to version to golden schema."""
    found: dict[str, dict[int, Schema]] = {}
    for path in sorted(folder.glob("*.json")):
        wire_type, _, version = path.stem.rpartition(".v")
        found.setdefault(wire_type, {})[int(version)] = json.loads(path.read_text())
    return found


def wanted(events: Registry, folder: Path) -> dict[Path, str]:
    """The golden file of each model's present version, and the text it should have."""
    return {
        folder / f"{wire_type}.v{contract.model.schema_version}.json": as_text(schema_of(contract.model))
        for wire_type, contract in events.all().items()
    }


def as_text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def refusals(events: Registry, folder: Path) -> Iterator[str]:
    """One sentence for everything that a reader of an older event, or a consumer not yet updated, would break on."""
    goldens = read(folder)
    for wire_type in goldens.keys() - events.all().keys():
        yield f"{wire_type} has a golden schema but no model: logs may hold it, so bring the model back."
    for wire_type, contract in events.all().items():
        for what in _refused(contract, goldens.get(wire_type, {})):
            yield f"{wire_type}: {what}"


def _refused(contract: Contract, goldens: Mapping[int, Schema]) -> Iterator[str]:
    model, version = contract.model, contract.model.schema_version
    present = schema_of(model)
    for older in sorted(set(range(1, version)) - goldens.keys()):
        yield f"the golden schema of version {older} is gone; restore it, for logs hold that version."
    for newer in sorted(number for number in goldens if number > version):
        yield f"there is a golden schema of version {newer}, but the model is at {version}; bring version {newer} back."
    for change in breaks(goldens[version], present) if version in goldens else ():
        field = f"field `{change.field}`" if change.field else "the event"
        yield (
            f"{field} {change.what} within version {version}; undo it, or declare version {version + 1} "
            f"with an upcast from {version} and leave the golden schema of {version} as it is."
        )
    for number, schema in {**goldens, version: present}.items():
        if number <= version:
            yield from _unread(contract, number, schema)


def _unread(contract: Contract, version: int, schema: Schema) -> Iterator[str]:
    declared = {(field.path, field.subject, field.purpose) for field in contract.personal[version]}
    for path, subject, purpose in sorted(personal_marks(schema) ^ declared):
        yield (
            f"field `{'.'.join(path)}` is personal ({subject}, {purpose}) in version {version} for its schema or for "
            f"its reader, not for both; personal={{{version}: ...}} must say where that version has personal fields."
        )
    for data in samples(schema):
        try:
            contract.model.model_validate(contract.upcast(data, version))
        except Exception as error:
            yield f"version {version} no longer reads ({' '.join(str(error).split())}); correct the upcasts."
            return


def main() -> None:
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 unless all is as written")
    check = parser.parse_args().check
    if refused := list(refusals(registry, FOLDER)):
        sys.exit("\n".join(refused))
    texts = {**wanted(registry, FOLDER), catalogue.FILE: catalogue.text(registry)}
    stale = {path: text for path, text in texts.items() if not path.exists() or path.read_text() != text}
    if check and stale:
        sys.exit("\n".join(f"{path.name} is not as the models say; run `{COMMAND}` and commit." for path in stale))
    FOLDER.mkdir(exist_ok=True)
    for path, text in stale.items():
        path.write_text(text)
        sys.stdout.write(f"wrote {path.name}\n")


if __name__ == "__main__":
    main()
