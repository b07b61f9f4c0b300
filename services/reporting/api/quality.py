"""/quality: what in the log can't be, is missing or unknown, and how far reporting is behind it."""

from typing import Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter
from pydantic import BaseModel

from services.reporting.api.access import QUALITY
from services.reporting.projections.history import Freshness, History
from services.reporting.projections.quality.catalogue import CHECKS
from services.reporting.projections.quality.check import WITHIN_MS, Check
from services.reporting.projections.standing import EVERYBODY, Behind, Standing
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Read, reads
from shared.kit.refusals import Missing, Refusal

router = APIRouter(prefix="/quality", tags=["quality"])


class TooLong(Refusal):
    status, slug, title = 503, "takes-too-long", "The database could not answer in time"
    next_step = "ask again when less is going on; if it stays so, there are more events than this check is made for"
    retry_after = 60


class Counted(BaseModel):
    """`count` is null, with a note, where counting takes too long."""

    id: str
    title: str
    means: str
    next_step: str
    count: int | None
    note: str | None
    list: str


class Quality(BaseModel):
    freshness: Freshness | None
    behind: Behind
    checks: list[Counted]


class Shown(BaseModel):
    """An event, by where it stands. Id, type and stream are null where a record is no event at all."""

    event_id: UUID | None
    type: str | None
    stream: str | None
    version: int | None
    topic: str
    partition: int
    offset: int
    detail: str | None


class Page(BaseModel):
    """`Link: rel="next"` leads on where there is more."""

    id: str
    title: str
    means: str
    next_step: str
    items: list[Shown]


@router.get("", operation_id="data_quality", summary="What is wrong with the data, counted")
async def overview(read: Read = reads(QUALITY)) -> Quality:
    database = read.store.database
    freshness, behind = await History(database).freshness(), await Standing(database).behind(EVERYBODY)
    # One after the other: a dashboard that asks for this must not take the whole pool.
    checks = [_counted(check, await check.count(database, WITHIN_MS)) for check in CHECKS.values()]
    return Quality(freshness=freshness, behind=behind, checks=checks)


@router.get("/{check}", operation_id="data_quality_check", summary="The events that show what is wrong")
async def events(check: str, pages: Pages, read: Read = reads(QUALITY)) -> Page:
    of = CHECKS.get(check)
    if of is None:
        raise Missing(f"There is no check {check[:40]!r}", f"ask for one of {', '.join(CHECKS)}")
    place = of.found.c.topic, of.found.c.partition, of.found.c.offset
    try:
        rows = await pages.fetch(read.store.database, of.rows, *place, within_ms=WITHIN_MS)
    except asyncpg.QueryCanceledError:
        raise TooLong(f"Listing took longer than {WITHIN_MS / 1000:g} s") from None
    return Page(**_said(of), items=[Shown.model_validate(dict(row._mapping)) for row in rows])


def _counted(check: Check, count: int | None) -> Counted:
    note = f"counting took longer than {WITHIN_MS / 1000:g} s" if count is None else None
    return Counted(**_said(check), count=count, note=note, list=f"/v1/quality/{check.id}")


def _said(check: Check) -> dict[str, Any]:
    return {"id": check.id, "title": check.title, "means": check.means, "next_step": check.next_step}
