"""On real PostgreSQL: answers are frozen, verified and compared though nobody could fold all facts."""

from typing import Any

import pytest

from services.reporting.metrics.keeping import KEPT
from services.reporting.projections import history, kept_reports
from services.reporting.projections.history import History, TooMuch
from services.reporting.projections.kept import Keeper
from services.reporting.tests.conftest import Tell
from services.reporting.tests.telling import at
from services.reporting.tests.test_pasts import told
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

REPORTS = [report for report in KEPT if report != "adverse-impact"]
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
async def test_it_is_frozen_and_runs_again_to_the_same(lead: Api, report: str) -> None:
    asked = {"report": report, "question": {"as_of": at(17).isoformat()}}
    snapshot = (await lead.post("/snapshots", asked))["id"]
    assert (await lead.get(f"/snapshots/{snapshot}/verify"))["verdict"] == "same"
    assert (await lead.get(f"/snapshots/{snapshot}"))["facts"] > 0


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
