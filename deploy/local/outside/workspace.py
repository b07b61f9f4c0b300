"""A Slack workspace: people, channels, messages, and what survives a restart of them."""

import base64
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, field_validator

from deploy.local.outside.journal import Journal

BOT_USER, BOT, TEAM = "U0HIRELOG0", "B0HIRELOG0", "T0HIRELOG0"


class Person(BaseModel):
    """Somebody to be found by e-mail; `tz` is an IANA zone."""

    email: str = Field(min_length=3, max_length=320, pattern=r"^[^\s@]+@[^\s@]+$")
    name: str = Field(min_length=1, max_length=200)
    tz: str = "Etc/UTC"

    @field_validator("tz")
    @classmethod
    def _known(cls, tz: str) -> str:
        try:
            return ZoneInfo(tz).key
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{tz!r} is no IANA time zone; say one like Europe/Berlin") from error

    @property
    def id(self) -> str:
        return _id("U", self.email.lower())


class Channel(BaseModel):
    """Public when `user` is None, else the direct messages between the bot and that user."""

    id: str
    name: str
    user: str | None = None


class Message(BaseModel):
    """`ts` is Slack's: seconds of the epoch with six digits, unique in the workspace."""

    channel: str
    ts: str
    text: str = ""
    blocks: list[dict[str, Any]] = []
    attachments: list[dict[str, Any]] = []
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    client_msg_id: str | None = None
    edited: str | None = None


class Workspace:
    def __init__(self, state_dir: Path) -> None:
        self.people = Journal(state_dir / "slack-people.jsonl", Person, lambda person: person.id)
        self._channels = Journal(state_dir / "slack-channels.jsonl", Channel, lambda channel: channel.id)
        self.messages = Journal(state_dir / "slack-messages.jsonl", Message, lambda message: message.ts)
        if len(self._channels) == 0:
            self.add_channel("general")

    def add_person(self, person: Person) -> None:
        if self.people.get(person.id) != person:
            self.people.put(person)

    def person_by_email(self, email: str) -> Person | None:
        return self.people.get(_id("U", email.strip().lower()))

    def add_channel(self, name: str) -> Channel:
        channel = Channel(id=_id("C", name), name=name)
        if self._channels.get(channel.id) is None:
            self._channels.put(channel)
        return channel

    def channels(self) -> Iterator[Channel]:
        yield from self._channels
        yield from (_direct(person) for person in self.people)

    def channel(self, id_or_name: str) -> Channel | None:
        """A channel by id or (#)name, or the direct messages by their id or by the user's."""
        name = id_or_name.removeprefix("#")
        if found := self._channels.get(id_or_name) or self._channels.get(_id("C", name)):
            return found
        person = self.people.get("U" + id_or_name[1:]) if id_or_name[:1] in ("U", "D") else None
        return _direct(person) if person else None

    def next_ts(self) -> str:
        last = self.messages.last()
        now = time.time_ns() // 1000
        if last is not None:
            now = max(now, int(last.ts.replace(".", "")) + 1)
        return f"{now // 1_000_000}.{now % 1_000_000:06d}"


def _direct(person: Person) -> Channel:
    return Channel(id="D" + person.id[1:], name=person.name, user=person.id)


def _id(kind: str, name: str) -> str:
    # Derived, so that a workspace that lost its files gives everybody the same id again.
    return kind + base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()[:10]
