"""Commands on team members."""

from typing import Any
from uuid import UUID

from services.ats.commands.approvals import SEATS
from services.ats.domain import approval, team_member
from services.ats.domain.approval import APPROVAL
from services.ats.domain.team_member import TEAM_MEMBER, SubjectTaken
from services.ats.projections.approvals import open_approvals_of
from services.ats.projections.team_members import active_with
from shared.events.ats.team_member import TeamMemberAdded
from shared.kit.unit import Unit


async def add_team_member(unit: Unit, facts: TeamMemberAdded) -> None:
    await _require_free(unit, facts.subject)
    await unit.start(TEAM_MEMBER, facts.member_id, team_member.add(facts))


async def update_team_member(unit: Unit, member_id: UUID, changes: dict[str, Any], cleared: tuple[str, ...]) -> None:
    if "subject" in changes:
        await _require_free(unit, changes["subject"], member_id)
    await unit.update(TEAM_MEMBER, member_id, lambda state: team_member.update(state, changes, cleared))


async def deactivate_team_member(unit: Unit, member_id: UUID, successor: UUID | None) -> None:
    """Their seats in open approvals pass on; rounds that would be stuck say so by who is waited for."""
    await unit.alone(TEAM_MEMBER, SEATS)
    if successor is not None:
        await unit.require(TEAM_MEMBER, successor)
    await unit.update(TEAM_MEMBER, member_id, lambda state: team_member.deactivate(state, successor))
    for approval_id in await unit.rows(open_approvals_of(member_id)):
        await unit.update(
            APPROVAL, approval_id[0], lambda state: approval.replace_approver(state, member_id, successor)
        )


async def _require_free(unit: Unit, subject: str, but: UUID | None = None) -> None:
    await unit.alone(TEAM_MEMBER, f"with {subject}")
    for row in await unit.rows(active_with(subject)):
        if row.id != but:
            raise SubjectTaken(f"The tokens of {row.id} have this subject")
