"""/facts: everything that the reports are folded from, to be read on and on into a warehouse."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.reporting.api.access import FACTS
from services.reporting.api.fact_forms import JSON, LINES, PARQUET, FactsPage, Row, as_json, as_lines, as_parquet
from services.reporting.projections.changes import Changes, Page, Place
from services.reporting.projections.facts import TYPES
from shared.kit.http.negotiation import negotiated
from shared.kit.http.paging import cursor_of, link_to_next, values_of
from shared.kit.http.reads import Read, reads
from shared.kit.refusals import Invalid

MOST = 10_000
FORMS = (JSON, LINES, PARQUET)
CURSOR = "Next-Cursor"

router = APIRouter(tags=["facts"])


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(None, max_length=200, description="where the page before ended; omitted: the beginning")
    limit: int = Field(1_000, ge=1, le=MOST)
    types: tuple[str, ...] = Field((), max_length=len(TYPES), description="of these types only; omitted: of all")

    @field_validator("types")
    @classmethod
    def _there_are(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(types) - TYPES):
            raise ValueError(f"unknown type {unknown[0][:40]!r}: shared/events/CATALOGUE.md lists them")
        return types


@router.get(
    "/facts",
    operation_id="read_facts",
    summary="The facts behind the reports, in the order of their last change",
    response_model=FactsPage,
    responses={200: {"content": {LINES: {}, PARQUET: {}}}},
)
async def read(asked: Annotated[Asked, Query()], request: Request, read: Read = reads(FACTS)) -> Response:
    form = negotiated(request.headers.get("accept"), FORMS)
    after = _place(asked.after) if asked.after is not None else None
    page = await Changes(read.store.database).read(after, asked.limit, asked.types or None)
    cursor = cursor_of(page.end.generation, page.end.change)
    # Rows by the thousand: the loop goes on serving meanwhile.
    content = await asyncio.to_thread(_content, form, page, cursor)
    headers = {CURSOR: cursor, "Vary": "Accept"}
    if page.more:
        headers["Link"] = link_to_next(request, cursor)
    return Response(content, media_type=form, headers=headers)


def _content(form: str, page: Page, cursor: str) -> bytes:
    rows: list[Row] = [dict(fact) for fact in page.facts]
    return {JSON: lambda: as_json(rows, cursor), LINES: lambda: as_lines(rows), PARQUET: lambda: as_parquet(rows)}[
        form
    ]()


def _place(cursor: str) -> Place:
    generation, change = values_of(cursor, 2)
    if not (change.isascii() and change.isdigit()) or len(change) > 18:
        raise Invalid("The cursor is not one of ours", f"take `after` from the header {CURSOR} of the page before")
    return Place(generation, int(change))
