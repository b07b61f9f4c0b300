"""The edge of a read: token and scope in; a state with its ETag, or a page of items, out."""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from shared.kit.aggregate import Aggregate
from shared.kit.http.access import Caller
from shared.kit.http.edge import edge
from shared.kit.http.parameters import assert_known
from shared.kit.refusals import Forbidden, Missing
from shared.kit.store import EventStore

S = TypeVar("S")


class Items(BaseModel):
    """A page of a list; `Link: rel="next"` leads on where there is more."""

    items: list[dict[str, Any]]


@dataclass(frozen=True)
class Existing(Generic[S]):
    """A state that is there, and its stream's version."""

    state: S
    version: int


@dataclass(frozen=True)
class Read:
    """Reads for a caller."""

    caller: Caller
    store: EventStore
    _response: Response

    async def load(self, aggregate: Aggregate[S], of: object) -> Existing[S]:
        """The state, with its version as ETag. Raises Missing."""
        loaded = await self.store.load(aggregate, of)
        if loaded.state is None:
            raise Missing(f"There is no {aggregate.stream.category.replace('-', ' ')} {of}")
        self._response.headers["ETag"] = f'"{loaded.version}"'
        return Existing(loaded.state, loaded.version)


def reads(scope: str) -> Any:
    """Dependency of a reading route: a caller who has the scope. Raises Unauthenticated, Forbidden, Invalid."""

    async def read(
        request: Request,
        response: Response,
        authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
    ) -> Read:
        here = edge(request)
        caller = await here.access.caller(authorization)
        if not caller.may(scope):
            raise Forbidden(f"This needs the scope {scope}")
        assert_known(request)
        return Read(caller, here.store, response)

    read.scope = scope  # type: ignore[attr-defined]
    return Depends(read)
