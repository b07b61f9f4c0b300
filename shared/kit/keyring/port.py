"""What a keyring can do, whoever keeps the keys."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol


class KeyName(NamedTuple):
    """Whose key, and what for: ("0192…", "application-0193…")."""

    subject: str
    purpose: str


@dataclass(frozen=True)
class Key:
    """`number` stands on the wire; `secret` is 32 bytes and stands nowhere."""

    number: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Destroyed:
    """The stub that a destroyed key leaves: what it sealed is erased, and nobody has to ask again."""

    number: int
    at: datetime


class KeyAbsent(LookupError):
    """A number with neither key nor stub: a fault (a restored keyring, a wrong database), to be tried again."""


class Keyring(Protocol):
    async def issue(self, names: Collection[KeyName]) -> Mapping[KeyName, Key]:
        """The live key of each name, made where there is none. Idempotent."""

    async def keys(self, numbers: Collection[int]) -> Mapping[int, Key | Destroyed]:
        """What each number stands for; an answer may be up to 60 s old. Raises KeyAbsent."""

    async def destroy(self, subject: str, purpose: str | None = None) -> int:
        """Destroys the subject's key of this purpose, or all its keys. Returns how many. Idempotent."""
