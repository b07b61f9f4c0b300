"""/approval-chains and /approvals: who decides on requisitions and offers, and their votes."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ats.commands import approvals as commands
from services.ats.domain.approval import APPROVAL, Approval
from services.ats.domain.approval_chain import APPROVAL_CHAIN
from services.ats.projections import approval_chains
from services.ats.projections import approvals as projection
from shared.events.ats.approval_chain import ApprovalChainDefined, ChainGroup
from shared.kit.context import new_id
from shared.kit.http.body import Body
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

chains = APIRouter(prefix="/approval-chains", tags=["approvals"])
router = APIRouter(prefix="/approvals", tags=["approvals"])


class NewChain(Body):
    name: str = Field(min_length=1, max_length=100)
    subject: Literal["requisition", "offer"]
    groups: tuple[ChainGroup, ...] = Field(min_length=1, max_length=10, description="Asked in order; each n of members")
    carry: bool = Field(default=False, description="An approval of an earlier group counts in a later one")
    own_request: bool = Field(default=False, description="The requester may vote")


class Vote(Body):
    decision: Literal["approved", "rejected"]
    comment: str | None = Field(default=None, max_length=4000)
    on_behalf_of: UUID | None = Field(default=None, description="Whose vote it is, where a delegate casts it")


@chains.post("", status_code=201, operation_id="define_approval_chain", summary="Define an approval chain")
async def define(body: NewChain, write: Write = writes("chains:write")) -> Receipt:
    facts = ApprovalChainDefined(chain_id=new_id(), version=1, **dict(body))
    return await write.run(lambda unit: commands.define_approval_chain(unit, facts))


@chains.post("/{chain_id}/define", operation_id="redefine_approval_chain", summary="Define a chain's next version")
async def redefine(chain_id: UUID, body: NewChain, write: Write = writes("chains:write")) -> Receipt:
    facts = ApprovalChainDefined(chain_id=chain_id, version=1, **dict(body))
    return await write.run(lambda unit: commands.define_approval_chain(unit, facts))


@chains.get("", operation_id="list_approval_chains", summary="List approval chains")
async def listing_chains(pages: Pages, read: Read = reads("chains:read")) -> Items:
    table = approval_chains.TABLE
    rows = await pages.fetch(read.store.database, table.select(), table.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@chains.get("/{chain_id}", operation_id="get_approval_chain", summary="Read an approval chain")
async def one_chain(chain_id: UUID, read: Read = reads("chains:read")) -> dict[str, Any]:
    chain = await read.load(APPROVAL_CHAIN, chain_id)
    groups = [group.model_dump() for group in chain.state.groups]
    return {"id": chain_id, "name": chain.state.name, "subject": chain.state.subject, "groups": groups}


@router.get("", operation_id="list_approvals", summary="List approval rounds, such as those that wait for me")
async def listing(
    pages: Pages,
    subject_id: UUID | None = None,
    state: Literal["open", "approved", "rejected", "voided"] | None = None,
    waiting_for: Literal["me"] | None = None,
    read: Read = reads("approvals:read"),
) -> Items:
    query = projection.listed(subject_id, state, read.caller.id if waiting_for else None)
    rows = await pages.fetch(read.store.database, query, projection.TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{approval_id}", operation_id="get_approval", summary="Read an approval round")
async def one(approval_id: UUID, read: Read = reads("approvals:read")) -> dict[str, Any]:
    loaded = await read.load(APPROVAL, approval_id)
    return _shown(loaded.state, loaded.version)


@router.post("/{approval_id}/decide", operation_id="decide_approval", summary="Cast a vote in the group that is asked")
async def decide(approval_id: UUID, body: Vote, write: Write = writes("approvals:decide")) -> Receipt:
    return await write.run(
        lambda unit: commands.decide_approval(
            unit, approval_id, write.member.id, body.decision, "api", unit.occurred, body.comment, body.on_behalf_of
        )
    )


def _shown(state: Approval, version: int) -> dict[str, Any]:
    return {
        "id": state.id, "version": version, "subject": state.subject, "subject_id": state.subject_id,
        "subject_version": state.subject_version, "round": state.round, "outcome": state.outcome,
        "step": state.open_step, "waiting_for": state.waiting_for,
        "groups": [
            {"n": group.n, "name": group.name, "seats": seats, "votes": votes}
            for group, seats, votes in zip(state.groups, state.seats, state.votes, strict=True)
        ],
    }  # fmt: skip
