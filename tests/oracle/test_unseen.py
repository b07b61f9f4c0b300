"""On real PostgreSQL: a report that does not see all facts is the one that folds the others, wherever it is had from.

So it is with what came later than a report was frozen, and with what counts only in a later step of a comparison.
"""

import os
from datetime import timedelta
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.reporting.commands.answering import asking
from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.keeping import KEPT, answers
from services.reporting.metrics.world import World
from services.reporting.projections.facts import TOPICS
from services.reporting.projections.history import History
from services.reporting.projections.kept import Keeper
from services.reporting.projections.offsets import Offsets, Seen
from services.reporting.projections.self_identifications import TOPICS as APART
from services.reporting.tests.conftest import Tell
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.kit.wiring import Wired
from tests.oracle.histories import EVERYTHING, histories, questions
from tests.oracle.test_agreement import facts

HISTORIES = os.environ.get("HIRELOG_ORACLE_HISTORIES")
EMPTY = "TRUNCATE facts, self_identifications, kept, kept_words, marks, positions"
UNSEEN = settings(
    max_examples=-(-int(HISTORIES or 200) // 20), derandomize=HISTORIES is None, deadline=None, database=None,
    suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
QUESTIONS = 12


@UNSEEN
@given(data=st.data())
async def test_what_is_not_seen_counts_nowhere(data: st.DataObject, reporting: Wired, tell: Tell, log: object) -> None:
    happened = data.draw(histories((*EVERYTHING, "meetings")))
    now = max(one.known for one in happened) + timedelta(days=1)
    # As the log takes them.
    known = sorted(facts(happened), key=lambda fact: (fact.known, fact.position))
    await reporting.store.database.execute(EMPTY)
    folded = data.draw(st.integers(0, len(known)))
    first = vars(log)["_offset"] + 1
    await tell(known[:folded])
    await Keeper(reporting.store.database).all()
    await tell(known[folded:])
    for _ in range(QUESTIONS):
        report = data.draw(st.sampled_from(KEPT))
        definition = DEFINITIONS[report]
        asked = {name: value for name, value in data.draw(questions(report, happened)).items() if name != "version"}
        question = definition.question.model_validate(asked)
        if answers(definition, question) is None:
            continue
        upto = data.draw(st.integers(0, len(known)))
        offsets: Offsets = {topic: {0: first + upto} for topic in (*TOPICS, *APART)}
        others = [fact.id for fact in known if not isinstance(fact.event, SelfIdentificationRecorded)]
        without: frozenset[UUID] = data.draw(st.frozensets(st.sampled_from(others), max_size=20))
        seen = Seen(question.clocks(now), offsets, without)
        ask = await asking(reporting.store, definition, question, [seen.clocks], seen.offsets)
        ours = await ask(seen)
        # Kafka's clock knows milliseconds: these are facts as they are there.
        left = await History(reporting.store.database, reporting.store.codec).load(definition.reads, seen)
        every = await History(reporting.store.database, reporting.store.codec).load(definition.reads, Seen(seen.clocks))
        of_these = {fact.id for fact in known[:upto]} - without
        kept_back = [fact for fact in every if fact.id in of_these]
        assert {f.id for f in seen.clocks.cut(left)} == {f.id for f in seen.clocks.cut(kept_back)}
        theirs = definition.compute(World(left, seen.clocks), question)
        assert [cell.row for cell in ours.cells] == [cell.row for cell in theirs.cells], (report, asked, upto)
        assert ours.left_out == theirs.left_out, (report, asked, upto)
