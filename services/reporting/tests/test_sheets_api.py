"""Reports as CSV over HTTP: the same figures, what they are told beside them, and what is refused."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.fact import Fact
from services.reporting.projections import history
from services.reporting.projections.kept import Keeper
from services.reporting.tests.computing import dimensions
from services.reporting.tests.conftest import Tell, member
from services.reporting.tests.making import make
from services.reporting.tests.test_reports_api import HISTORIES, QUARTER
from shared.events.ats.application import ApplicationSubmitted
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def lines(sheet: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(sheet, newline="")))


def submitted(source: str, second: int) -> Fact:
    event = make(
        ApplicationSubmitted, application_id=uuid4(), person_id=uuid4(), job_id=uuid4(), source=source, stage="applied"
    )
    return Fact(uuid4(), event, second + 1, AT, AT + timedelta(seconds=second))


async def test_a_sheet_holds_the_figures_of_the_report(lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    for report in DEFINITIONS:
        cut = dimensions(report)[0]
        asked: dict[str, Any] = {"known_at": "2026-04-10", "by": cut}
        rows = (await lead.get(f"/reports/{report}", **asked))["rows"]
        sheet = lines(await lead.get(f"/reports/{report}.csv", **asked))
        assert len(sheet) >= len(rows)
        assert {line[f"group_{cut}"] or None for line in sheet} == {row["group"][cut] for row in rows}
        parts = [
            part for row in (await lead.get(f"/reports/{report}/explain", **asked))["rows"] for part in row["parts"]
        ]
        behind = lines(await lead.get(f"/reports/{report}/explain.csv", **asked))
        assert [line["events"].split() for line in behind] == [part["events"] for part in parts]
        assert {line["explain"] for line in sheet} == {row["explain"] for row in rows}
        of_rows = [lines(await lead.get(as_sheet(row["explain"]))) for row in rows]
        assert [line for of_row in of_rows for line in of_row] == behind


def as_sheet(explain: str) -> str:
    return explain.removeprefix("/v1").replace("/explain?", "/explain.csv?")


async def test_of_one_row_there_is_a_sheet_however_many_facts_there_are(
    reporting: Wired, lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    await Keeper(reporting.store.database).all()
    await reporting.store.database.execute("ANALYZE facts")
    monkeypatch.setattr(history, "MOST", 3)
    [row, *_] = (await lead.get("/reports/funnel"))["rows"]
    await lead.get("/reports/funnel/explain.csv", status=422)
    assert len(lines(await lead.get(as_sheet(row["explain"])))) == row["reached"] == 3
    refused = await lead.get("/reports/funnel/explain.csv", cell="none", status=404)
    assert "open the link `explain`" in refused["next_step"]


async def test_what_an_answer_says_beside_its_rows_is_told_in_headers(lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    await lead.get("/reports/hires.csv", as_of="2026-03-31", known_at="2026-04-10", zone="Europe/Berlin")
    told = lead.last.headers
    assert told["content-type"] == "text/csv; charset=utf-8"
    assert told["content-disposition"] == 'attachment; filename="hires-v1-as-of-2026-03-31T22-00-00Z.csv"'
    assert (told["report-definition"], told["report-version"]) == ("hires", "1")
    assert (told["report-as-of"], told["report-known-at"]) == ("2026-03-31T22:00:00Z", "2026-04-10T22:00:00Z")
    whole = await lead.get("/reports/hires/explain", as_of="2026-03-31", known_at="2026-04-10")
    await lead.get("/reports/hires/explain.csv", as_of="2026-03-31", known_at="2026-04-10")
    assert "hires-explain-v1-as-of-2026-04-01T00-00-00Z.csv" in lead.last.headers["content-disposition"]
    assert whole["left_out"]
    assert lead.last.headers["report-left-out"].count(":") == len(whole["left_out"])


async def test_without_any_event_there_are_columns(lead: Api) -> None:
    for report in DEFINITIONS:
        by = dimensions(report)[0]
        for path in (f"/reports/{report}.csv", f"/reports/{report}/explain.csv"):
            sheet = await lead.get(path, by=by)
            assert sheet.startswith(f"group_{by},")
            assert sheet.count("\r\n") == 1


async def test_a_source_that_is_a_formula_is_inert(lead: Api, tell: Tell) -> None:
    sources = ['=HYPERLINK("http://evil.test")', "+cmd|' /C calc'!A0", "@SUM(1,2)", "-1+1", "\t=1", "\r=1"]
    harmless = ['a "b", c\nd', "1=1", "İstanbul"]
    await tell(submitted(source, n) for n, source in enumerate(sources + harmless))
    written = {f"'{source}" for source in sources} | {*harmless}
    assert {line["source"] for line in lines(await lead.get("/reports/source-effectiveness.csv"))} == written
    behind = lines(await lead.get("/reports/source-effectiveness/explain.csv"))
    assert {line["row_source"] for line in behind} == written
    cut = lines(await lead.get("/reports/funnel.csv", by="source"))
    assert {line["group_source"] for line in cut} == written


@pytest.mark.parametrize(
    ("path", "status", "names"),
    [
        ("/reports/hires.xlsx", 406, ".csv"),
        ("/reports/hires/explain.pdf", 406, ".csv"),
        ("/reports/happiness.csv", 404, "time-to-hire, hires, days-to-offer"),
        ("/reports/hires.csv?by=colour", 422, "'quarter' or 'year'"),
        ("/reports/hires/explain.csv?form=wide", 422, "allowed are zone, as_of"),
    ],
)
async def test_what_there_is_no_sheet_of_is_refused_with_what_there_is(
    path: str, status: int, names: str, lead: Api
) -> None:
    answer = await lead.send("GET", path, status)
    assert answer["type"].startswith("urn:hirelog:problem:")
    assert names in str(answer)


async def test_a_sheet_is_text_and_nothing_else(lead: Api) -> None:
    async def asked(accept: str, status: int) -> Any:
        return await lead.send("GET", "/reports/hires.csv", status, headers={"Accept": accept})

    await asked("text/html, */*;q=0.8", 200)
    assert (await asked("application/json", 406))["next_step"] == "accept text/csv"


async def test_sheets_are_for_those_whose_role_reads_reports(anybody: Api) -> None:
    for path in ("/reports/hires.csv", "/reports/hires/explain.csv", "/reports/hires.xlsx"):
        await anybody.get(path, status=401)
        await anybody.as_("interviewer").get(path, status=403)


async def test_a_sheet_on_groups_is_for_those_who_read_the_report(lead: Api, anybody: Api, tell: Tell) -> None:
    await tell([member("ops", "ops")])
    for path in ("/reports/adverse-impact.csv", "/reports/adverse-impact/explain.csv"):
        assert (await lead.get(path, by="month")).startswith("group_month,group_race,")
        await anybody.as_("ops").get(path, status=403)
