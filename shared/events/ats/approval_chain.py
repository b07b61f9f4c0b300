"""approval-chain: who has to approve requisitions or offers, in which order; versions of it."""

from typing import Literal
from uuid import UUID

from shared.events.event import Event, Part, Stream

STREAM = Stream(service="ats", category="approval-chain", key="chain_id")


class Condition(Part):
    """When a group is asked: everything named holds; an empty tuple names nothing."""

    departments: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    above_band: bool = False


class ChainGroup(Part):
    """`n` of `members` must approve."""

    n: int
    members: tuple[UUID, ...]
    name: str | None = None
    when: Condition | None = None


class ApprovalChainEvent(Event):
    """Of stream approval-chain-{chain_id}."""

    chain_id: UUID


@STREAM.event("defined")
class ApprovalChainDefined(ApprovalChainEvent):
    """A version of the chain, counted from 1; rounds that are open go on under the one they began with."""

    version: int
    name: str
    subject: Literal["requisition", "offer"]
    groups: tuple[ChainGroup, ...]
    carry: bool = False
    own_request: bool = False
