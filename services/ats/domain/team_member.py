"""Somebody who works with the system: their roles, where and when they work."""

from collections.abc import Sequence
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
from shared.events.personal import Personal
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal

ROLES = frozenset(
    {"admin", "recruiter", "sourcer", "hiring_manager", "approver", "interviewer", "lead", "hr", "ops"}
)  # fmt: skip


CHANGEABLE = tuple(name for name in TeamMemberUpdated.model_fields if name not in ("member_id", "cleared"))


class UnknownRole(Refusal):
    status, slug, title = 422, "unknown-role", "There is no such role"
    next_step = f"choose among {', '.join(sorted(ROLES))}"


class SubjectTaken(Refusal):
    slug, title = "subject-taken", "Another active member has this subject"
    next_step = "deactivate them first, or give the right subject"


class MemberDeactivated(Refusal):
    slug, title = "member-deactivated", "The member is deactivated"
    next_step = "add them again first"


@dataclass(frozen=True)
class TeamMember:
    id: UUID
    subject: str
    roles: tuple[str, ...]
    name: Personal[str, Any]
    email: Personal[str, Any] | None
    slack_id: Personal[str, Any] | None
    zone: str
    week: tuple[str, ...]
    holiday_calendar: str | None
    manager: UUID | None
    active: bool = True
    successor: UUID | None = None


def add(facts: TeamMemberAdded) -> Sequence[TeamMemberEvent]:
    _check_roles(facts.roles)
    return [facts]


def update(state: TeamMember, changes: dict[str, Any], cleared: Sequence[str] = ()) -> Sequence[TeamMemberEvent]:
    """`changes` holds the fields that were given; those equal to what stands are no change."""
    if not state.active:
        raise MemberDeactivated(f"{state.id} is deactivated")
    changes = {name: value for name, value in changes.items() if getattr(state, name) != value}
    if not changes and not cleared:
        return []
    _check_roles(changes.get("roles", ()))
    return [TeamMemberUpdated(member_id=state.id, cleared=tuple(cleared), **changes)]


def deactivate(state: TeamMember, successor: UUID | None) -> Sequence[TeamMemberEvent]:
    if not state.active:
        return []
    return [TeamMemberDeactivated(member_id=state.id, successor=successor)]


def evolve(state: TeamMember | None, event: TeamMemberEvent) -> TeamMember:
    match state, event:
        case _, TeamMemberAdded():
            return TeamMember(
                event.member_id, event.subject, event.roles, event.name, event.email, event.slack_id, event.zone,
                event.week, event.holiday_calendar, event.manager,
            )  # fmt: skip
        case TeamMember(), TeamMemberUpdated():
            said = {name: getattr(event, name) for name in CHANGEABLE if getattr(event, name) is not None}
            return replace(state, **{**said, **dict.fromkeys(event.cleared)})
        case TeamMember(), TeamMemberDeactivated():
            return replace(state, active=False, successor=event.successor)
    raise CorruptStream(state, event)


def _check_roles(roles: Sequence[str]) -> None:
    unknown = set(roles) - ROLES
    if unknown:
        raise UnknownRole(f"Not a role: {', '.join(sorted(unknown))}")


TEAM_MEMBER = Aggregate(STREAM, evolve)
