"""ETags of reports: an answer that can't have changed is not computed again. Which those are: docs/decisions/0021."""

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from services.reporting.commands.questions import defined, restricted
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition
from services.reporting.projections.changes import Changes, Place
from services.reporting.projections.standing import Behind, Standing
from shared.kit.http.reads import Read


@dataclass(frozen=True)
class Conditional:
    """Dependency of a route that answers with a report."""

    _request: Request
    _response: Response

    async def unchanged(self, definition: Definition[Any, Any, Any], question: Question, read: Read) -> Response | None:
        """A 304 where the caller has the answer already; else None, and the answer gets an ETag if it can have one."""
        past = all(getattr(question, clock, True) for clock in ("known_at", "to_known_at"))
        # What people told of themselves is no fact, and an erasure changes what it says.
        if not past or restricted(definition):
            return None
        definition = defined(definition.id, question.version)
        # Before the facts are read: an answer may be newer than its ETag says, and is then computed once too often.
        stand, certain = await Changes(read.store.database).stand()
        behind = await Standing(read.store.database).behind()
        etag = self.etag(definition, question, stand, behind)
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if etag in self._known():
            return Response(status_code=304, headers=headers)
        if certain:
            self._response.headers.update(headers)
        return None

    def etag(self, definition: Definition[Any, Any, Any], question: Question, stand: Place, behind: Behind) -> str:
        clocks = [str(question.as_of or question.known_at), str(question.known_at)]
        # What a route takes besides: the place in a list, the clocks of a second answer.
        besides = question.model_dump(mode="json", exclude=set(definition.question.model_fields))
        # A few events that are on their way tell nothing of a past; what nobody hears of or nobody could fold may.
        said = [
            self._request.url.path, definition.id, definition.version, definition.tables,
            definition.parameters(question), clocks, besides, stand.generation, stand.change,
            behind.parked, behind.far,
        ]  # fmt: skip
        return f'W/"{hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]}"'

    def _known(self) -> set[str]:
        """The ETags that the caller has, compared weakly."""
        named = ",".join(self._request.headers.getlist("if-none-match")).split(",")
        return {f"W/{tag.strip().removeprefix('W/')}" for tag in named}


def conditional(request: Request, response: Response) -> Conditional:
    return Conditional(request, response)


Condition = Annotated[Conditional, Depends(conditional)]
