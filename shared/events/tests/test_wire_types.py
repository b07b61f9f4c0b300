"""Names, topics and keys are laid down in wire_types.toml before they are built, and never change."""

import re
from string import Formatter

import pytest

from shared.events.catalogue import categories
from shared.events.event import Event, registry

LAID_DOWN = categories()
IN_ANY_STREAM = LAID_DOWN["any", "stream"].types
MODELS = [contract.model for contract in registry.all().values()]
WHAT = "[a-z]+(-[a-z]+)*"


def fields(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_has_the_wire_type_topic_and_key_that_are_laid_down(model: type[Event]) -> None:
    category = LAID_DOWN[model.stream.service, model.stream.category]
    in_any = {name: wire_type.format_map(vars(model.stream)) for name, wire_type in IN_ANY_STREAM.items()}
    assert {**in_any, **category.types}[model.__name__] == model.wire_type
    assert (category.topic, category.key) == (model.stream.kafka_topic, model.stream.key)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_names_its_stream_and_has_the_fields_that_name_it_and_its_key(model: type[Event]) -> None:
    category = LAID_DOWN[model.stream.service, model.stream.category]
    assert category.stream == model.stream.name(f"{{{fields(category.stream)[0]}}}")
    said = [base.__doc__ or "" for base in model.__mro__]
    assert any(f"Of stream {category.stream}." in text for text in said)
    for name in (*fields(category.stream), category.key):
        assert model.model_fields[name].is_required()


def test_a_wire_type_is_service_category_and_what_happened() -> None:
    for (service, name), category in LAID_DOWN.items():
        start = "{service}" if service == "any" else service
        kind = "{category}" if name == "stream" else name
        for wire_type in category.types.values():
            assert re.fullmatch(f"{re.escape(start)}\\.{re.escape(kind)}\\.{WHAT}", wire_type), wire_type


def test_no_wire_type_is_given_twice() -> None:
    given = [wire_type for category in LAID_DOWN.values() for wire_type in category.types.values()]
    assert len(given) == len(set(given))


def test_no_two_categories_share_their_streams_names() -> None:
    streams = [category.stream for category in LAID_DOWN.values()]
    assert len(streams) == len({stream.split("{")[0] for stream in streams})


def test_a_stream_lives_on_a_topic_of_its_own_service() -> None:
    for (service, name), category in LAID_DOWN.items():
        if service != "any":
            assert category.topic.split(".")[0] == service, name


def test_names_are_unique_but_for_consent_which_two_services_publish() -> None:
    names = [name for category in LAID_DOWN.values() for name in category.types]
    assert {name for name in names if names.count(name) > 1} == {"ConsentGranted"}
