"""A page of facts in each form says the same, and docs/facts.md tells every column as it is."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from services.reporting.api import parquet
from services.reporting.api.fact_forms import JSON, LINES, PARQUET, FactItem
from services.reporting.tests.conftest import Tell
from services.reporting.tests.test_feed import sourced
from shared.kit.testing.api import Api

DOCUMENT = Path(__file__).parents[3] / "docs/facts.md"
COLUMN = re.compile(r"\| `(\w+)` \| (\w+) \| (yes|no) \| \S.* \|")
FORM = re.compile(r"\| (\w+) \| .* \| `([^`]+)`.* \|")


async def page(api: Api, form: str, status: int = 200, **asked: Any) -> Any:
    return await api.send("GET", "/facts", status, headers={"Accept": form}, params=asked)


def test_the_document_tells_every_column_as_parquet_has_it() -> None:
    text = DOCUMENT.read_text()
    forms = dict(FORM.findall(text))
    told = [(name, forms[kind], nullable == "yes") for name, kind, nullable in COLUMN.findall(text)]
    assert told == [(column.name, str(column.type), column.nullable) for column in parquet.schema()]
    assert [name for name, _, _ in told] == list(FactItem.model_fields)


async def test_lines_and_parquet_hold_what_json_does(lead: Api, tell: Tell) -> None:
    await tell(sourced(5))
    whole = await page(lead, JSON, limit=4)
    cursor, link = lead.last.headers["next-cursor"], lead.last.headers["link"]
    await page(lead, LINES, limit=4)
    assert [json.loads(line) for line in lead.last.text.splitlines()] == whole["items"]
    assert lead.last.headers["content-type"] == LINES
    assert (lead.last.headers["next-cursor"], lead.last.headers["link"]) == (cursor, link)
    await page(lead, PARQUET, limit=4)
    table = pyarrow.parquet.read_table(BytesIO(lead.last.content))
    assert table.schema.equals(parquet.schema())
    rows = [{**row, "data": json.loads(row["data"])} for row in table.to_pylist()]
    assert [FactItem.model_validate(row).model_dump(mode="json") for row in rows] == whole["items"]
    assert (lead.last.headers["next-cursor"], lead.last.headers["link"]) == (cursor, link)


async def test_an_empty_page_has_its_columns_and_a_cursor(lead: Api) -> None:
    await page(lead, PARQUET, types="ats.application.hired")
    table = pyarrow.parquet.read_table(BytesIO(lead.last.content))
    assert (table.num_rows, table.schema.names) == (0, parquet.schema().names)
    assert lead.last.headers["next-cursor"]
    assert await page(lead, LINES, types="ats.application.hired") == ""


@pytest.mark.parametrize("form", ["text/csv", "application/xml, image/*", "application/json;q=0"])
async def test_another_form_is_refused_with_those_there_are(form: str, lead: Api) -> None:
    answer = await page(lead, form, status=406)
    assert answer["type"] == "urn:hirelog:problem:not-acceptable"
    assert answer["next_step"] == f"accept {JSON} or {LINES} or {PARQUET}"
