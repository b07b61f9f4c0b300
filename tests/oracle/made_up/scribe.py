"""Writes down what a made-up company does: time passes, things happen, and the log hears of them now or later."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from shared.events.correction import OccurrenceCorrected
from shared.events.event import Event, registry
from tests.oracle.clocks import is_knowledge
from tests.oracle.happened import Happened

T = TypeVar("T")

NAMES = UUID("6f1c6a3e-0b51-4d6e-9d0c-0a8f7f6f2b11")
BERLIN = ZoneInfo("Europe/Berlin")
STARTS = (
    datetime(2026, 1, 5, 9, tzinfo=UTC),
    datetime(2026, 3, 12, 22, 50, tzinfo=UTC),
    datetime(2025, 12, 29, 12, 30, tzinfo=UTC),
    datetime(2026, 10, 9, 7, tzinfo=UTC),
)
CLOCK_CHANGES = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
INSTANT = timedelta(microseconds=1)


def named(name: str) -> UUID:
    """Ids that tell nothing of the order in which they came, and are the same in every history."""
    return uuid5(NAMES, name)


NAMED_BY = {"stage-plan": "plan_id", "team-member": "member_id", "candidate-message": "message_id"}
LATELY = 12
TIMERS = ("ats.interview.completed", "ats.offer.expired", "ats.approval.timed-out")


def stream_of(event: Event) -> str:
    """All streams here are named by their own id, or where they are a person's, by the person's."""
    category = event.stream.category
    by = NAMED_BY.get(category, f"{category}_id")
    return event.stream.name(getattr(event, by, getattr(event, "person_id", None)))


def correction_of(event: Event) -> type[Event]:
    """How events of its stream are corrected. Raises UnknownType."""
    stream = event.stream
    return registry.get(f"{stream.service}.{stream.category}.occurrence-corrected").model


def _correctable(event: Event) -> bool:
    known = f"{event.stream.service}.{event.stream.category}.occurrence-corrected" in registry
    return known and not is_knowledge(event)


class Scribe:
    """Times in which things happened never decrease; the log may hear of them much later, each stream in order."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.now = self.one_of(STARTS)
        self._told: list[tuple[datetime, datetime, Event]] = []
        self._known: dict[str, datetime] = {}
        # Of a correction which one it corrects, both by their places among those told.
        self._corrects: dict[int, int] = {}
        self._names = 0

    def one_of(self, choices: Sequence[T]) -> T:
        """The first is the simplest."""
        return self._draw(st.sampled_from(choices))

    def one_in(self, chances: int) -> bool:
        return self._draw(st.integers(0, chances - 1)) == chances - 1

    def up_to(self, most: int) -> int:
        return self._draw(st.integers(0, most))

    def new(self, kind: str) -> UUID:
        self._names += 1
        return named(f"{kind} {self._names}")

    def __len__(self) -> int:
        return len(self._told)

    def wait(self) -> None:
        """A while passes, to an odd time or to just around a midnight or a change of the clocks in Berlin."""
        match self.one_of(("days", "hours", "minutes", "midnight", "instant", "clocks", "days", "days", "months")):
            case "days":
                self.now += timedelta(days=1 + self.up_to(6), minutes=self.up_to(600))
            case "hours":
                self.now += timedelta(hours=1 + self.up_to(30), seconds=self.up_to(59))
            case "minutes":
                self.now += timedelta(minutes=1 + self.up_to(58), microseconds=self.up_to(999))
            case "midnight":
                self._go_to((self.now.astimezone(BERLIN) + timedelta(days=1)).replace(hour=0, minute=0, second=0))
            case "clocks":
                self._go_to(next((change for change in CLOCK_CHANGES if change > self.now + INSTANT), self.now))
            case "months":
                self.now += timedelta(days=60 + self.up_to(140)) if self.one_in(4) else timedelta(days=11)
            case _:
                self.now += INSTANT

    def _go_to(self, moment: datetime) -> None:
        goal = moment.replace(microsecond=0).astimezone(UTC) + self.one_of((0, -1, 1)) * INSTANT
        self.now = max(goal, self.now + INSTANT)

    def tell(self, *events: Event, after: Sequence[str] = (), occurred: datetime | None = None) -> None:
        """What happened together is written together; `after`: streams without which it could not be written."""
        moment = occurred or self.now
        floors = [self._known[stream] for stream in (*map(stream_of, events), *after) if stream in self._known]
        known = max([moment + self._delay(), *floors])
        for event in events:
            self._known[stream_of(event)] = known
            self._told.append((moment, known, event))

    def correct(self) -> None:
        """It turns out that something occurred at another time, between what was before and after it in its stream."""
        lately = range(max(0, len(self._told) - LATELY), len(self._told))
        found = [at for at in lately if _correctable(self._told[at][2])]
        if not found:
            return
        at = self.one_of(found[::-1])
        occurred, _, event = self._told[at]
        stream = stream_of(event)
        others = [told[0] for number, told in enumerate(self._told) if number != at and stream_of(told[2]) == stream]
        earliest = max([moment for moment in others if moment <= occurred], default=occurred - timedelta(days=9))
        latest = min([moment for moment in others if moment > occurred], default=occurred)
        new = earliest + (latest - earliest) * self.up_to(8) / 8
        names = correction_of(event).model_fields.keys() - OccurrenceCorrected.model_fields.keys()
        ids = {name: getattr(event, name) for name in names}
        said = correction_of(event)(**ids, event_id=self.new("no"), old=occurred, new=new, why="other")
        self._corrects[len(self._told)] = at
        self.tell(said)

    def _delay(self) -> timedelta:
        match self.one_of(("none", "none", "none", "none", "none", "seconds", "none", "none", "hours", "days")):
            case "seconds":
                return timedelta(seconds=self.up_to(90))
            case "hours":
                return timedelta(hours=self.up_to(60))
            case "days":
                return timedelta(days=3 + self.up_to(60))
        return timedelta(0)

    def log(self) -> list[Happened]:
        """In the order in which it was written."""
        versions: dict[str, int] = {}
        positions: dict[str, int] = {}
        written: list[Happened] = []
        ids: dict[int, UUID] = {}
        for place, (occurred, known, event) in sorted(enumerate(self._told), key=lambda told: told[1][1]):
            stream, service = stream_of(event), event.stream.service
            versions[stream] = versions.get(stream, 0) + 1
            positions[service] = positions.get(service, 0) + 1
            happening = named(f"event {stream} {versions[stream]}")
            ids[place] = happening
            if place in self._corrects:
                event = event.model_copy(update={"event_id": ids[self._corrects[place]]})
            by_itself = event.wire_type in TIMERS or happening.int % 5 == 0
            actor = "timer:ats" if by_itself else "member:1"
            written.append(Happened(happening, event, versions[stream], positions[service], occurred, known, actor))
        return written
