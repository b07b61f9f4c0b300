"""Event to stored JSON and back: personal fields are encrypted on the way in and opened on the way out."""

import base64
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.events.event import Contract, Event, Registry
from shared.events.event import registry as catalogue
from shared.events.personal import Clear, Erased, Path, PersonalField, Sealed
from shared.kit.keyring.port import Destroyed, Key, KeyName, Keyring

NONCE = 12


class Damaged(ValueError):
    """Data that does not open with its own key, or does not fit its model: tampered with, or written by a fault."""


class Written(Protocol):
    """What has to be known of an event to read its data; an envelope tells it."""

    @property
    def id(self) -> UUID: ...

    @property
    def type(self) -> str: ...

    @property
    def schema_version(self) -> int: ...


class Codec:
    """Without a keyring every personal field is read as Sealed, and none can be written."""

    def __init__(self, keyring: Keyring | None = None, registry: Registry = catalogue) -> None:
        self.registry = registry
        self._keyring = keyring

    @property
    def opens(self) -> bool:
        """Whether it has a keyring to open anything with."""
        return self._keyring is not None

    async def seal(self, events: Sequence[tuple[UUID, Event]]) -> list[str]:
        """The JSON text of each event, personal fields encrypted. Keys exist before anything is written."""
        if not any(self._fields(event.wire_type, event.schema_version) for _, event in events):
            return [event.model_dump_json() for _, event in events]
        plain = [event.model_dump(mode="json") for _, event in events]
        secrets: list[tuple[int, Path, PersonalField, KeyName, Any]] = []
        for index, (_, event) in enumerate(events):
            for field in self._fields(event.wire_type, event.schema_version):
                name = KeyName(field.subject.format_map(plain[index]), field.purpose.format_map(plain[index]))
                secrets += [(index, at, field, name, value) for at, value in _found(event, field.path)]
        keys = await self._issue({name for *_, name, _ in secrets})
        for index, at, field, name, value in secrets:
            if not isinstance(value, Clear):
                raise Damaged(f"{'.'.join(at)} is not readable here, so it can't be written into a new event")
            _put(plain[index], at, _encrypt(keys[name], field.plain.dump_json(value.value), events[index][0], at))
        return [json.dumps(data, ensure_ascii=False, separators=(",", ":")) for data in plain]

    async def open(self, records: Sequence[tuple[Written, str | bytes | None]]) -> list[Event]:
        """The events of stored or received data. Raises UnknownType, Damaged, KeyAbsent."""
        events: list[Event | None] = []
        sealed: list[tuple[int, dict[str, Any], list[tuple[Path, PersonalField, Any]]]] = []
        for index, (envelope, body) in enumerate(records):
            contract = self.registry.get(envelope.type)
            if body is None:
                raise Damaged(f"{envelope.type} {envelope.id} has no body")
            if envelope.schema_version > contract.model.schema_version:
                raise Damaged(f"{envelope.type} has schema version {envelope.schema_version}, newer than known here")
            fields = contract.personal.get(envelope.schema_version, ())
            if not fields and envelope.schema_version == contract.model.schema_version:
                events.append(_fitting(contract, envelope, body))
                continue
            data = _parse(envelope, body)
            sealed.append((index, data, [(at, f, text) for f in fields for at, text in _found(data, f.path)]))
            events.append(None)
        numbers = {_number(text) for _, _, found in sealed for _, _, text in found}
        keys = await self._keyring.keys(numbers) if self._keyring is not None and numbers else {}
        for index, data, found in sealed:
            envelope = records[index][0]
            for at, field, text in found:
                _put(data, at, _decrypt(text, at, envelope, field, keys))
            events[index] = _fitting(self.registry.get(envelope.type), envelope, data)
        return [event for event in events if event is not None]

    def _fields(self, wire_type: str, version: int) -> tuple[PersonalField, ...]:
        return self.registry.get(wire_type).personal.get(version, ())

    async def _issue(self, names: Collection[KeyName]) -> Mapping[KeyName, Key]:
        if not names:
            return {}
        if self._keyring is None:
            raise Damaged("an event with personal fields can't be written without a keyring")
        return await self._keyring.issue(names)


def _parse(envelope: Written, body: str | bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Damaged(f"the body of {envelope.type} {envelope.id} is not JSON") from None
    if not isinstance(data, dict):
        raise Damaged(f"the body of {envelope.type} {envelope.id} is not a JSON object")
    return data


def _fitting(contract: Contract, envelope: Written, data: str | bytes | dict[str, Any]) -> Event:
    """The event of a body as it is, which is quick, or of one that was parsed and opened, lifted to the newest form."""
    try:
        if isinstance(data, dict):
            return contract.model.model_validate(contract.upcast(data, envelope.schema_version))
        return contract.model.model_validate_json(data)
    except ValueError as error:
        raise Damaged(f"{envelope.type} {envelope.id} does not fit its model: {_places(error)}") from None


def _found(node: Any, path: Path, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The values at `path` that are there, in a model or in its JSON, each with its concrete path."""
    if not path:
        if node is not None:
            yield at, node
    elif path[0] == "*":
        for index, item in enumerate(node or ()):
            yield from _found(item, path[1:], (*at, str(index)))
    elif node is not None:
        child = node.get(path[0]) if isinstance(node, dict) else getattr(node, path[0])
        yield from _found(child, path[1:], (*at, path[0]))


def _put(data: Any, at: Path, value: Any) -> None:
    for step in at[:-1]:
        data = data[int(step)] if isinstance(data, list) else data[step]
    data[int(at[-1]) if isinstance(data, list) else at[-1]] = value


def _encrypt(key: Key, secret: bytes, event_id: UUID, at: Path) -> str:
    nonce = os.urandom(NONCE)
    sealed = AESGCM(key.secret).encrypt(nonce, secret, _associated(event_id, at))
    return f"{key.number}.{_text(nonce)}.{_text(sealed)}"


def _decrypt(text: str, at: Path, envelope: Written, field: PersonalField, keys: Mapping[int, Key | Destroyed]) -> Any:
    key = keys.get(_number(text))
    if key is None:
        return Sealed(text)
    if isinstance(key, Destroyed):
        return Erased(text)
    try:
        _, nonce, sealed = text.split(".")
        secret = AESGCM(key.secret).decrypt(_bytes(nonce), _bytes(sealed), _associated(envelope.id, at))
    except (InvalidTag, ValueError):
        raise Damaged(f"{'.'.join(at)} of {envelope.type} {envelope.id} does not open with key {key.number}") from None
    return Clear(field.plain.validate_json(secret))


def _associated(event_id: UUID, at: Path) -> bytes:
    return f"{event_id}:{'.'.join(at)}".encode()


def _number(text: Any) -> int:
    try:
        return int(text.split(".", 1)[0])
    except (AttributeError, ValueError):
        raise Damaged("a personal field does not hold a key number") from None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _places(error: ValueError) -> str:
    """Where a validation failed, never the values."""
    details = getattr(error, "errors", None)
    if details is None:
        return type(error).__name__
    return ", ".join(
        f"{'.'.join(map(str, d['loc']))}: {d['type']}" for d in details(include_url=False, include_input=False)
    )
