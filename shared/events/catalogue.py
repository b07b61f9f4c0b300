"""The readable catalogue of all events, and the wire types of those that are still to come."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from shared.events.event import Event, Registry
from shared.events.personal import personal_fields

FILE = Path(__file__).with_name("CATALOGUE.md")
WIRE_TYPES = Path(__file__).with_name("wire_types.toml")


@dataclass(frozen=True)
class Category:
    """What wire_types.toml lays down for one category of streams; `stream` is a template, `types` name to wire type."""

    stream: str
    topic: str
    key: str
    types: Mapping[str, str]


def categories() -> dict[tuple[str, str], Category]:
    """(service, category) to what is laid down for it, built or not."""
    read = tomllib.loads(WIRE_TYPES.read_text())
    return {(service, name): Category(**entry) for service, found in read.items() for name, entry in found.items()}


def text(events: Registry) -> str:
    """The whole of CATALOGUE.md."""
    return "\n".join(_lines(events))


def _lines(events: Registry) -> Iterator[str]:
    laid_down = categories()
    yield "# The events"
    yield ""
    yield "Generated from the models by `python -m shared.events.goldens`. A field with `?` may be absent;"
    yield "🔒 is encrypted with the key of (subject, purpose). The envelope's own fields are in `envelope.py`."
    models = (contract.model for contract in events.all().values())
    for (service, name), group in groupby(models, key=lambda model: (model.stream.service, model.stream.category)):
        category = laid_down[service, name]
        yield ""
        yield f"## {service}.{name}"
        yield ""
        yield f"Stream `{category.stream}` on `{category.topic}`, key `{category.key}`."
        yield ""
        yield "| event | wire type | version | fields |"
        yield "|---|---|---|---|"
        for model in group:
            yield f"| {model.__name__} | `{model.wire_type}` | {model.schema_version} | {', '.join(_fields(model))} |"
    yield ""


def _fields(model: type[Event]) -> Iterator[str]:
    keys: dict[str, str] = {}
    for field in personal_fields(model):
        keys[field.path[0]] = f" 🔒({field.subject}, {field.purpose})"
    for name, info in model.model_fields.items():
        yield f"{name}{'' if info.is_required() else '?'}{keys.get(name, '')}"
