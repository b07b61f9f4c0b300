"""team-member: somebody who works with the system; the only events that make roles."""

from typing import Literal
from uuid import UUID

from shared.events.event import Event, Stream
from shared.events.personal import OfMember, Personal

STREAM = Stream(service="ats", category="team-member", key="member_id")

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class TeamMemberEvent(Event):
    """Of stream team-member-{member_id}."""

    member_id: UUID

    @property
    def access(self) -> tuple[str | None, tuple[str, ...] | None, bool | None]:
        """What it says of who may do what: subject, roles, active; None is unsaid."""
        return None, None, None


@STREAM.event("added")
class TeamMemberAdded(TeamMemberEvent):
    """Also says that somebody deactivated is back.

    `subject`: that of their tokens. `zone`: IANA name. `holiday_calendar`: country or country-region, as `DE-BE`.
    """

    subject: str
    roles: tuple[str, ...]
    name: Personal[str, OfMember]
    email: Personal[str, OfMember] | None = None
    slack_id: Personal[str, OfMember] | None = None
    zone: str
    week: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    holiday_calendar: str | None = None
    manager: UUID | None = None

    @property
    def access(self) -> tuple[str, tuple[str, ...], bool]:
        return self.subject, self.roles, True


@STREAM.event("updated")
class TeamMemberUpdated(TeamMemberEvent):
    """An absent field is unchanged; `cleared` names those that were emptied."""

    subject: str | None = None
    roles: tuple[str, ...] | None = None
    name: Personal[str, OfMember] | None = None
    email: Personal[str, OfMember] | None = None
    slack_id: Personal[str, OfMember] | None = None
    zone: str | None = None
    week: tuple[Weekday, ...] | None = None
    holiday_calendar: str | None = None
    manager: UUID | None = None
    cleared: tuple[str, ...] = ()

    @property
    def access(self) -> tuple[str | None, tuple[str, ...] | None, None]:
        return self.subject, self.roles, None


@STREAM.event("deactivated")
class TeamMemberDeactivated(TeamMemberEvent):
    """`successor` takes over the seats in open approvals."""

    successor: UUID | None = None

    @property
    def access(self) -> tuple[None, None, bool]:
        return None, None, False
