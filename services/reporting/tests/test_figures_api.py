"""What is behind each figure, over HTTP: from what is kept and from facts, page by page, and as CSV."""

import csv
from io import StringIO
from typing import Any

import pytest

from services.reporting.metrics.catalogue import DEFINITIONS, VERSIONS
from services.reporting.projections.kept import Keeper
from services.reporting.tests.conftest import Tell
from services.reporting.tests.test_reports_api import HISTORIES, unlinked
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

CAMPAIGN = next(title for title in HISTORIES if title.startswith("E6"))
QUARTER = next(title for title in HISTORIES if title.startswith("E4"))


async def opened(lead: Api, link: str) -> dict[str, Any]:
    answer: dict[str, Any] = await lead.get(link.removeprefix("/v1"))
    return answer


@pytest.mark.parametrize("kept", [True, False])
async def test_the_link_of_a_figure_opens_its_parts_page_by_page(
    kept: bool, reporting: Wired, lead: Api, tell: Tell
) -> None:
    await tell(HISTORIES[CAMPAIGN][0].facts)
    if kept:
        await Keeper(reporting.store.database).all()
    answer = await lead.get("/reports/engagement", by="channel")
    for row in answer["rows"]:
        of = {"sent": row["sent"], "reached": row["reached"], "hired": row["engaged"]["count"] or 0}
        of |= {name: row[name]["of"] for name in ("opened", "clicked", "replied", "engaged")}
        for figure, number in of.items():
            link, seen = row["explain"] + answer["figures"][figure]["explain"] + "&limit=2", []
            while link is not None:
                explained = await opened(lead, link)
                assert (explained["figure"], explained["rule"]) == (figure, answer["figures"][figure]["rule"])
                [cell] = explained["rows"]
                assert unlinked(cell["row"]) == unlinked(row)
                assert len(cell["parts"]) <= 2
                seen += [tuple(part["events"]) for part in cell["parts"]]
                link = cell["next"]
            assert len(seen) == len(set(seen)) == cell["count"] == number
            assert cell["others"] == row["reached"] - (0 if figure == "sent" else number)


@pytest.mark.parametrize("report", DEFINITIONS)
async def test_every_figure_of_every_report_is_explained(report: str, lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    answer = await lead.get(f"/reports/{report}", known_at="2026-04-10")
    assert list(answer["figures"]) == list(DEFINITIONS[report].figures)
    for row in answer["rows"]:
        whole = await opened(lead, row["explain"])
        assert (whole["figure"], whole["rule"], whole["rows"][0]["others"]) == (None, None, 0)
        for told in answer["figures"].values():
            explained = await opened(lead, row["explain"] + told["explain"])
            [cell] = explained["rows"]
            assert unlinked(cell["row"]) == unlinked(row)
            assert cell["count"] == len(cell["parts"])
            assert explained["left_out"] == whole["left_out"]
            assert explained["note"] == whole["note"]


async def test_all_rows_are_explained_by_one_figure(lead: Api, tell: Tell) -> None:
    await tell(HISTORIES[QUARTER][0].facts)
    explained = await lead.get("/reports/funnel/explain", figure="waiting")
    assert [cell["count"] for cell in explained["rows"]] == [cell["row"]["waiting"] for cell in explained["rows"]]
    sheet = await lead.get("/reports/funnel/explain.csv", figure="waiting", known_at="2026-04-30")
    assert (lead.last.headers["report-figure"], "funnel-explain-waiting-v1" in str(lead.last.headers)) == (
        "waiting", True,
    )  # fmt: skip
    lines = list(csv.DictReader(StringIO(sheet, newline="")))
    assert len(lines) == sum(cell["count"] for cell in explained["rows"])
    assert {line["waiting"] for line in lines} <= {"true"}


async def test_a_figure_that_a_report_does_not_have_is_refused_with_those_there_are(lead: Api) -> None:
    for form in ("explain", "explain.csv"):
        refused = await lead.get(f"/reports/offer-acceptance/{form}", status=422, figure="declined")
        assert "'accepted', 'expired', 'rescinded', 'pending', 'not_extended' or 'reneged'" in str(refused)
    await lead.get("/reports/offer-acceptance", status=422, figure="accepted")


async def test_the_rule_of_every_figure_is_told_with_the_definition(lead: Api) -> None:
    for listed in (await lead.get("/metrics-definitions"))["items"]:
        assert listed["figures"].keys() == {*VERSIONS[listed["id"]][listed["version"]].row.figures()}


async def test_a_figure_that_an_older_version_has_not_is_refused(lead: Api) -> None:
    for form in ("explain", "explain.csv"):
        refused = await lead.get(f"/reports/engagement/{form}", status=422, version=1, figure="objected")
        assert "no figure objected in version 1" in refused["detail"]
        assert "replied" in refused["next_step"]
    await lead.get("/reports/engagement/explain", figure="objected")


async def test_a_parameter_that_an_older_version_has_not_is_refused(lead: Api) -> None:
    refused = await lead.get("/reports/time-to-fill", status=422, version=1, start="posting")
    assert "came with version 2" in str(refused)
    await lead.get("/reports/time-to-fill", version=1, start="requisition")
    await lead.get("/reports/time-to-fill", version=2, start="posting")


async def test_an_older_version_answers_in_the_shape_that_it_had(lead: Api) -> None:
    [new], [old] = [(await lead.get("/reports/engagement", **asked))["rows"] for asked in ({}, {"version": 1})]
    assert new.keys() - old.keys() == {"objected", "complained"}
