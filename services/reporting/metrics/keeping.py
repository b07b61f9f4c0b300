"""What is kept of a subject for the metrics that count one by one, and how far back it holds; as bytes, for a table.

A word is what few different things are: a shape, or the values of dimensions. It is kept once, by number.
"""

import json
import struct
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, get_args

import numpy as np

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.clocks import KNOWLEDGE, corrected
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Subject
from services.reporting.metrics.fact import ERA, Fact, micros
from services.reporting.metrics.reach import END, Reach
from services.reporting.metrics.report import Definition
from services.reporting.metrics.world import World
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.correction import OccurrenceCorrected
from shared.events.event import Event

APART = frozenset({SelfIdentificationRecorded})
"""Nothing of what they tell is kept."""
LAYOUT = 3
"""One more whenever what is kept changes though nothing does that FINGERPRINT is made of."""
NEVER = -(2**63)
"""For a time: at the end. Times are microseconds, those of lives seconds since ERA."""
NOT_AT_ALL = NEVER
"""For how long something took: that is not counted of its shape."""
RUNS, ALWAYS = 1, 2
_SECONDS = 2**31 - 1

ITEM = np.dtype([
    ("shape", "<i4"), ("values", "<i4"), ("variants", "<u8"), ("at", "<i8"), ("took", "<i8"), ("flags", "u1"),
])  # fmt: skip
SPAN = np.dtype([("begins", "<i4"), ("occurred", "<i4"), ("known", "<i4")])
"""Of a family: when there is first something to count, and the clocks from which on what is kept holds."""
_ITEM, _SPAN, _BOUNDS = struct.Struct("<iiQqqB"), struct.Struct("<iii"), struct.Struct("<ii")
Word = tuple[Any, ...]
Number = Callable[[Word], int]
"""The number of a word."""
_Said = tuple[int, int, int, int, int]
"""Shape, values, at, took and flags of an item."""


@dataclass(frozen=True)
class Keeps:
    """A way of counting that is kept, by the name of the first report that counts so."""

    name: str
    number: int
    counts: Counts[Any, Any, Any]
    family: int

    @property
    def subject(self) -> Subject:
        return self.counts.subject

    @property
    def reads(self) -> frozenset[type[Event]]:
        return FAMILIES[self.family].reads


@dataclass(frozen=True)
class Family:
    """Ways of counting that read the same facts, and count nothing of whom none of the facts `of` these is known."""

    subject: Subject
    reads: frozenset[type[Event]]
    of: tuple[type[Event], ...]


def _kept() -> tuple[dict[Any, Keeps], list[Family]]:
    by_way: dict[Any, Keeps] = {}
    families: list[Family] = []
    for name, definition in DEFINITIONS.items():
        for place, counts in enumerate(definition.compute.summed if isinstance(definition.compute, Counts) else ()):
            family = Family(counts.subject, definition.reads - APART, counts.of)
            if family not in families:
                families.append(family)
            assert len(counts.ways.questions) <= 64, "each is a bit of an item"
            way = Keeps(f"{name}-{place}" if place else name, len(by_way), counts, families.index(family))
            by_way.setdefault(counts.counted, way)
    return by_way, families


_BY_WAY, FAMILIES = _kept()
WAYS = {way.name: way for way in _BY_WAY.values()}
KEPT = [name for name, definition in DEFINITIONS.items() if isinstance(definition.compute, Counts)]
"""Reports of which everything that they sum is."""
LIFE = np.dtype([("heard_of", "<i4"), ("until", "<i4"), ("spans", SPAN, (len(FAMILIES),))])
"""Of a subject."""
FINGERPRINT = sha256(
    repr([
        ITEM, LIFE, [(way.name, way.number, way.counts.ways.questions) for way in WAYS.values()],
        [(name, DEFINITIONS[name].version, DEFINITIONS[name].tables) for name in KEPT], LAYOUT,
    ]).encode()
).hexdigest()  # fmt: skip
"""Of what decides what items say: whoever has another one can't read them, nor add to them. What it does not see, such
as the code that counts, is for LAYOUT.
"""
READS = frozenset[type[Event]]().union(*(family.reads for family in FAMILIES))
_READ_BY = {model: [n for n, family in enumerate(FAMILIES) if model in family.reads] for model in READS}
_BEGINS = {
    (subject, model): [n for n in by if FAMILIES[n].subject == subject and issubclass(model, FAMILIES[n].of)]
    for model, by in _READ_BY.items() if not issubclass(model, KNOWLEDGE)
    for subject in get_args(Subject)
}  # fmt: skip
_WAYS_OF = {subject: [way for way in WAYS.values() if way.subject == subject] for subject in get_args(Subject)}


def read_of(subject: Subject) -> frozenset[type[Event]]:
    return frozenset[type[Event]]().union(*(family.reads for family in FAMILIES if family.subject == subject))


def keeps(counts: Counts[Any, Any, Any]) -> Keeps:
    return _BY_WAY[counts.counted]


def answers(definition: Definition[Any, Any, Any], question: Any) -> Counts[Any, Any, Any] | None:
    """What is summed, where what is kept answers the question: that of the newest version, asked in one of the ways."""
    counts = definition.compute
    if definition is not DEFINITIONS[definition.id] or not isinstance(counts, Counts):
        return None
    return counts if all(each.ways.of(question) in each.variants for each in counts.summed) else None


def written(word: Word) -> str:
    return json.dumps(word)


def read(text: str) -> Word:
    """Raises ValueError."""
    word: Word = _tuples(json.loads(text))
    return word


def _tuples(of: Any) -> Any:
    return tuple(_tuples(each) for each in of) if isinstance(of, list) else of


@dataclass(frozen=True)
class OfSubject:
    """`until`: from then on it does not hold, whether anything happens or not."""

    life: bytes
    items: bytes
    until: datetime | None = None


NOTHING = OfSubject(b"", b"")


def of_subject(subject: Subject, facts: Sequence[Fact], world: World, number: Number, around: Reach) -> OfSubject:
    """`facts`: all about the subject, of which the world admits those before its clocks. `around`: see Around.reach."""
    begins, heard_of = [END] * len(FAMILIES), END
    # As it was said first, and as it was corrected: before the first of all of them there is nothing to count.
    for fact in (*facts, *(fact for fact in world.facts if fact.corrected)):
        for family in (begun := _BEGINS.get((subject, type(fact.event)), ())):
            if fact.occurred < begins[family]:
                begins[family] = fact.occurred
        if begun and fact.known < heard_of:
            heard_of = fact.known
    if heard_of is END:
        return NOTHING
    # Between two corrections it may have been any of them.
    moved = min((fact.event.new for fact in facts if isinstance(fact.event, OccurrenceCorrected)), default=END)
    begins = [began if began is END else min(began, moved) for began in begins]
    items, reaches = bytearray(), [Reach() for _ in FAMILIES]
    for way in _WAYS_OF[subject]:
        # Somebody who was left alone for a fortnight since is another only to who asks for that.
        world.time = reaches[way.family]
        for item in _items(way, world, number):
            items += item
    looked = world.looked().join(around)
    for fact in corrected(facts):
        if fact.occurred >= world.clocks.as_of and not isinstance(fact.event, KNOWLEDGE):
            # Until it has occurred; and who did not know it yet may have been told that it occurred before.
            looked.plan(fact.occurred)
            looked.known = max(looked.known, fact.known)
    looked.until = min(looked.until, *(reach.until for reach in reaches))
    for reach in reaches:
        reach.join(looked)
    for fact in world.facts:
        seen = Reach()
        seen.look(fact)
        for family in _READ_BY.get(type(fact.event), ()):
            reaches[family].join(seen)
    spans = [
        _SPAN.pack(_floor(began), _floor(reach.occurred) + 1, _floor(reach.known) + 1)
        for began, reach in zip(begins, reaches, strict=True)
    ]
    life = _BOUNDS.pack(_floor(heard_of), _floor(looked.until)) + b"".join(spans)
    return OfSubject(life, bytes(items), None if looked.until is END else looked.until)


def _items(way: Keeps, world: World, number: Number) -> Iterator[bytes]:
    asking = _asking(way, world)
    said = (
        (_said(way.name, one, number), bits) for question, bits in asking
        for one in way.counts.counted(world, question)
    )  # fmt: skip
    for (shape, values, at, took, flags), of in said if len(asking) == 1 else _together(said):
        yield _ITEM.pack(shape, values, of, at, took, flags)


def _together(said: Iterable[tuple[_Said, int]]) -> Iterable[tuple[_Said, int]]:
    """What several questions are told alike, with the bits of all of them."""
    variants: dict[tuple[_Said, int], int] = {}
    # The same may be counted more than once.
    again: dict[tuple[_Said, int], int] = {}
    for one, bits in said:
        again[one, bits] = nth = again.get((one, bits), 0) + 1
        variants[one, nth] = variants.get((one, nth), 0) | bits
    return ((one, of) for (one, _), of in variants.items())


def _asking(way: Keeps, world: World) -> Sequence[tuple[Any, int]]:
    """Questions that matter in this world, each with the bits of those that are answered alike."""
    questions = way.counts.ways.questions
    if len(questions) == 1 or (alike := way.counts.alike(world)) is None:
        return [(questions[0], (1 << len(questions)) - 1)]
    found: dict[Hashable, tuple[Any, int]] = {}
    for bit, question in enumerate(questions):
        same = alike(question)
        first, bits = found.get(same, (question, 0))
        found[same] = first, bits | 1 << bit
    return [*found.values()]


def _said(way: str, one: Counted[Any] | LeftOut, number: Number) -> _Said:
    values = -1 if one.values is None else number(("values", *one.values.items()))
    at = NEVER if one.at is None else micros(one.at)
    if isinstance(one, LeftOut):
        return number((way, "left out", one.why)), values, at, 0, 0
    took, flags = one.took, ALWAYS * one.always
    if isinstance(took, datetime):
        took, flags = micros(took), flags | RUNS
    return number((way, "counts", *one.shape)), values, at, NOT_AT_ALL if took is None else took, flags


def _floor(moment: datetime) -> int:
    """Seconds, as far as they go."""
    since = moment - ERA
    seconds = since.days * 86_400 + since.seconds
    return seconds if abs(seconds) < _SECONDS else max(-_SECONDS, min(seconds, _SECONDS - 1))
