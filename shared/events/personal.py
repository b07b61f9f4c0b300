"""Fields that tell something about a person: encrypted in the log, and read as Clear, Sealed or Erased."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, ClassVar, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")
P = TypeVar("P", bound="Purpose")


class Purpose:
    """What a key is for; retention runs per purpose. Both templates are filled from the fields of the event."""

    subject: ClassVar[str]
    name: ClassVar[str]


class Personal(Generic[T, P]):
    """The value of a personal field: exactly one of Clear, Sealed, Erased."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        value_type, purpose = get_args(source)
        plain = TypeAdapter(value_type)

        def accept(value: Any) -> Personal[Any, Any]:
            if isinstance(value, Clear):
                return Clear(plain.validate_python(value.value))
            return value if isinstance(value, Personal) else Clear(plain.validate_python(value))

        # A clear value never leaves by an ordinary dump: only the codec of the store may write it, encrypted.
        return core_schema.no_info_plain_validator_function(
            accept,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda v: getattr(v, "sealed", None)),
            metadata={"plain": plain.core_schema, "purpose": purpose},
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        # Key and plain type belong to the contract: with either changed, yesterday's ciphertext can't be read.
        mark = schema["metadata"]
        return {
            "type": "string",
            "format": "personal",
            "x-subject": mark["purpose"].subject,
            "x-purpose": mark["purpose"].name,
            "x-plain": handler(mark["plain"]),
        }


@dataclass(frozen=True)
class Clear(Personal[T, Any]):
    """Readable here. Hidden from repr, so that no log line or traceback shows it."""

    value: T = field(repr=False)


@dataclass(frozen=True)
class Sealed(Personal[Any, Any]):
    """There is a value, but this reader has no key for it. `sealed` is the ciphertext as it stands on the wire."""

    sealed: str = field(repr=False)


@dataclass(frozen=True)
class Erased(Personal[Any, Any]):
    """The key was destroyed: nobody can read it any more. `sealed` is the ciphertext as it stands on the wire."""

    sealed: str = field(repr=False)


def clear(value: T | None) -> Clear[T] | None:
    """A plain value for a field of a new event; None stays None."""
    return None if value is None else Clear(value)


def reveal(value: "Personal[T, Any] | None") -> T | None:
    """The plain value, or None where it is absent, sealed or erased."""
    return value.value if isinstance(value, Clear) else None


class OfProspect(Purpose):
    subject, name = "{person_id}", "prospect"


class OfCandidate(Purpose):
    subject, name = "{person_id}", "candidate"


class OfApplication(Purpose):
    subject, name = "{person_id}", "application-{application_id}"


class OfSelfIdentification(Purpose):
    subject, name = "{person_id}", "self-identification"


class OfMember(Purpose):
    subject, name = "{member_id}", "member"


class OfRequisition(Purpose):
    subject, name = "{requisition_id}", "confidential"


Confidential = Personal[T, OfRequisition]
"""Not about a person but not for everybody: bands, titles of confidential jobs. One key per requisition."""

Path = tuple[str, ...]


@dataclass(frozen=True)
class PersonalField:
    """Where a personal field stands in the event's JSON (`*` is any index), its plain type and its key's templates."""

    path: Path
    plain: TypeAdapter[Any]
    subject: str
    purpose: str


def personal_fields(model: type[BaseModel], at: Path = ()) -> Iterator[PersonalField]:
    """Every personal field of a model, nested models and lists of them included."""
    for name, info in model.model_fields.items():
        yield from _inside(info.annotation, (*at, name))


def _inside(annotation: Any, at: Path) -> Iterator[PersonalField]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Personal:
        yield PersonalField(at, TypeAdapter(args[0]), args[1].subject, args[1].name)
    elif origin in (Union, UnionType):
        for option in args:
            yield from _inside(option, at)
    elif origin is Annotated:
        yield from _inside(args[0], at)
    elif origin in (list, tuple) and args:
        yield from _inside(args[0], (*at, "*"))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from personal_fields(annotation, at)
