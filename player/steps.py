"""What a plan is made of: commands and looks, in lanes, naming each other by key. Data only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from player.calls import COMMANDS, LOOKS, Call


@dataclass(frozen=True)
class Ref:
    """The id that the step of this key will have answered."""

    key: str


@dataclass(frozen=True)
class Step:
    """One request. `at` is None for now. `of` fills the path's `{}`; `after` are keys that must be done before."""

    key: str
    what: str
    by: str
    at: datetime | None
    of: Ref | None = None
    after: tuple[str, ...] = ()

    @property
    def call(self) -> Call:
        return LOOKS[self.what] if isinstance(self, Look) else COMMANDS[self.what]

    @property
    def sent(self) -> Mapping[str, object]:
        """The body, or the query."""
        raise NotImplementedError

    @property
    def said(self) -> Mapping[str, object]:
        """All that it says of others."""
        return self.sent

    def needs(self) -> frozenset[str]:
        """The keys that this step waits for."""
        named = {*self.after, *(ref.key for ref in refs(self.said))}
        return frozenset(named | ({self.of.key} if self.of else set()))


@dataclass(frozen=True)
class Command(Step):
    """A POST; its id is the one of the receipt."""

    body: Mapping[str, object] = field(default_factory=dict)

    @property
    def sent(self) -> Mapping[str, object]:
        return self.body


@dataclass(frozen=True)
class Look(Step):
    """A GET that learns an id, and is repeated until it is there.

    Of a list, the `nth` (by id) of those items that have the values of `where`.
    """

    query: Mapping[str, object] = field(default_factory=dict)
    where: Mapping[str, object] = field(default_factory=dict)
    nth: int = 0

    @property
    def sent(self) -> Mapping[str, object]:
        return self.query

    @property
    def said(self) -> Mapping[str, object]:
        return {**self.query, **self.where}


def refs(value: object) -> Iterator[Ref]:
    """Every Ref inside a JSON-like value."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from refs(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from refs(item)


@dataclass
class Lane:
    """The steps around one object, played in order. What would come after `horizon` has not happened yet.

    Once a step is past the horizon the lane has ended: it takes no more steps.
    """

    name: str
    horizon: datetime
    steps: list[Step] = field(default_factory=list)
    ended: bool = False
    _waits: tuple[str, ...] = ()

    def wait_for(self, *keys: str) -> None:
        """The next step waits for steps of other lanes."""
        self._waits = (*self._waits, *keys)

    def do(self, what: str, at: datetime | None, by: str, of: Ref | None = None, /, **body: object) -> Ref:
        said = {name: value for name, value in body.items() if value is not None}
        return self._add(Command(self._key(what), what, by, at, of, self._waits, said))

    def look(
        self, what: str, at: datetime | None, by: str, of: Ref | None = None,
        query: Mapping[str, object] | None = None, where: Mapping[str, object] | None = None, nth: int = 0,
    ) -> Ref:  # fmt: skip
        return self._add(Look(self._key(what), what, by, at, of, self._waits, query or {}, where or {}, nth))

    @property
    def last(self) -> tuple[str, ...]:
        """The key of the last step, to be waited for; nothing while there is none."""
        return (self.steps[-1].key,) if self.steps else ()

    def _add(self, step: Step) -> Ref:
        self.ended = self.ended or (step.at is not None and step.at > self.horizon)
        if not self.ended:
            self.steps.append(step)
        self._waits = ()
        return Ref(step.key)

    def _key(self, what: str) -> str:
        again = sum(step.what == what for step in self.steps) + 1
        return f"{self.name}/{what}" + (f"#{again}" if again > 1 else "")


@dataclass(frozen=True)
class Plan:
    """A history, to be played up to `end`; the same seed, size and end give the same plan.

    `on_slack`: email, name and tz of the members whom the company's Slack knows.
    """

    seed: int
    size: str
    end: datetime
    lanes: tuple[Lane, ...]
    on_slack: tuple[Mapping[str, str], ...] = ()

    def steps(self) -> Iterator[Step]:
        for lane in self.lanes:
            yield from lane.steps

    def ordered(self) -> Iterator[tuple[Step, frozenset[str]]]:
        """Every step with the keys that it waits for: what it names, and the step before it in its lane."""
        for lane in self.lanes:
            before: frozenset[str] = frozenset()
            for step in lane.steps:
                yield step, step.needs() | before
                before = frozenset({step.key})
