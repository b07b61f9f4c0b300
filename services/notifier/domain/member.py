"""Somebody who may be told something: how they are reached, and where they live."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from shared.events.ats.team_member import (
    STREAM,
    TeamMemberAdded,
    TeamMemberDeactivated,
    TeamMemberEvent,
    TeamMemberUpdated,
)
from shared.events.personal import Personal, reveal
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream

ADDRESSES = ("email", "slack_id")
KEPT = ("zone", *ADDRESSES)


@dataclass(frozen=True)
class Member:
    """The personal fields are readable only where the reader has the member's key."""

    id: UUID
    zone: str
    email: Personal[str, Any] | None
    slack_id: Personal[str, Any] | None
    active: bool = True

    @property
    def email_address(self) -> str | None:
        """None for somebody who has left: nothing is sent to them any more."""
        return reveal(self.email) if self.active else None

    @property
    def slack_user(self) -> str | None:
        return reveal(self.slack_id) if self.active else None


def evolve(state: Member | None, event: TeamMemberEvent) -> Member:
    match state, event:
        case _, TeamMemberAdded():
            return Member(event.member_id, event.zone, event.email, event.slack_id)
        case Member(), TeamMemberUpdated():
            given: dict[str, Any] = {name: getattr(event, name) for name in KEPT if getattr(event, name) is not None}
            return replace(state, **given | {name: None for name in ADDRESSES if name in event.cleared})
        case Member(), TeamMemberDeactivated():
            return replace(state, active=False)
    raise CorruptStream(state, event)


MEMBER = Aggregate(STREAM, evolve)
