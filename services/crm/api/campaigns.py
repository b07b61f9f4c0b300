"""/campaigns: messages to many people, and who is in them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.crm.api.words import Word
from services.crm.commands import campaigns as commands
from services.crm.domain.campaign import CAMPAIGN
from services.crm.projections import enrolments
from services.crm.projections.campaigns import TABLE
from shared.events.crm.campaign import CampaignStarted
from shared.kit.context import new_id
from shared.kit.http.body import Body
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/campaigns", tags=["campaigns"])


class NewCampaign(Body):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    job_id: UUID | None = None


class Enrolling(Body):
    person_id: UUID
    segment: UUID | None = Field(default=None, description="The saved rule that found the person")
    variant: Word | None = Field(default=None, description="Of the messages, where several are tried")


@router.post("", status_code=201, operation_id="start_campaign", summary="Start a campaign in the caller's name")
async def start(body: NewCampaign, write: Write = writes("campaigns:write")) -> Receipt:
    facts = CampaignStarted(campaign_id=new_id(), name=body.name, sender=write.member.id, job_id=body.job_id)
    return await write.run(lambda unit: commands.start_campaign(unit, facts))


@router.post("/{campaign_id}/enrol", status_code=201, operation_id="enrol_person", summary="Put a person in a campaign")
async def enrol(campaign_id: UUID, body: Enrolling, write: Write = writes("campaigns:write")) -> Receipt:
    """The receipt is the enrolment's."""
    of = new_id()
    return await write.run(
        lambda unit: commands.enrol_person(unit, of, campaign_id, body.person_id, body.segment, body.variant)
    )


@router.get("", operation_id="list_campaigns", summary="List campaigns")
async def listing(pages: Pages, read: Read = reads("campaigns:read")) -> Items:
    rows = await pages.fetch(read.store.database, TABLE.select(), TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{campaign_id}", operation_id="get_campaign", summary="Read a campaign")
async def one(campaign_id: UUID, read: Read = reads("campaigns:read")) -> dict[str, Any]:
    loaded = await read.load(CAMPAIGN, campaign_id)
    state = loaded.state
    [[enrolled]] = await read.store.database.rows(enrolments.enrolled_in(campaign_id))
    return {
        "id": state.id, "version": loaded.version, "name": state.name, "sender": state.sender, "job_id": state.job_id,
        "enrolled": enrolled,
    }  # fmt: skip
