"""/team-members: who works here, in which roles."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, model_validator

from services.ats.commands import team_members as commands
from services.ats.domain.team_member import TEAM_MEMBER, TeamMember
from services.ats.projections.team_members import TABLE
from shared.events.ats.team_member import TeamMemberAdded, Weekday
from shared.events.personal import Clear, reveal
from shared.kit.context import new_id
from shared.kit.http.body import Body, Zone
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/team-members", tags=["team members"])
PERSONAL = ("name", "email", "slack_id")


class NewMember(Body):
    subject: str = Field(min_length=1, max_length=200, examples=["u-1"], description="The subject of their tokens")
    roles: tuple[str, ...] = Field(examples=[["recruiter"]])
    name: str = Field(min_length=1, max_length=200)
    email: str | None = Field(default=None, max_length=320)
    slack_id: str | None = None
    zone: Zone = "UTC"
    week: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    holiday_calendar: str | None = None
    manager: UUID | None = None


class MemberChanges(Body):
    """Only what is given changes; null empties a field."""

    subject: str | None = None
    roles: tuple[str, ...] | None = None
    name: str | None = None
    email: str | None = None
    slack_id: str | None = None
    zone: Zone | None = None
    week: tuple[Weekday, ...] | None = None
    holiday_calendar: str | None = None
    manager: UUID | None = None

    @model_validator(mode="after")
    def _some_can_not_be_emptied(self) -> "MemberChanges":
        for name in ("subject", "roles", "name", "zone", "week"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} can't be emptied")
        return self


class Deactivation(Body):
    successor: UUID | None = Field(default=None, description="Takes over the seats in open approvals")


@router.post("", status_code=201, operation_id="add_team_member", summary="Add a team member")
async def add(body: NewMember, write: Write = writes("members:write")) -> Receipt:
    facts = TeamMemberAdded(member_id=new_id(), **_sealed(body.model_dump()))
    return await write.run(lambda unit: commands.add_team_member(unit, facts))


@router.post("/{member_id}/update", operation_id="update_team_member", summary="Change a team member")
async def update(member_id: UUID, body: MemberChanges, write: Write = writes("members:write")) -> Receipt:
    given = body.model_dump(exclude_unset=True)
    cleared = tuple(sorted(name for name, value in given.items() if value is None))
    changes = _sealed({name: value for name, value in given.items() if value is not None})
    return await write.run(lambda unit: commands.update_team_member(unit, member_id, changes, cleared))


@router.post("/{member_id}/deactivate", operation_id="deactivate_team_member", summary="Deactivate a team member")
async def deactivate(member_id: UUID, body: Deactivation, write: Write = writes("members:write")) -> Receipt:
    return await write.run(lambda unit: commands.deactivate_team_member(unit, member_id, body.successor))


@router.get("", operation_id="list_team_members", summary="List team members")
async def listing(pages: Pages, read: Read = reads("members:read")) -> Items:
    rows = await pages.fetch(read.store.database, TABLE.select(), TABLE.c.id)
    states = await read.store.states(TEAM_MEMBER, [row.id for row in rows])
    return Items(items=[_shown(states[row.id], row.version) for row in rows])


@router.get("/{member_id}", operation_id="get_team_member", summary="Read a team member")
async def one(member_id: UUID, read: Read = reads("members:read")) -> dict[str, Any]:
    loaded = await read.load(TEAM_MEMBER, member_id)
    return _shown(loaded.state, loaded.version)


def _sealed(values: dict[str, Any]) -> dict[str, Any]:
    return {name: Clear(value) if name in PERSONAL and value is not None else value for name, value in values.items()}


def _shown(state: TeamMember, version: int) -> dict[str, Any]:
    return {
        "id": state.id, "version": version, "subject": state.subject, "roles": state.roles, "active": state.active,
        "name": reveal(state.name), "email": reveal(state.email), "slack_id": reveal(state.slack_id),
        "zone": state.zone, "week": state.week, "holiday_calendar": state.holiday_calendar, "manager": state.manager,
    }  # fmt: skip
