"""A group that was flagged for a period; once on record it stays, whatever comes to be known later."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.events.reporting.adverse_impact import STREAM, AdverseImpactFlagged
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream


@dataclass(frozen=True)
class Flag:
    id: UUID
    flagged: AdverseImpactFlagged


def flag_id(asked: Mapping[str, Any], cell: str) -> UUID:
    """The same for one group, however often somebody looks."""
    return uuid5(NAMESPACE_URL, f"urn:hirelog:adverse-impact:{json.dumps([asked, cell], sort_keys=True)}")


def evolve(state: Flag | None, event: AdverseImpactFlagged) -> Flag:
    match state, event:
        case None, AdverseImpactFlagged():
            return Flag(event.flag_id, event)
    raise CorruptStream(state, event)


FLAG = Aggregate(STREAM, evolve)
