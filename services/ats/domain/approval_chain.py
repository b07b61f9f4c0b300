"""Who has to approve requisitions or offers, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from shared.events.ats.approval import Group
from shared.events.ats.approval_chain import STREAM, ApprovalChainDefined, ApprovalChainEvent, ChainGroup
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal


class ChainNotUsable(Refusal):
    status, slug, title = 422, "chain-not-usable", "This chain can't come to a decision"
    next_step = "give every group members and an n between 1 and their number"


@dataclass(frozen=True)
class ApprovalChain:
    id: UUID
    version: int
    name: str
    subject: Literal["requisition", "offer"]
    groups: tuple[ChainGroup, ...]
    carry: bool
    own_request: bool

    def groups_for(self, department: str, level: str | None, above_band: bool) -> tuple[Group, ...]:
        """The groups whose condition holds, in order."""
        return tuple(
            Group(n=group.n, members=group.members, name=group.name)
            for group in self.groups
            if group.when is None
            or (
                (not group.when.departments or department in group.when.departments)
                and (not group.when.levels or level in group.when.levels)
                and (not group.when.above_band or above_band)
            )
        )


def define(state: ApprovalChain | None, facts: ApprovalChainDefined) -> Sequence[ApprovalChainEvent]:
    for place, group in enumerate(facts.groups, start=1):
        if not 1 <= group.n <= len(set(group.members)):
            raise ChainNotUsable(f"Group {place} asks for {group.n} of {len(set(group.members))} members")
    if not facts.groups:
        raise ChainNotUsable("The chain has no group")
    version = (state.version if state else 0) + 1
    return [facts.model_copy(update={"version": version})]


def evolve(state: ApprovalChain | None, event: ApprovalChainEvent) -> ApprovalChain:
    match event:
        case ApprovalChainDefined():
            return ApprovalChain(
                event.chain_id, event.version, event.name, event.subject, event.groups, event.carry, event.own_request
            )
    raise CorruptStream(state, event)


APPROVAL_CHAIN = Aggregate(STREAM, evolve)
