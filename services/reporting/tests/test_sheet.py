"""A report as CSV: it reads back cell by cell, its columns follow from its rows' shape, no cell is a formula."""

import csv
from datetime import UTC, datetime
from fractions import Fraction
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.api.sheet import as_csv, inert, sheet_behind, sheet_of
from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.entered import EnteredPart
from services.reporting.metrics.figures import Duration, ExactShare, Share
from services.reporting.metrics.offer_acceptance import OfferAcceptanceRow
from services.reporting.metrics.report import Cell
from services.reporting.metrics.source_effectiveness import SourceRow
from services.reporting.metrics.time_in_stage import CurveRow, Point, TimeInStageRow
from services.reporting.tests.computing import computed, dimensions
from services.reporting.tests.making import of_name
from services.reporting.tests.tables import Asked, asked

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=+-@\t\r\n,;\"'"), max_size=8)


def read(sheet: str) -> list[dict[str, str]]:
    """By column."""
    header, *lines = csv.reader(StringIO(sheet, newline=""))
    return [dict(zip(header, line, strict=True)) for line in lines]


@settings(derandomize=True, deadline=None, database=None)
@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(texts, min_size=n, max_size=n), min_size=1, max_size=5)))
def test_every_cell_is_read_back_as_it_was_written(lines: list[list[str]]) -> None:
    assert list(csv.reader(StringIO(as_csv(lines[0], lines[1:]), newline=""))) == lines


@settings(derandomize=True, deadline=None, database=None)
@given(texts)
def test_no_text_is_evaluated_and_none_is_lost(text: str) -> None:
    written = inert(text)
    assert written in (text, f"'{text}")
    assert not written.startswith(("=", "+", "@", "\t", "\r", "\n")), written
    assert not written.startswith("-") or int(written) <= 0


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+49 30", "'+49 30"), ("@SUM(A1)", "'@SUM(A1)"), ("-2+3", "'-2+3"), ("-", "'-"),
        ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("＝1+1", "'＝1+1"), ("-5", "-5"), ("-٥", "'-٥"), ("-5\n", "'-5\n"),  # noqa: RUF001
        ("-5/2", "'-5/2"), ("1=1", "1=1"), ("", ""),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_evaluate_stands_behind_an_apostrophe(text: str, cell: str) -> None:
    assert inert(text) == cell


@pytest.mark.parametrize("report", DEFINITIONS)
def test_without_a_row_there_is_the_header(report: str) -> None:
    definition, cut = DEFINITIONS[report], dimensions(report)[:2]
    [header] = csv.reader(StringIO(sheet_of(definition.row, [], cut)))
    assert [column for column in header if column.startswith("group_")] == [f"group_{name}" for name in cut]
    [behind] = csv.reader(StringIO(sheet_behind(definition.row, definition.part, [], cut)))
    assert behind[:2] == header[:2]
    assert "events" in behind
    for columns in (header, behind):
        assert len(set(columns)) == len(columns)


@pytest.mark.parametrize("row", list(asked()), ids=str)
def test_every_report_of_the_examples_has_a_line_for_each_row_and_each_part(row: Asked) -> None:
    definition, answer = DEFINITIONS[row.report], computed(row.report, row.facts, row.parameters)
    cut = definition.question.model_validate(row.parameters).by
    rows = [cell.row for cell in answer.cells]
    lines = read(sheet_of(definition.row, rows, cut))
    assert len(lines) == sum(max(1, len(getattr(one, "points", [1]))) for one in rows)
    behind = read(sheet_behind(definition.row, definition.part, answer.cells, cut))
    told = [" ".join(map(str, part.events)) for cell in answer.cells for part in cell.parts]
    assert sorted(line["events"] for line in behind) == sorted(told)


def test_a_figure_is_columns_and_what_has_no_value_is_empty() -> None:
    row = TimeInStageRow(
        group={"department": "Legal, Berlin", "month": None}, stage="Screen", n=3,
        median=Duration.of(1_598_400_000_000), mean=Duration.of(None),
        km_median=Duration.of(None, "not reached"), open=0,
    )  # fmt: skip
    [line] = read(sheet_of(TimeInStageRow, [row], ["department", "month"]))
    assert line == {
        "group_department": "Legal, Berlin", "group_month": "", "stage": "Screen", "n": "3",
        "median_microseconds": "1598400000000", "median_days": "18.5", "median_note": "",
        "mean_microseconds": "", "mean_days": "", "mean_note": "no data",
        "km_median_microseconds": "", "km_median_days": "", "km_median_note": "not reached", "open": "0",
    }  # fmt: skip


def test_a_share_is_its_count_of_how_many_and_percent() -> None:
    row = OfferAcceptanceRow(
        group={}, accepted=Share.among(2, 3), expired=0, rescinded=0, pending=1, not_extended=0,
        reneged=Share.among(0, 0),
    )  # fmt: skip
    [line] = read(sheet_of(OfferAcceptanceRow, [row], []))
    assert [line[f"accepted_{name}"] for name in ("count", "of", "percent", "note")] == ["2", "3", "66.7", ""]
    assert [line[f"reneged_{name}"] for name in ("count", "of", "percent", "note")] == ["", "0", "", "no data"]


def test_a_curve_has_a_line_for_each_of_its_points_and_one_where_there_is_none() -> None:
    points = tuple(Point(after=Duration.of(n), share=f"{n}/3", percent=n, at_risk=3, left=1) for n in (2, 1))
    rows = [
        CurveRow(group={}, stage=stage, n=2, open=1, points=of)
        for stage, of in (("Screen", points), ("Onsite", ()))
    ]  # fmt: skip
    lines = read(sheet_of(CurveRow, rows, []))
    assert [(line["stage"], line["points_share"], line["points_after_microseconds"]) for line in lines] == [
        ("Screen", "2/3", "2"), ("Screen", "1/3", "1"), ("Onsite", "", ""),
    ]  # fmt: skip


def test_a_part_stands_behind_what_names_its_row() -> None:
    part = EnteredPart(
        application_id=of_name("A1"), person_id=of_name("P1"), stage="@Screen", events=(of_name("E1"), of_name("E2")),
        entered=datetime(2026, 3, 1, 9, tzinfo=UTC),
    )  # fmt: skip
    half = ExactShare.among(Fraction(1), Fraction(2))
    row = SourceRow(group={"month": "2026-03"}, source="=referral", hires=half, interviewed=half)
    [line] = read(sheet_behind(SourceRow, EnteredPart, [Cell(row, [part])], ["month"]))
    assert line == {
        "group_month": "2026-03", "row_source": "'=referral", "events": f"{of_name('E1')} {of_name('E2')}",
        "application_id": str(of_name("A1")), "person_id": str(of_name("P1")), "stage": "'@Screen",
        "entered": "2026-03-01T09:00:00Z",
    }  # fmt: skip
