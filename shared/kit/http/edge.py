"""What the routes of an app share."""

from dataclasses import dataclass

from fastapi import Request

from shared.kit.digest import Digest
from shared.kit.http.access import Access
from shared.kit.store import EventStore


@dataclass(frozen=True)
class Edge:
    """Stands in `app.state.edge`."""

    store: EventStore
    access: Access
    digest: Digest | None = None


def edge(request: Request) -> Edge:
    found: Edge = request.app.state.edge
    return found
