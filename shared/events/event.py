"""What every event is, the stream it belongs to, and the registry from wire type to model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.events.personal import PersonalField, personal_fields

Data = dict[str, Any]
Upcast = Callable[[Data], Data]


class Event(BaseModel):
    """Something that happened. Frozen; unknown fields of a newer writer are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)
    wire_type: ClassVar[str]
    schema_version: ClassVar[int]
    stream: ClassVar["Stream"]


class Part(BaseModel):
    """A structured value inside an event; frozen like it."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)


E = TypeVar("E", bound=Event)


class UnknownType(LookupError):
    """No model is registered for this wire type: written by a newer version, or not ours."""


@dataclass(frozen=True)
class Contract:
    """One wire type: the model that reads it now and the steps that lift older versions up to it."""

    model: type[Event]
    upcasts: Mapping[int, Upcast] = field(default_factory=dict)
    personal: Mapping[int, tuple[PersonalField, ...]] = field(default_factory=dict)

    def upcast(self, data: Data, version: int) -> Data:
        """Lifts the data of schema `version` to the present one, one step a version."""
        for step in range(version, self.model.schema_version):
            data = self.upcasts[step](data)
        return data


class Registry:
    """Wire type to contract. Filled when shared.events is imported."""

    def __init__(self) -> None:
        self._contracts: dict[str, Contract] = {}

    def add(self, contract: Contract) -> None:
        wire_type = contract.model.wire_type
        if wire_type in self._contracts:
            raise ValueError(f"{wire_type} is registered twice")
        missing = set(range(1, contract.model.schema_version)) - set(contract.upcasts)
        if missing:
            raise ValueError(f"{wire_type} has no upcast from version {sorted(missing)}")
        unsaid = set(range(1, contract.model.schema_version)) - set(contract.personal)
        if unsaid:
            raise ValueError(f"{wire_type} does not say where version {sorted(unsaid)} had personal fields")
        self._contracts[wire_type] = contract

    def get(self, wire_type: str) -> Contract:
        """Raises UnknownType."""
        try:
            return self._contracts[wire_type]
        except KeyError:
            raise UnknownType(wire_type) from None

    def __contains__(self, wire_type: str) -> bool:
        return wire_type in self._contracts

    def all(self) -> Mapping[str, Contract]:
        return dict(sorted(self._contracts.items()))


registry = Registry()


@dataclass(frozen=True)
class Stream:
    """A category of streams: who owns it, the one topic it lives on, the field of the first event that is the key."""

    service: str
    category: str
    key: str
    topic: str = ""

    @property
    def kafka_topic(self) -> str:
        return self.topic or f"{self.service}.events"

    def name(self, of: object) -> str:
        """`application-0192…` for an id."""
        return f"{self.category}-{of}"

    def event(
        self,
        what: str,
        version: int = 1,
        upcasts: Mapping[int, Upcast] | None = None,
        personal: Mapping[int, tuple[PersonalField, ...]] | None = None,
        into: Registry = registry,
    ) -> Callable[[type[E]], type[E]]:
        """Registers a model as `service.category.what`; `personal` tells where older versions kept personal fields."""

        def register(model: type[E]) -> type[E]:
            model.wire_type = f"{self.service}.{self.category}.{what}"
            model.schema_version = version
            model.stream = self
            fields = {**(personal or {}), version: tuple(personal_fields(model))}
            into.add(Contract(model, upcasts or {}, fields))
            return model

        return register
