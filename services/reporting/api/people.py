"""/people: one person's journey across the CRM and the ATS, told in ids."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.reporting.api.access import JOURNEYS
from services.reporting.api.asking import possible
from services.reporting.journeys.journey import MOST, Journey, fold
from services.reporting.metrics.people import people
from services.reporting.metrics.question import Clocked
from services.reporting.metrics.world import World
from services.reporting.projections.history import Freshness, History
from services.reporting.projections.persons import Persons
from services.reporting.projections.standing import Behind, Standing
from shared.kit.computing import compute
from shared.kit.context import now
from shared.kit.http.reads import Read, reads
from shared.kit.refusals import Missing

NAMES = {"ats": "/v1/candidates/{person_id}", "crm": "/v1/prospects/{person_id}"}

router = APIRouter(prefix="/people", tags=["people"])


class PersonsJourney(Journey):
    """`person_id` is the one that the others were merged into or linked to; `ids` are all of them.

    `merged`: said where the id asked for is not that one. `names`: where a reader with the right of that service
    learns a name, by service, for each of `ids`.
    """

    person_id: UUID
    ids: list[UUID]
    merged: str | None
    names: dict[str, str]
    as_of: datetime
    known_at: datetime
    freshness: Freshness | None
    behind: Behind


@router.get(
    "/{person_id}/journey", operation_id="person_journey", summary="One person, from the first touch to the first day"
)
async def journey(
    person_id: UUID, question: Annotated[Clocked, Query()], read: Read = reads(JOURNEYS)
) -> PersonsJourney:
    with possible():
        clocks = question.clocks(now())
    database = read.store.database
    persons = Persons(database)
    freshness, behind = await History(database).freshness(), await Standing(database).behind()
    ids = await persons.ids(person_id, clocks.known_at)
    if not await persons.known(ids, clocks.known_at):
        raise Missing(
            f"Nothing was known of a person {person_id}",
            "look the person up in the ATS (GET /v1/candidates) or the CRM (GET /v1/prospects) and ask with that id, "
            "or ask for a later known_at",
        )
    facts = await persons.facts(ids, clocks, MOST + 1)
    survivor = people(facts).resolve(person_id)
    told = await compute(lambda: fold(World(facts, clocks), ids, question.tz))
    return PersonsJourney(
        **dict(told),
        person_id=survivor,
        ids=sorted(ids),
        merged=None
        if survivor == person_id
        else f"{person_id} is the same person as {survivor}: this is the journey of both",
        names=NAMES,
        as_of=clocks.as_of,
        known_at=clocks.known_at,
        freshness=freshness,
        behind=behind,
    )
