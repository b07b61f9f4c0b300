"""/prospects: the people we would like to win."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.crm.api.words import Country, Text, Word
from services.crm.commands import prospects as commands
from services.crm.domain.prospect import PROSPECT, Prospect
from services.crm.projections import prospects as projection
from shared.events.crm.prospect import CandidateSourced, ProspectHandedOver
from shared.events.personal import Clear, reveal
from shared.kit.context import new_id
from shared.kit.digest import Digest
from shared.kit.http.body import Body
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/prospects", tags=["prospects"])
PERSONAL = ("name", "email", "phone", "profile_url", "skills", "tags")

Name = Annotated[str, Field(min_length=1, max_length=200)]
Email = Annotated[str, Field(max_length=320, pattern=r"^\s*[^@\s]+@[^@\s]+\s*$", examples=["ada@example.com"])]
Phone = Annotated[str, Field(min_length=1, max_length=40)]
Url = Annotated[str, Field(min_length=1, max_length=500)]
Words = Annotated[tuple[Word, ...], Field(max_length=50)]


class NewProspect(Body):
    name: Name
    channel: Word = Field(examples=["linkedin"], description="linkedin, referral, event, social, agency, import, …")
    email: Email | None = None
    phone: Phone | None = None
    profile_url: Url | None = None
    country: Country | None = None
    active: bool = Field(default=False, description="Looking for a job")
    skills: Words | None = None
    tags: Words | None = None
    owner: UUID | None = Field(default=None, description="The caller, where not given")
    referred_by: UUID | None = None


class ProspectChanges(Body):
    """Only what is given changes; null empties a field. Name and activity can't be emptied."""

    name: Name = ""
    email: Email | None = None
    phone: Phone | None = None
    profile_url: Url | None = None
    country: Country | None = None
    active: bool = False
    skills: Words | None = None
    tags: Words | None = None
    owner: UUID | None = None


class HandingOver(Body):
    job_id: UUID
    note: Text | None = None


class Return(Body):
    application_id: UUID
    medal: Word | None = Field(default=None, examples=["silver"], description="silver: came second")


@router.post("", status_code=201, operation_id="source_prospect", summary="Add a person who was found")
async def source(body: NewProspect, write: Write = writes("prospects:write")) -> Receipt:
    """409 `already-sourced` names the prospect who has the same e-mail address."""
    caller = write.member.id
    given = _wrapped(body.model_dump(), write.digest)
    given["owner"] = body.owner or caller
    facts = CandidateSourced(person_id=new_id(), sourcer=caller, **given)
    return await write.run(lambda unit: commands.source_prospect(unit, facts))


@router.post("/{person_id}/update", operation_id="update_prospect", summary="Change a prospect, their tags among it")
async def update(person_id: UUID, body: ProspectChanges, write: Write = writes("prospects:write")) -> Receipt:
    given = body.model_dump(exclude_unset=True)
    cleared = [name for name, value in given.items() if value is None]
    if "email" in cleared:
        cleared.append("email_digest")
    changes = _wrapped({name: value for name, value in given.items() if value is not None}, write.digest)
    return await write.run(lambda unit: commands.update_prospect(unit, person_id, changes, cleared))


@router.post("/{person_id}/hand-over", operation_id="hand_over_prospect", summary="Hand a prospect over to a job")
async def hand_over(person_id: UUID, body: HandingOver, write: Write = writes("prospects:write")) -> Receipt:
    """409 `job-not-open` also for a job that the CRM has not heard of yet."""
    hand_over_id = new_id()
    return await write.run(
        lambda unit: commands.hand_over_prospect(unit, person_id, body.job_id, hand_over_id, body.note)
    )


@router.post("/{person_id}/return", operation_id="return_prospect", summary="Keep somebody who was not hired")
async def take_back(person_id: UUID, body: Return, write: Write = writes("prospects:write")) -> Receipt:
    return await write.run(lambda unit: commands.return_prospect(unit, person_id, body.application_id, body.medal))


@router.get("", operation_id="list_prospects", summary="List prospects")
async def listing(
    pages: Pages, channel: Word | None = None, owner: UUID | None = None, read: Read = reads("prospects:read")
) -> Items:
    rows = await pages.fetch(read.store.database, projection.listed(channel, owner), projection.TABLE.c.id)
    states = await read.store.states(PROSPECT, [row.id for row in rows])
    return Items(items=[_shown(states[row.id], row.version) for row in rows])


@router.get("/{person_id}", operation_id="get_prospect", summary="Read a prospect, with hand-overs")
async def one(person_id: UUID, read: Read = reads("prospects:read")) -> dict[str, Any]:
    loaded = await read.load(PROSPECT, person_id)
    happened = await read.store.events(PROSPECT.stream.name(person_id))
    hand_overs = [
        {"hand_over_id": event.hand_over_id, "job_id": event.job_id, "at": envelope.occurred}
        for envelope, event in happened
        if isinstance(event, ProspectHandedOver)
    ]
    return _shown(loaded.state, loaded.version) | {"sourced": happened[0][0].occurred, "hand_overs": hand_overs}


def _wrapped(values: dict[str, Any], digest: Digest) -> dict[str, Any]:
    """As the events have them: what is personal is wrapped, an address goes with its digest."""
    wrapped = {
        name: Clear(value) if name in PERSONAL and value is not None else value for name, value in values.items()
    }
    if values.get("email") is not None:
        wrapped["email_digest"] = Clear(digest.of_email(values["email"]))
    return wrapped


def _shown(state: Prospect, version: int) -> dict[str, Any]:
    return {
        "id": state.id, "version": version, "channel": state.channel, "source": state.source,
        "sourcer": state.sourcer, "owner": state.owner, "referred_by": state.referred_by, "active": state.active,
        "country": state.country, **{name: reveal(getattr(state, name)) for name in PERSONAL},
        "returned": [{"application_id": back.application_id, "medal": back.medal} for back in state.returned],
        "linked": state.linked,
    }  # fmt: skip
