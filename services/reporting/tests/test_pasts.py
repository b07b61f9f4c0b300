"""On real PostgreSQL: of a past only what had occurred by then is read of those who are folded, and that is enough."""

from typing import Any

import pytest

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.keeping import answers
from services.reporting.metrics.world import World
from services.reporting.projections.history import History
from services.reporting.projections.kept import Keeper
from services.reporting.projections.kept_reports import kept_reports
from services.reporting.projections.offsets import Seen
from services.reporting.tests.conftest import Tell
from services.reporting.tests.telling import Telling, at
from shared.events.ats.application import ApplicationRejected, ApplicationSubmitted, SourceAttributed
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.offer import OfferAccepted
from shared.events.ats.opening import OpeningOpened
from shared.events.event import registry
from shared.kit.wiring import Wired

MOVED = registry.get("ats.application.occurrence-corrected").model


def told() -> Telling:
    """P1 came on day 1, as was believed until day 20, P2 on day 15; P3 stays, P4 is P3, and P5 took a seat later."""
    tell = Telling()
    tell.job("J1")
    tell(-20, OpeningOpened, opening_id="O1", requisition_id="R1", jobs=(), evergreen=False)
    for day, number in ((1, 1), (15, 2), (3, 3), (4, 5)):
        one: dict[str, Any] = {"person_id": f"P{number}", "application_id": f"A{number}"}
        came = tell(day, ApplicationSubmitted, **one, job_id="J1", stage="applied", source="referral")
        if number < 3:
            tell(20, MOVED, **one, event_id=came.id, old=at(day), new=at({1: 12, 2: 2}[number]), why="wrong_day")
    tell(14, ApplicationRejected, person_id="P3", application_id="A3", stage="applied")
    tell(16, OfferAccepted, person_id="P5", application_id="A5", offer_id="F5", job_id="J1", opening_id="O1")
    tell(18, SourceAttributed, person_id="P3", application_id="A3", view="application", old="referral", new="agency")
    tell(19, CandidatesMerged, person_id="P3", merged="P4", application_map={})
    return tell


@pytest.mark.parametrize("known", [11, 19, 30])
async def test_a_past_is_folded_from_what_had_occurred_by_then(reporting: Wired, tell: Tell, known: float) -> None:
    await tell(told().facts)
    await Keeper(reporting.store.database).all()
    clocks, active = Clocks(at(10), at(known)), []
    for report in ("pipeline-health", "response-time", "source-effectiveness", "hire-chance", "time-to-fill", "funnel"):
        definition, question = DEFINITIONS[report], DEFINITIONS[report].question()
        counts = answers(definition, question)
        assert counts is not None
        ours = await kept_reports(reporting.store.database).report(counts, question, Seen(clocks))
        facts = await History(reporting.store.database).load(definition.reads, Seen(clocks))
        theirs = definition.compute(World(facts, clocks), question)
        assert [cell.row for cell in ours.cells] == [cell.row for cell in theirs.cells], report
        active += [cell.row.active for cell in ours.cells if report == "pipeline-health"]
    assert active == [3]
