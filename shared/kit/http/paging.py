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
            query = query.where(tuple_(*order) > tuple_(*_parse(self.after, order)))
        rows = await database.rows(query.order_by(*order).limit(self.limit + 1), within_ms)
        if len(rows) > self.limit:
            rows = rows[: self.limit]
            last = rows[-1]._mapping
            cursor = _cursor([last[str(column.key)] for column in order])
            url = self.request.url.include_query_params(after=cursor)
            self.response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return rows


def paging(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    after: Annotated[str | None, Query(max_length=500, description="The cursor of the Link header")] = None,
) -> Paging:
    return Paging(request, response, limit, after)


Pages = Annotated[Paging, Depends(paging)]


def _cursor(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(v) for v in values]).encode()).decode().rstrip("=")


def _parse(cursor: str, order: Sequence[ColumnElement[Any]]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if len(values) != len(order) or not all(isinstance(value, str) for value in values):
            raise ValueError
        return [_typed(column, value) for column, value in zip(order, values, strict=True)]
    except (ValueError, TypeError):
        raise Invalid("The cursor is not one of ours", "take `after` from the Link header of the page before") from None


def _typed(column: ColumnElement[Any], value: str) -> Any:
    kind = column.type.python_type
    return kind.fromisoformat(value) if hasattr(kind, "fromisoformat") else kind(value)
