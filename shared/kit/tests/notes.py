"""A toy service for tests of the machinery: notes are written, changed, and hold something personal."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from shared.events.correction import correctable
from shared.events.event import Event, Registry, Stream
from shared.events.personal import Personal, Purpose
from shared.kit.aggregate import Aggregate


class OfAuthor(Purpose):
    subject, name = "{author_id}", "notes"


@dataclass(frozen=True)
class Note:
    id: UUID
    text: str
    secret: Personal[str, Any] | None
    remind: datetime | None = None
    changes: int = 0


class Notes:
    """A service and topic of its own, so that tests on one Kafka never meet."""

    def __init__(self) -> None:
        self.service = f"notes{uuid4().hex[:10]}"
        self.topic = f"{self.service}.events"
        self.registry = Registry()
        self.stream = Stream(service=self.service, category="note", key="author_id")

        @correctable(self.stream, into=self.registry)
        class NoteEvent(Event):
            note_id: UUID
            author_id: UUID

        @self.stream.event("written", into=self.registry)
        class Written(NoteEvent):
            text: str
            secret: Personal[str, OfAuthor] | None = None
            remind: datetime | None = None

        @self.stream.event("changed", into=self.registry)
        class Changed(NoteEvent):
            text: str
            remind: datetime | None = None

        self.Written: Any = Written
        self.Changed: Any = Changed
        self.Corrected: Any = self.registry.get(f"{self.service}.note.occurrence-corrected").model
        self.aggregate: Aggregate[Note] = Aggregate(self.stream, self.evolve)

    def evolve(self, state: Note | None, event: Any) -> Note:
        if isinstance(event, self.Written):
            return Note(event.note_id, event.text, event.secret, event.remind)
        assert state is not None
        return replace(state, text=event.text, remind=event.remind, changes=state.changes + 1)

    def written(self, note: UUID | None = None, author: UUID | None = None, text: str = "a", **more: Any) -> Event:
        made: Event = self.Written(note_id=note or uuid4(), author_id=author or uuid4(), text=text, **more)
        return made

    def changed(self, note: UUID, author: UUID, text: str, **more: Any) -> Event:
        made: Event = self.Changed(note_id=note, author_id=author, text=text, **more)
        return made
