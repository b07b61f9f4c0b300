"""/notifications: what was told, is about to be, or was not."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import Row, Select, select

from services.notifier import deliveries, notices
from services.notifier.deliveries import State
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.refusals import Missing

router = APIRouter(prefix="/notifications", tags=["notifications"])
DELIVERIES, NOTICES = deliveries.TABLE.c, notices.TABLE.c


@router.get("", operation_id="list_notifications", summary="List notifications; without a scope for all, one's own")
async def listing(
    pages: Pages,
    recipient_id: UUID | None = None,
    state: State | None = None,
    read: Read = reads("notifications:read"),
) -> Items:
    query = _visible(read)
    if recipient_id is not None:
        query = query.where(DELIVERIES.recipient_id == recipient_id)
    if state is not None:
        query = query.where(DELIVERIES.state == state)
    rows = await pages.fetch(read.store.database, query, DELIVERIES.queued, DELIVERIES.id)
    return Items(items=[_shown(row) for row in rows])


@router.get("/{notification_id}", operation_id="get_notification", summary="Read a notification")
async def one(notification_id: UUID, read: Read = reads("notifications:read")) -> dict[str, Any]:
    rows = await read.store.database.rows(_visible(read).where(DELIVERIES.id == notification_id))
    if not rows:
        raise Missing(f"There is no notification {notification_id}")
    return _shown(rows[0])


def _visible(read: Read) -> Select[Any]:
    query = select(deliveries.TABLE, NOTICES.event_type, (DELIVERIES.attempt - DELIVERIES.limited).label("tries")).join(
        notices.TABLE, NOTICES.event_id == DELIVERIES.event_id
    )
    if read.caller.may("notifications:read-all"):
        return query
    return query.where(DELIVERIES.recipient_id == read.caller.id)


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id, "recipient_id": row.recipient_id, "event_id": row.event_id, "event_type": row.event_type,
        "state": row.state, "channel": row.channel, "outcome": row.outcome, "attempts": row.tries,
        "queued": row.queued, "due": row.due if row.state in ("queued", "retrying") else None, "tried": row.tried,
    }  # fmt: skip
