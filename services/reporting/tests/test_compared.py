"""On real PostgreSQL: answers are frozen, verified and compared though nobody could fold all facts."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.metrics.keeping import KEPT
from services.reporting.projections import history, kept_reports
from services.reporting.projections.history import History, TooMuch
from services.reporting.projections.kept import Keeper
from services.reporting.projections.kept_reports import KeptReports
from services.reporting.tests.conftest import Tell
from services.reporting.tests.telling import Telling, at
from services.reporting.tests.test_pasts import MOVED, told
from shared.events.ats.application import ApplicationSubmitted
from shared.events.ats.job import JobTeamChanged
from shared.events.ats.offer import OfferAccepted
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

pytestmark = pytest.mark.usefixtures("caught_up")

REPORTS = [report for report in KEPT if report != "adverse-impact"]
FIFTH: Any = {"person_id": "P5", "application_id": "A5"}
# What was known on day 11 of day 10, and on day 30 of day 25, or of day 5.
CLOCKS = [(10, 11, 25, 30), (10, 19, 10, 30), (10, 11, 5, 30)]


@pytest.fixture(autouse=True)
async def large(reporting: Wired, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are kept, and of some there is something new."""
    facts = told().facts
    await tell(facts[:-3])
    await Keeper(reporting.store.database).all()
    await tell(facts[-3:])

    async def refuse(*_: Any) -> None:
        raise TooMuch("All facts would have to be folded for it")

    monkeypatch.setattr(History, "load", refuse)


def shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "explain"} for row in rows]


@pytest.mark.parametrize("clocks", CLOCKS)
@pytest.mark.parametrize("report", REPORTS)
async def test_changes_lead_from_the_first_answer_to_the_second(
    lead: Api, report: str, clocks: tuple[float, float, float, float]
) -> None:
    as_of, known_at, to_as_of, to_known_at = (at(day).isoformat() for day in clocks)
    first = shown((await lead.get(f"/reports/{report}", as_of=as_of, known_at=known_at))["rows"])
    second = shown((await lead.get(f"/reports/{report}", as_of=to_as_of, known_at=to_known_at))["rows"])
    between: Any = {"as_of": as_of, "known_at": known_at, "to_as_of": to_as_of, "to_known_at": to_known_at}
    found = await lead.get(f"/reports/{report}/diff", **between)
    rows = first
    for change in found["changes"]:
        for each in change["rows"]:
            assert each["before"] is None or each["before"] in rows
            rows = [row for row in rows if row != each["before"]] + ([each["after"]] if each["after"] else [])
    assert sorted(map(repr, rows)) == sorted(map(repr, second))


async def test_each_change_is_told_by_what_brought_it(lead: Api) -> None:
    as_of, known_at, to_as_of, to_known_at = (at(day).isoformat() for day in CLOCKS[1])
    between: Any = {"as_of": as_of, "known_at": known_at, "to_as_of": to_as_of, "to_known_at": to_known_at}
    found = await lead.get("/reports/funnel/diff", **between)
    # P1 came on day 12 and P2 on day 2, as was known on day 20.
    corrected = {"ats.application.occurrence-corrected"}
    told_of = [(change["cause"], {event["type"] for event in change["events"]}) for change in found["changes"]]
    assert told_of == [("corrected", corrected)] * 2
    reached = [
        [row["after"]["reached"] - row["before"]["reached"] for row in change["rows"]] for change in found["changes"]
    ]
    assert reached == [[-1], [1]]


@pytest.mark.parametrize("report", REPORTS)
async def test_it_is_frozen_and_runs_again_to_the_same_whatever_comes_late(
    reporting: Wired, lead: Api, tell: Tell, report: str
) -> None:
    asked = {"report": report, "question": {"as_of": at(17).isoformat()}}
    snapshot = (await lead.post("/snapshots", asked))["id"]
    assert (await lead.get(f"/snapshots/{snapshot}"))["facts"] > 0
    # Known by then, and kept since: somebody who came, a job that was another's, when P5 took the seat, and P2 came.
    late = Telling()
    late(4.5, ApplicationSubmitted, person_id="P9", application_id="A9", job_id="J1", stage="applied", source="agency")
    late(2, JobTeamChanged, job_id="J1", role="recruiter", member="M9", since=at(2))
    taken = next(fact for fact in told().facts if isinstance(fact.event, OfferAccepted))
    late(21, MOVED, **FIFTH, event_id=taken.id, old=taken.occurred, new=at(18), why="wrong_day")
    await tell([replace(fact, id=uuid4(), position=1_000 + fact.position) for fact in late.facts])
    await Keeper(reporting.store.database).all()
    assert (await lead.get(f"/snapshots/{snapshot}/verify"))["verdict"] == "same"


async def test_what_is_corrected_later_was_not_among_the_facts_of_a_past(
    reporting: Wired, lead: Api, tell: Tell
) -> None:
    asked = {"report": "time-to-hire", "question": {"as_of": at(15.5).isoformat()}}
    snapshot = (await lead.post("/snapshots", asked))["id"]
    # It occurred after that day, and is read where a correction is known that may say otherwise.
    taken = next(fact for fact in told().facts if isinstance(fact.event, OfferAccepted))
    late = Telling()
    late(21, MOVED, **FIFTH, event_id=taken.id, old=taken.occurred, new=at(15), why="wrong_day")
    await tell([replace(fact, id=uuid4(), position=1_000) for fact in late.facts])
    assert (await lead.get(f"/snapshots/{snapshot}/verify"))["verdict"] == "same"


async def test_what_comes_while_answers_are_compared_counts_in_none_of_them(
    lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_of, known_at, to_as_of, to_known_at = (at(day).isoformat() for day in CLOCKS[1])
    between: Any = {"as_of": as_of, "known_at": known_at, "to_as_of": to_as_of, "to_known_at": to_known_at}
    before, report, come = await lead.get("/reports/funnel/diff", **between), KeptReports.report, Telling()
    came: Any = {"person_id": "P9", "application_id": "A9", "job_id": "J1", "stage": "applied", "source": "agency"}
    come(4.5, ApplicationSubmitted, known=20, **came)
    some = [replace(fact, id=uuid4(), position=1_000) for fact in come.facts]

    async def slowly(*given: Any, **more: Any) -> Any:
        found = await report(*given, **more)
        await tell(some)
        some.clear()
        return found

    monkeypatch.setattr(KeptReports, "report", slowly)
    assert await lead.get("/reports/funnel/diff", **between) == before
    assert await lead.get("/reports/funnel/diff", **between) != before


async def test_nothing_is_frozen_while_much_of_the_log_is_missing(reporting: Wired, lead: Api) -> None:
    for behind, detail in (
        ("records = 20000", "Up to 20,000 events are on the log and not in these figures yet"),
        ("records = 0, looked = now() - interval '1 minute'", "How many events are missing is unknown"),
    ):
        await reporting.store.database.execute(f"UPDATE standing SET {behind} WHERE topic = 'ats.events'")
        refused = await lead.post("/snapshots", {"report": "funnel"}, status=503)
        assert (refused["type"], detail in refused["detail"]) == ("urn:hirelog:problem:far-behind", True)


async def test_what_is_between_two_answers_may_be_too_much(
    reporting: Wired, lead: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Keeper(reporting.store.database).all()
    as_of, known_at, to_as_of, to_known_at = (at(day).isoformat() for day in CLOCKS[0])
    between: Any = {"as_of": as_of, "known_at": known_at, "to_as_of": to_as_of, "to_known_at": to_known_at}
    # Four persons have to do with what is between them.
    for module, name, most in ((history, "MOST_BETWEEN", 2), (kept_reports, "MOST", 3)):
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(module, name, most)
            refused = await lead.get("/reports/funnel/diff", status=422, **between)
            assert "lie closer together" in refused["next_step"], name
