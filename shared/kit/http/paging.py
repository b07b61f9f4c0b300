"""Keyset paging: a page is what follows a cursor; `Link: rel="next"` leads on; there are no totals."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request, Response
from sqlalchemy import ColumnElement, Row, Select, tuple_

from shared.kit.database import Database
from shared.kit.refusals import Invalid

T = TypeVar("T")
MOST = 200


@dataclass(frozen=True)
class Paging:
    """Dependency of a listing route: `?limit=50&after=<cursor>`."""

    request: Request
    response: Response
    limit: int
    after: str | None

    async def fetch(
        self, database: Database, query: Select[Any], *order: ColumnElement[Any], within_ms: int | None = None
    ) -> Sequence[Row[Any]]:
        """One page in this order (ascending, unique together); sets Link where there is more."""
        if self.after is not None:
            query = query.where(tuple_(*order) > tuple_(*_typed_values(self.after, order)))
        rows = await database.rows(query.order_by(*order).limit(self.limit + 1), within_ms)
        if len(rows) > self.limit:
            rows = rows[: self.limit]
            last = rows[-1]._mapping
            cursor = cursor_of(*(last[str(column.key)] for column in order))
            self.response.headers["Link"] = link_to_next(self.request, cursor)
        return rows


def paging(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    after: Annotated[str | None, Query(max_length=500, description="The cursor of the Link header")] = None,
) -> Paging:
    return Paging(request, response, limit, after)


Pages = Annotated[Paging, Depends(paging)]


def link_to_next(request: Request, cursor: str) -> str:
    """The Link header of a page after which there is more."""
    url = request.url.include_query_params(after=cursor)
    return f'<{url.path}?{url.query}>; rel="next"'


def cursor_of(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(v) for v in values]).encode()).decode().rstrip("=")


def values_of(cursor: str, count: int) -> list[str]:
    """What `cursor_of` was given, as text. Raises Invalid."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        values = None
    if not isinstance(values, list) or len(values) != count or not all(isinstance(value, str) for value in values):
        raise _not_ours()
    return values


def _typed_values(cursor: str, order: Sequence[ColumnElement[Any]]) -> list[Any]:
    try:
        return [_typed(column, value) for column, value in zip(order, values_of(cursor, len(order)), strict=True)]
    except (ValueError, TypeError):
        raise _not_ours() from None


def _not_ours() -> Invalid:
    return Invalid("The cursor is not one of ours", "take `after` from the Link header of the page before")


def _typed(column: ColumnElement[Any], value: str) -> Any:
    kind = column.type.python_type
    return kind.fromisoformat(value) if hasattr(kind, "fromisoformat") else kind(value)
