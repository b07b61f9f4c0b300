"""What is kept of persons gives the same reports as folding all facts, whatever happened and at whatever clocks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counts
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.keeping import KEPT, READS, Keeps, of_person
from services.reporting.metrics.people import people, person_of
from services.reporting.metrics.report import Report
from services.reporting.metrics.world import World
from services.reporting.projections.around import Around
from services.reporting.projections.columns import Columns
from services.reporting.projections.kept import Words
from services.reporting.projections.kept_reports import Asked, Folded
from tests.oracle.histories import ABOUT, EVERYTHING, histories, questions
from tests.oracle.test_agreement import AGREE, facts


class Held:
    """Everybody's, folded at the end of the log."""

    def __init__(self, known: Sequence[Fact], now: datetime) -> None:
        read = [fact for fact in known if type(fact.event) in READS]
        self.around = Around()
        self.around.hold([fact for fact in read if person_of(fact.event) is None])
        self.of: dict[UUID, list[Fact]] = defaultdict(list)
        aliases = people(read)
        for fact in read:
            if (person := person_of(fact.event)) is not None:
                self.of[aliases.resolve(person)].append(fact)
        clocks, words, self.columns = Clocks(now, now), Words(), Columns()
        rows = []
        for change, (person, own) in enumerate(sorted(self.of.items()), start=1):
            world = World(own, clocks, self.around.world(clocks, own))
            kept = of_person(own, world, words.number, self.around.horizon(clocks))
            rows.append({"person": person.bytes, "life": kept.life, "items": kept.items, "change": change})
        self.columns.words.learn(words.all())
        self.columns.take(rows, first=True)

    def report(self, way: Keeps, counts: Counts[Any, Any, Any], question: Any, clocks: Clocks) -> Report[Any, Any]:
        clocks = counts.clocks(clocks, question)
        holds, other = self.columns.standing(way, clocks)
        again = [fact for person in self.columns.persons(other) for fact in self.of[person]]
        folded = Folded([], [fact for fact in again if type(fact.event) in way.reads])
        return Asked(way, counts, question, clocks, self.columns, self.around, holds, folded).report()


@pytest.mark.parametrize("report", list(KEPT))
@AGREE
@given(data=st.data())
def test_what_is_kept_agrees_with_what_is_folded(report: str, data: st.DataObject) -> None:
    log = data.draw(histories(ABOUT.get(report, EVERYTHING)))
    now = max(happened.known for happened in log) + timedelta(days=1)
    known = facts(log)
    held, definition = Held(known, now), DEFINITIONS[report]
    for _ in range(5):
        asked = data.draw(questions(report, log))
        question = definition.question.model_validate(asked)
        clocks = question.clocks(now)
        if question.version not in (None, definition.version):
            continue
        needed = [fact for fact in known if type(fact.event) in definition.reads]
        assert isinstance(definition.compute, Counts)
        theirs = definition.compute(World(needed, clocks), question)
        ours = held.report(KEPT[report], definition.compute, question, clocks)
        assert [(c.row, c.count) for c in ours.cells] == [(c.row, c.count) for c in theirs.cells], asked
        assert ours.left_out == theirs.left_out, asked
