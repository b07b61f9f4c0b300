"""What of an event counts, and under which name: the one rule for the log as it passes and for the facts."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationMovedBack,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
)
from shared.events.crm.touchpoint import TouchpointReplied

TOPICS = ("ats.events", "crm.events")
FIELDS = ("source", "stage", "to_stage", "campaign", "automatic")
LONGEST_NAME = 100


class Series(StrEnum):
    ARRIVALS = "arrivals"  # applications, by source
    STAGES = "stages"  # entries, by stage
    REPLIES = "replies"  # of persons, by campaign


# After each of these an application stands in a stage where it did not stand before. A switch of the plan is none.
ENTRIES = frozenset(
    model.wire_type
    for model in (
        ApplicationSubmitted, ApplicationAdvanced, ApplicationMovedBack, ApplicationTransferred, ApplicationReopened,
    )
)  # fmt: skip
COUNTED = ENTRIES | {TouchpointReplied.wire_type}

# By name, for some are laid down and not built yet: whether a campaign runs after it.
RUNS_AFTER = {
    "crm.campaign.started": True,
    "crm.campaign.paused": False,
    "crm.campaign.resumed": True,
    "crm.campaign.ended": False,
}


def counted(wire_type: str, fields: Mapping[str, Any]) -> Iterator[tuple[Series, str]]:
    """Series and name of each count; `fields` are at least those of FIELDS that the event has."""
    if wire_type == ApplicationSubmitted.wire_type:
        yield Series.ARRIVALS, _name(fields["source"])
    if wire_type in ENTRIES:
        yield Series.STAGES, _name(fields.get("to_stage") or fields["stage"])
    if wire_type == TouchpointReplied.wire_type and fields["campaign"] and not fields["automatic"]:
        yield Series.REPLIES, _name(fields["campaign"])


def _name(value: object) -> str:
    return str(value)[:LONGEST_NAME]
