"""ETags: what can't have changed is not computed again, and what has changed always is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import Request, Response

from services.reporting.api.conditional import Conditional
from services.reporting.commands.questions import restricted
from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.fact import Fact
from services.reporting.projections.changes import Place
from services.reporting.projections.history import History
from services.reporting.projections.standing import Behind
from services.reporting.tests.computing import NOW, computed
from services.reporting.tests.conftest import Keep, Tell
from services.reporting.tests.log import Log
from services.reporting.tests.making import make
from services.reporting.tests.test_feed import sourced, writing
from services.reporting.tests.test_reports_api import HISTORIES, QUARTER
from shared.events.ats.application import ApplicationSubmitted
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

PAST: dict[str, Any] = {"as_of": "2026-03-31", "known_at": "2026-04-12"}
OF_FACTS = [report for report, definition in DEFINITIONS.items() if not restricted(definition)]
AT = datetime(2026, 3, 10, tzinfo=UTC)


async def etag_of(api: Api, path: str, **asked: Any) -> str:
    await api.get(path, **asked)
    return api.last.headers["etag"]


async def again(api: Api, path: str, etag: str, status: int, **asked: Any) -> Any:
    return await api.send("GET", path, status, headers={"If-None-Match": etag}, params=asked)


def submitted(day: datetime = AT) -> Fact:
    event = make(ApplicationSubmitted, application_id=uuid4(), person_id=uuid4(), job_id=uuid4(), stage="applied")
    return Fact(uuid4(), event, 1, day, day + timedelta(seconds=1))


async def test_the_same_question_of_the_same_facts_is_not_computed_again(
    lead: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"/reports/{report}{form}" for report in OF_FACTS for form in ("", ".csv", "/explain", "/explain.csv")]
    etags = {path: await etag_of(lead, path, **PAST) for path in paths}
    assert lead.last.headers["cache-control"] == "no-cache"

    async def load(*_: Any) -> None:
        raise AssertionError("facts were read")

    monkeypatch.setattr(History, "load", load)
    for path, etag in etags.items():
        assert await again(lead, path, etag, 304, **PAST) == ""
        assert lead.last.headers["etag"] == etag
        await again(lead, path, f'"another", {etag.removeprefix("W/")}', 304, **PAST)


async def test_the_same_question_in_other_words_has_the_same_etag(lead: Api) -> None:
    etag = await etag_of(lead, "/reports/funnel", known_at="2026-03-31")
    await again(
        lead, "/reports/funnel", etag, 304, known_at="2026-04-01T02:00+02:00", as_of="2026-04-01T00:00Z", version=1
    )


async def test_no_two_answers_share_an_etag(lead: Api) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/reports/hires", PAST), ("/reports/hires.csv", PAST), ("/reports/hires/explain", PAST),
        ("/reports/hires/explain.csv", PAST), ("/reports/funnel", PAST), ("/reports/hires", PAST | {"by": "month"}),
        ("/reports/hires", PAST | {"by": ["month", "job"]}), ("/reports/hires", PAST | {"by": ["job", "month"]}),
        ("/reports/hires", PAST | {"as_of": "2026-03-30"}), ("/reports/hires", PAST | {"known_at": "2026-04-11"}),
        ("/reports/hires", PAST | {"zone": "Europe/Berlin"}), ("/reports/hires", PAST | {"period": "2026-03"}),
        ("/reports/hires", PAST | {"source": "referral"}), ("/reports/hires/explain", PAST | {"limit": 7}),
        ("/reports/hires/explain", PAST | {"limit": 8}), ("/reports/hires/diff", PAST | {"to_known_at": "2026-04-13"}),
        ("/reports/hires/diff", PAST | {"to_known_at": "2026-04-14"}),
    ]  # fmt: skip
    assert len({await etag_of(lead, path, **one) for path, one in asked}) == len(asked)


def test_a_new_version_of_a_definition_has_another_etag() -> None:
    definition, stand, rest = DEFINITIONS["hires"], Place("generation", 7), Behind({}, AT, 0, None)
    request = Request({"type": "http", "path": "/v1/reports/hires", "query_string": b"", "headers": []})
    one = Conditional(request, Response())
    asked = definition.question.model_validate(PAST)
    tags = {
        one.etag(definition, asked, stand, rest),
        one.etag(replace(definition, version=2), asked, stand, rest),
        one.etag(definition, asked, replace(stand, generation="rebuilt"), rest),
        one.etag(definition, asked, replace(stand, change=8), rest),
        one.etag(definition, asked, stand, replace(rest, events=None)),
        one.etag(definition, asked, stand, replace(rest, parked=1)),
    }
    assert len(tags) == 6


async def test_a_new_fact_is_another_answer_also_where_it_is_about_the_past(lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    etag = await etag_of(lead, "/reports/funnel", **PAST)
    await tell([submitted()])
    before = await again(lead, "/reports/funnel", etag, 200, **PAST)
    etag = lead.last.headers["etag"]
    await tell([submitted()])
    after = await again(lead, "/reports/funnel", etag, 200, **PAST)
    assert after["rows"][0]["reached"] == before["rows"][0]["reached"] + 1


async def test_a_redriven_event_is_another_answer(lead: Api, keep: Keep, log: Log) -> None:
    deliveries = await log.deliveries([submitted(AT + timedelta(hours=n)) for n in range(3)])
    parked = deliveries.pop(1)
    await keep(deliveries)
    etag = await etag_of(lead, "/reports/funnel", **PAST)
    assert (await again(lead, "/reports/funnel", etag, 304, **PAST)) == ""
    await keep([parked])
    answer = await again(lead, "/reports/funnel", etag, 200, **PAST)
    assert answer["rows"][0]["reached"] == 3


async def test_what_a_redrive_takes_out_of_the_past_is_another_answer(lead: Api, keep: Keep, log: Log) -> None:
    deliveries = await log.deliveries([submitted(AT + timedelta(hours=n)) for n in range(3)])
    parked = deliveries.pop(0)
    parked.record.timestamp = int(datetime(2026, 4, 20, tzinfo=UTC).timestamp() * 1000)
    await keep(deliveries)
    etag = await etag_of(lead, "/reports/funnel", **PAST)
    await keep([parked])
    assert (await again(lead, "/reports/funnel", etag, 200, **PAST))["rows"][0]["reached"] is None


async def test_while_an_earlier_change_may_still_be_committed_there_is_no_etag(
    lead: Api, reporting: Wired, keep: Keep, log: Log
) -> None:
    async with writing(reporting, await Log(partition=1).deliveries([submitted()])) as connection:
        await keep(await log.deliveries(sourced(1)))
        await lead.get("/reports/funnel", **PAST)
        assert "etag" not in lead.last.headers
        await connection.execute("COMMIT")
    await etag_of(lead, "/reports/funnel", **PAST)


async def test_a_question_about_now_has_no_etag(lead: Api) -> None:
    asked: list[dict[str, Any]] = [{}, {"as_of": "2026-03-31"}]
    for one in asked:
        for report in DEFINITIONS:
            await lead.get(f"/reports/{report}", **one)
            assert "etag" not in lead.last.headers
    await lead.get("/reports/hires/diff", **PAST)
    assert "etag" not in lead.last.headers


async def test_what_people_told_of_themselves_has_no_etag_for_an_erasure_changes_it(lead: Api) -> None:
    for report in DEFINITIONS.keys() - {*OF_FACTS}:
        for form in ("", "/explain", ".csv", "/explain.csv"):
            await lead.get(f"/reports/{report}{form}", **PAST)
            assert "etag" not in lead.last.headers
    assert len(OF_FACTS) < len(DEFINITIONS)


def test_the_answer_about_now_grows_with_time_though_no_fact_comes() -> None:
    facts = HISTORIES[QUARTER][0].facts
    days = [
        [part.duration for cell in computed("time-in-stage", facts, {}, now).cells for part in cell.parts]
        for now in (NOW, NOW + timedelta(days=1))
    ]
    assert days[0] != days[1]


async def test_a_304_is_for_those_whose_role_reads_reports(lead: Api, anybody: Api) -> None:
    etag = await etag_of(lead, "/reports/hires", **PAST)
    await again(anybody, "/reports/hires", etag, 401, **PAST)
    await again(anybody.as_("interviewer"), "/reports/hires", etag, 403, **PAST)


async def test_who_has_an_answer_is_told_once_it_may_lack_something(
    lead: Api, caught_up: None, reporting: Wired
) -> None:
    path = "/reports/funnel"
    etag = await etag_of(lead, path, **PAST)
    await reporting.store.database.execute("UPDATE standing SET records = 30")
    await again(lead, path, etag, 304, **PAST)
    await reporting.store.database.execute("UPDATE standing SET looked = now() - interval '1 minute'")
    answer = await again(lead, path, etag, 200, **PAST)
    assert "How many events are missing is unknown" in answer["behind"]["note"]
    unknown = lead.last.headers["etag"]
    await again(lead, path, unknown, 304, **PAST)
    await reporting.store.database.execute("UPDATE standing SET looked = now() + interval '1 day'")
    await again(lead, path, unknown, 200, **PAST)
    await again(lead, path, etag, 304, **PAST)
