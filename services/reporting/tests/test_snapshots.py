"""A frozen report runs again to the same bytes, or says which fact differs."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.commands import snapshots
from services.reporting.commands.answering import Ask, asking
from services.reporting.metrics import catalogue, sealing
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Report
from services.reporting.tests.conftest import Keep, Tell
from services.reporting.tests.log import Log
from services.reporting.tests.making import make, of_name
from services.reporting.tests.tables import asked
from shared.events.ats.application import ApplicationSubmitted
from shared.kit.context import now
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

pytestmark = pytest.mark.usefixtures("caught_up")

HISTORIES = {title: list(rows) for title, rows in groupby(asked(), key=lambda row: row.title)}
QUARTER = HISTORIES[next(title for title in HISTORIES if title.startswith("E4 "))][0].facts
QUESTION: dict[str, Any] = {"period": "2026-Q1", "zone": "Europe/Berlin", "by": ["month"], "as_of": "2026-03-31"}

Seal = Callable[..., Awaitable[str]]


@pytest.fixture
async def seal(lead: Api, tell: Tell) -> Seal:
    await tell(QUARTER)

    async def seal(report: str = "funnel", **question: Any) -> str:
        of: str = (await lead.post("/snapshots", {"report": report, "question": question or QUESTION}))["id"]
        return of

    return seal


async def verdict(lead: Api, snapshot: str) -> Any:
    return await lead.get(f"/snapshots/{snapshot}/verify")


def late() -> Fact:
    """An application of that March, of which the log hears only now."""
    event = make(ApplicationSubmitted, application_id=uuid4(), job_id=of_name("J1"), stage="Applied")
    return Fact(uuid4(), event, 900, QUARTER[-1].occurred - timedelta(days=30), now())


async def change(reporting: Wired, statement: str, fact: Fact) -> None:
    await reporting.store.database.execute(statement, fact.id)


async def test_what_comes_later_leaves_a_frozen_report_as_it_was(lead: Api, tell: Tell, seal: Seal) -> None:
    snapshot = await seal()
    sealed = await lead.get(f"/snapshots/{snapshot}")
    before = await lead.get("/reports/funnel", **QUESTION)
    # Kafka may have taken it before the seal, and be slow to give it.
    await tell([replace(late(), known=QUARTER[-1].known)])
    assert await lead.get("/reports/funnel", **QUESTION) != before
    assert (await verdict(lead, snapshot))["verdict"] == "same"
    assert await lead.get(f"/snapshots/{snapshot}") == sealed
    assert [row["reached"] for row in sealed["rows"]] == [row["reached"] for row in before["rows"]]
    await lead.get(f"/snapshots/{snapshot}/table")
    assert sha256(lead.last.content).hexdigest() == sealed["answer"]
    assert [item["id"] for item in (await lead.get("/snapshots"))["items"]] == [snapshot]


async def test_a_fact_that_was_changed_is_named(reporting: Wired, lead: Api, seal: Seal) -> None:
    snapshot = await seal()
    await change(reporting, "UPDATE facts SET occurred = occurred - interval '1 day' WHERE event_id = $1", QUARTER[-2])
    await change(reporting, 'UPDATE facts SET data = data || \'{"stage": "Onsite"}\' WHERE event_id = $1', QUARTER[-4])
    found = await verdict(lead, snapshot)
    assert (found["verdict"], found["counts"]) == ("facts differ", {"missing": 0, "added": 0, "changed": 2})
    assert set(found["facts"]["changed"]) == {str(QUARTER[-2].id), str(QUARTER[-4].id)}


async def test_a_fact_that_is_gone_or_was_redriven_is_named(
    reporting: Wired, lead: Api, seal: Seal, keep: Keep, log: Log, tell: Tell
) -> None:
    [parked] = await log.deliveries([replace(late(), known=QUARTER[0].known)])
    await tell([late()])
    snapshot = await seal()
    assert (await verdict(lead, snapshot))["verdict"] == "same"
    await keep([parked])
    await change(reporting, "DELETE FROM facts WHERE event_id = $1", QUARTER[-4])
    found = await verdict(lead, snapshot)
    assert found["facts"] == {"missing": [str(QUARTER[-4].id)], "added": [str(parked.envelope.id)], "changed": []}
    await reporting.store.database.execute("DELETE FROM sealed_facts")
    assert "can't be said" in (await verdict(lead, snapshot))["next_step"]


async def test_what_is_redriven_while_a_report_is_frozen_counts_in_its_facts_and_its_figures(
    lead: Api, seal: Seal, keep: Keep, log: Log, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    [parked] = await log.deliveries([replace(late(), known=QUARTER[0].known)])
    await tell([late()])
    come = [parked]

    async def after_digests(*given: Any) -> Ask:
        await keep(come)
        come.clear()
        return await asking(*given)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(snapshots, "asking", after_digests)
        snapshot = await seal()
    assert (await verdict(lead, snapshot))["verdict"] == "same"
    assert (await lead.get(f"/snapshots/{snapshot}"))["rows"][0]["reached"] == 4


async def test_one_whose_digests_were_made_by_another_rule_is_read_and_not_verified(
    lead: Api, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = await seal()
    monkeypatch.setattr(sealing, "RULE", sealing.RULE + 1)
    refused = await lead.get(f"/snapshots/{snapshot}/verify", status=409)
    assert (refused["type"], "freeze" in refused["next_step"]) == ("urn:hirelog:problem:older-rule", True)
    assert (await lead.get(f"/snapshots/{snapshot}"))["facts"] > 0


async def test_a_frozen_report_keeps_the_version_of_its_definition(
    lead: Api, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = await seal("time-in-stage", version=1, stage="Screen")
    assert (await lead.get(f"/snapshots/{snapshot}"))["definition"]["version"] == 1
    assert (await verdict(lead, snapshot))["verdict"] == "same"
    other = replace(catalogue.VERSIONS["time-in-stage"][1], compute=lambda world, question: Report([]))
    monkeypatch.setitem(catalogue.VERSIONS["time-in-stage"], 1, other)
    assert (await verdict(lead, snapshot))["verdict"] == "the answer differs"


async def test_a_frozen_report_keeps_the_releases_of_its_tables(
    lead: Api, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = await seal("feedback-sla", period="2026-Q1")
    here = catalogue.VERSIONS["feedback-sla"][1]
    newer = replace(here, tables="holidays 0.999", compute=lambda world, question: Report([]))
    monkeypatch.setitem(catalogue.VERSIONS["feedback-sla"], 1, newer)
    assert (await lead.get(f"/snapshots/{snapshot}"))["definition"]["tables"] == here.tables
    found = await verdict(lead, snapshot)
    assert found["verdict"] == "the answer differs"
    assert f"run it with {here.tables}; here it was run with holidays 0.999" in found["next_step"]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"report": "happiness"}, "name one of time-to-hire"),
        ({"report": "funnel", "question": {"by": ["colour"]}}, "question.by.0"),
        ({"report": "funnel", "question": {"as_of": "2199-01-01"}}, "ask for an earlier moment"),
        ({"report": "funnel", "question": {"version": 9}}, "ask for one of 1"),
        ({"report": "funnel", "question": {"version": True}}, "give a whole number"),
        ({"report": "funnel", "question": {"version": 1.0}}, "give a whole number"),
        ({"report": "engagement", "question": {"step": True}}, "give a whole number"),
        ({"report": "engagement", "question": {"step": "1_0"}}, "give a whole number"),
        ({"report": "pipeline-health", "question": {"dimension": "current"}}, "of what jobs are then"),
        ({"report": "funnel", "colour": "red"}, "colour"),
    ],
)
async def test_a_bad_question_is_not_frozen(lead: Api, body: dict[str, Any], names: str) -> None:
    assert names in str(await lead.post("/snapshots", body, status=422))


async def test_only_some_may_freeze_what_all_readers_may_read(anybody: Api, lead: Api, tell: Tell, seal: Seal) -> None:
    snapshot = await seal()
    await anybody.as_("interviewer").post("/snapshots", {"report": "funnel"}, status=403)
    await anybody.as_("interviewer").get(f"/snapshots/{snapshot}", status=403)
    await lead.get(f"/snapshots/{uuid4()}/verify", status=404)


@pytest.mark.parametrize("moment", [20260101, 1.5, True])
async def test_a_number_is_no_moment(lead: Api, moment: float) -> None:
    refused = await lead.post("/snapshots", {"report": "funnel", "question": {"as_of": moment}}, status=422)
    assert [field["field"] for field in refused["fields"]] == ["question.as_of"]
