"""The reports over HTTP on real PostgreSQL: the same answers, their clocks and definitions, and what is refused."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.fact import Fact
from services.reporting.projections import asked as answering
from services.reporting.projections.kept import Keeper
from services.reporting.tests.computing import computed, dimensions
from services.reporting.tests.conftest import Tell
from services.reporting.tests.making import make, of_name
from services.reporting.tests.tables import asked, shown
from shared.events.ats.application import ApplicationSubmitted
from shared.kit.context import now
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

HISTORIES = {title: list(rows) for title, rows in groupby(asked(), key=lambda row: row.title)}
MARCH = datetime(2026, 3, 3, tzinfo=UTC)
END_OF_JUNE = datetime(2026, 7, 1, tzinfo=UTC)
QUARTER = next(title for title in HISTORIES if title.startswith("E4"))


@pytest.mark.parametrize("folded", ["nobody", "half", "everybody"])
@pytest.mark.parametrize("title", HISTORIES)
async def test_the_database_cuts_and_gives_what_the_log_holds(
    title: str, folded: str, reporting: Wired, lead: Api, tell: Tell
) -> None:
    """Whatever was kept of it before it is asked."""
    facts, keeper = HISTORIES[title][0].facts, Keeper(reporting.store.database)
    half = {"nobody": 0, "half": len(facts) // 2, "everybody": len(facts)}[folded]
    await tell(facts[:half])
    await keeper.all()
    # What was read before stays in memory.
    await lead.get("/reports/funnel")
    await tell(facts[half:])
    for row in HISTORIES[title]:
        parameters: dict[str, Any] = {**row.parameters}
        explained = await lead.get(f"/reports/{row.report}/explain", limit=200, **parameters)
        plain = await lead.get(f"/reports/{row.report}", **parameters)
        assert [unlinked(cell["row"]) for cell in explained["rows"]] == [unlinked(row) for row in plain["rows"]]
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


async def test_every_row_links_to_what_it_was_computed_from(lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    answer = await lead.get("/reports/funnel", period="2026-Q1", as_of="2026-03-31", by=["job", "month"])
    # What comes later changes nothing behind a link.
    late = make(ApplicationSubmitted, application_id=uuid4(), job_id=of_name("J1"), stage="Applied")
    await tell([Fact(uuid4(), late, 200, MARCH, now() + timedelta(hours=1))])
    for row in answer["rows"]:
        opened = await lead.get(row["explain"].removeprefix("/v1"))
        [cell] = opened["rows"]
        assert unlinked(cell["row"]) == unlinked(row)
        assert cell["count"] == len(cell["parts"]) == row["reached"]
        assert (opened["as_of"], opened["known_at"]) == (answer["as_of"], answer["known_at"])


async def test_the_parts_of_a_row_come_page_by_page_each_once(lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    [row] = (await lead.get("/reports/hires", as_of="2026-03-31", zone="UTC"))["rows"]
    applied = (await lead.get("/reports/funnel", zone="UTC"))["rows"][0]
    link, seen = applied["explain"].removeprefix("/v1") + "&limit=2", []
    while link is not None:
        [cell] = (await lead.get(link))["rows"]
        assert len(cell["parts"]) <= 2
        seen += [part["application_id"] for part in cell["parts"]]
        link = cell["next"] and cell["next"].removeprefix("/v1")
    assert len(seen) == len(set(seen)) == applied["reached"] == 3
    assert row["n"] == 0


async def test_persons_and_seats_of_one_row_come_page_by_page(reporting: Wired, lead: Api, tell: Tell) -> None:
    facts = HISTORIES["Enough people for the open seats"][0].facts
    await tell(facts)
    await Keeper(reporting.store.database).all()
    [cell] = computed("pipeline-health", facts, {"as_of": END_OF_JUNE}).cells
    asked: dict[str, Any] = {"as_of": END_OF_JUNE.isoformat(), "known_at": END_OF_JUNE.isoformat()}
    seen: list[Any] = []
    [row] = (await lead.get("/reports/pipeline-health", **asked))["rows"]
    link = row["explain"].removeprefix("/v1") + "&limit=2"
    while link is not None:
        [page] = (await lead.get(link))["rows"]
        assert page["count"] == len(cell.parts) == 9
        seen += page["parts"]
        link = page["next"] and page["next"].removeprefix("/v1")
    assert seen == [part.model_dump(mode="json") for part in sorted(cell.parts, key=lambda part: part.key)]
    assert {part["kind"] for part in seen} == {"application", "seat"}
    assert any(part["chance"] for part in seen)


async def test_parts_of_many_rows_are_asked_for_row_by_row(
    lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    monkeypatch.setattr(answering, "MOST_ROWS", 1)
    refused = await lead.get("/reports/funnel/explain", status=422)
    assert refused["next_step"] == "open the link `explain` of one of them"
    for row in (await lead.get("/reports/funnel"))["rows"]:
        await lead.get(row["explain"].removeprefix("/v1"))


async def test_a_diff_lists_event_by_event_what_changed_and_why(lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    asked: dict[str, Any] = {
        "period": "2026-Q1",
        "zone": "Europe/Berlin",
        "as_of": "2026-03-31",
        "known_at": "2026-04-01",
    }
    found = await lead.get("/reports/funnel/diff", to_known_at="2026-04-30", **asked)
    assert [(change["cause"], len(change["events"])) for change in found["changes"]] == [
        ("arrived late", 2), ("corrected", 1), ("merged", 1),
    ]  # fmt: skip
    assert found["changes"][1]["events"][0]["type"] == "ats.application.occurrence-corrected"
    assert found["second"] == {"as_of": "2026-03-31T22:00:00Z", "known_at": "2026-04-30T22:00:00Z"}
    first = await lead.get("/reports/funnel", **asked)
    [before] = [row["before"] for row in found["changes"][0]["rows"] if row["before"]["milestone"] == "applied"]
    assert before == unlinked(first["rows"][0])
    assert (await lead.get("/reports/funnel/diff", **asked, to_known_at="2026-04-01"))["changes"] == []
    refused = await lead.get("/reports/funnel/diff", status=422, **asked, to_known_at="2026-03-31")
    assert "must be the one that knew more" in refused["detail"]


async def test_a_cell_that_the_answer_does_not_have_is_refused(lead: Api) -> None:
    refused = await lead.get("/reports/funnel/explain", status=404, cell="0123456789abcdef")
    assert refused["next_step"] == "open the link `explain` of the row again"
    await lead.get("/reports/funnel/explain", status=422, after="0123456789abcdef")
    await lead.get("/reports/funnel/explain", status=422, limit=201)


async def test_a_definition_is_asked_for_in_an_older_version(lead: Api, tell: Tell) -> None:
    [waiting] = HISTORIES["E8 Still waiting"][:1]
    await tell(waiting.facts)
    asked: dict[str, Any] = {"period": "2026-06", "by": "month", "stage": "Onsite"}
    rows = {v: await lead.get("/reports/time-in-stage", version=v, **asked) for v in (1, 2)}
    assert {row["group"]["month"] for row in rows[1]["rows"] if row["open"]} == {"2026-07"}
    assert {row["group"]["month"] for row in rows[2]["rows"]} == {"2026-06"}
    newest = await lead.get("/reports/time-in-stage", **asked)
    assert newest["definition"] == rows[2]["definition"] != rows[1]["definition"]
    refused = await lead.get("/reports/time-in-stage", status=422, version=3)
    assert refused["next_step"] == "ask for one of 1, 2, or leave it out: the newest"
    listed = [d["version"] for d in (await lead.get("/metrics-definitions"))["items"] if d["id"] == "time-in-stage"]
    assert listed == [1, 2]


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"by": "colour"}, "'hiring_manager', 'month', 'quarter' or 'year'"),
        ({"by": ["job", "job"]}, "job is named twice"),
        ({"by": ["job", "source", "month"]}, "at most 2"),
        ({"form": "applied"}, "allowed are zone, as_of, known_at, version, period"),
        ({"start": "birth"}, "'applied', 'job_entry', 'first_touch' or 'sourced'"),
        ({"zone": "Mars/Olympus"}, "Europe/Berlin"),
        ({"zone": "../../etc/passwd"}, "IANA"),
        ({"zone": "\x00"}, "IANA"),
        ({"as_of": "2026-03-31", "known_at": "2026-03-30"}, "as_of (2026-04-01T00:00:00Z) lies after known_at"),
        ({"as_of": "2199-01-01"}, "lies after known_at"),
        ({"known_at": "2199-01-01"}, "lies in the future"),
        ({"as_of": "yesterday"}, "give a date"),
        ({"as_of": "2026-03-31T09:00"}, "needs its zone"),
        ({"as_of": "9999-12-31"}, "of the years 1900 to 2199"),
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


async def test_a_row_that_was_asked_for_without_its_usual_cut_is_explained_by_its_link(lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    [row] = (await lead.get("/reports/recruiter-work", by=""))["rows"]
    [explained] = (await lead.get(row["explain"].removeprefix("/v1")))["rows"]
    assert unlinked(explained["row"]) == unlinked(row)


@pytest.mark.parametrize("path", ["/reports/hires", "/reports/hires/diff", "/facts", "/snapshots", "/schedules"])
async def test_a_parameter_is_known_and_given_once(path: str, lead: Api) -> None:
    unknown = await lead.get(path, status=422, state="running")
    assert ("state" in str(unknown), "allowed are" in str(unknown)) == (True, True)
    name = "limit" if path.count("/") == 1 else "department"
    [twice] = [await lead.get(f"{path}?{name}=5&{name}=6", status=422)]
    assert twice["detail"] == f"{name} is given 2 times"


async def test_who_is_no_member_is_told_so(lead: Api) -> None:
    refused = await lead.as_("somebody").get("/reports/hires", status=403)
    assert (refused["type"], "add you" in refused["next_step"]) == ("urn:hirelog:problem:unknown-member", True)


async def test_an_unknown_report_is_refused_with_those_there_are(lead: Api) -> None:
    for path in ("/reports/happiness", "/reports/happiness/explain"):
        assert "time-to-hire, hires, days-to-offer" in (await lead.get(path, status=404))["next_step"]


async def test_reports_are_for_those_whose_role_reads_them(anybody: Api, lead: Api) -> None:
    await lead.get("/reports/funnel")
    await anybody.get("/reports/funnel", status=401)
    await anybody.as_("interviewer").get("/reports/funnel", status=403)
    await anybody.as_("stranger").get("/metrics-definitions", status=403)


def unlinked(row: dict[str, Any]) -> dict[str, Any]:
    """Links hold the moment at which they were made."""
    return {name: value for name, value in row.items() if name != "explain"}


def _numbers(value: Any) -> Iterable[float]:
    match value:
        case dict():
            for item in value.values():
                yield from _numbers(item)
        case int() | float():
            yield value
