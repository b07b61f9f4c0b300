"""The reports over HTTP on real PostgreSQL: the same answers, their clocks and definitions, and what is refused."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import pytest

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.tests.computing import dimensions
from services.reporting.tests.conftest import Tell
from services.reporting.tests.tables import asked, shown
from shared.kit.testing.api import Api

HISTORIES = {title: list(rows) for title, rows in groupby(asked(), key=lambda row: row.title)}
QUARTER = next(title for title in HISTORIES if title.startswith("E4"))


@pytest.mark.parametrize("title", HISTORIES)
async def test_the_database_cuts_and_gives_what_the_log_holds(title: str, lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[title][0].facts)
    for row in HISTORIES[title]:
        parameters: dict[str, Any] = {**row.parameters}
        explained = await lead.get(f"/reports/{row.report}/explain", **parameters)
        plain = await lead.get(f"/reports/{row.report}", **parameters)
        assert [cell["row"] for cell in explained["rows"]] == plain["rows"]
        found = shown([(cell["row"], cell["parts"]) for cell in explained["rows"]], explained["left_out"])
        otherwise = {name: "0" if name.startswith("left out") else "not there" for name in row.answer}
        assert {name: found.get(name, otherwise[name]) for name in row.answer} == row.answer, row


@pytest.mark.parametrize("report", DEFINITIONS)
async def test_without_any_event_a_report_says_no_data(report: str, lead: Api) -> None:
    answer = await lead.get(f"/reports/{report}")
    assert answer["note"] == "no data"
    numbers = [value for row in answer["rows"] for value in _numbers(row)]
    assert set(numbers) <= {0}
    assert (await lead.get(f"/reports/{report}", by=dimensions(report)[:2]))["rows"] == []


async def test_an_answer_states_definition_clocks_and_freshness(lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    answer = await lead.get("/reports/time-to-hire", as_of="2026-03-31", zone="Europe/Berlin", end="hired")
    assert answer["as_of"] == "2026-03-31T22:00:00Z"
    assert answer["known_at"] > answer["as_of"]
    assert answer["freshness"] == {"occurred": "2026-04-10T09:00:00Z", "known": "2026-04-10T09:00:00Z"}
    definition = answer["definition"]
    assert (definition["id"], definition["version"]) == ("time-to-hire", 1)
    assert definition["parameters"]["end"] == "hired"
    assert definition["parameters"]["start"] == "applied"
    [listed] = [d for d in (await lead.get("/metrics-definitions"))["items"] if d["id"] == "time-to-hire"]
    assert listed["text"] == definition["text"]
    assert set(listed["parameters"]) >= set(definition["parameters"])


async def test_known_at_alone_sets_both_clocks(lead: Api) -> None:
    answer = await lead.get("/reports/funnel", known_at="2026-04-01")
    assert answer["as_of"] == answer["known_at"] == "2026-04-02T00:00:00Z"


async def test_an_unreached_milestone_is_zero_and_an_unheld_median_is_not(lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    funnel = await lead.get("/reports/funnel", as_of="2026-03-25")
    assert [row["reached"] for row in funnel["rows"]] == [1, 0, 0, 0, 0]
    hires = await lead.get("/reports/time-to-hire", as_of="2026-03-25")
    assert hires["rows"][0]["n"] == 0
    assert hires["rows"][0]["median"] == {"microseconds": None, "days": None, "note": "no data"}


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"by": "colour"}, "'hiring_manager', 'month', 'quarter' or 'year'"),
        ({"by": ["job", "job"]}, "job is named twice"),
        ({"by": ["job", "source", "month"]}, "at most 2"),
        ({"form": "applied"}, "allowed are zone, as_of, known_at, period"),
        ({"start": "birth"}, "'applied', 'job_entry', 'first_touch' or 'sourced'"),
        ({"zone": "Mars/Olympus"}, "Europe/Berlin"),
        ({"zone": "../../etc/passwd"}, "IANA"),
        ({"zone": "\x00"}, "IANA"),
        ({"as_of": "2026-03-31", "known_at": "2026-03-30"}, "as_of (2026-04-01T00:00:00Z) lies after known_at"),
        ({"as_of": "2999-01-01"}, "lies after known_at"),
        ({"known_at": "2999-01-01"}, "lies in the future"),
        ({"as_of": "yesterday"}, "give a date"),
        ({"as_of": "2026-03-31T09:00"}, "needs its zone"),
        ({"as_of": "9999-12-31"}, "give a date"),
        ({"period": "2026-Q5"}, "2026-Q1"),
        ({"period": "2026-02-30"}, "2026-Q1"),
        ({"period": "2026-03..2026-01"}, "runs backwards"),
        ({"period": "9999"}, "2026-Q1"),
        ({"job": "the big one"}, "UUID"),
    ],
)
async def test_a_bad_question_is_refused_with_what_is_allowed(
    parameters: dict[str, Any], names: str, lead: Api
) -> None:
    answer = await lead.get("/reports/time-to-hire", status=422, **parameters)
    assert answer["type"] == "urn:hirelog:problem:invalid"
    assert answer["next_step"]
    assert names in str(answer)


async def test_an_unknown_report_is_refused_with_those_there_are(lead: Api) -> None:
    for path in ("/reports/happiness", "/reports/happiness/explain"):
        assert "time-to-hire, hires, days-to-offer" in (await lead.get(path, status=404))["next_step"]


async def test_reports_are_for_those_whose_role_reads_them(anybody: Api, lead: Api) -> None:
    await lead.get("/reports/funnel")
    await anybody.get("/reports/funnel", status=401)
    await anybody.as_("interviewer").get("/reports/funnel", status=403)
    await anybody.as_("stranger").get("/metrics-definitions", status=403)


def _numbers(value: Any) -> Iterable[float]:
    match value:
        case dict():
            for item in value.values():
                yield from _numbers(item)
        case int() | float():
            yield value
