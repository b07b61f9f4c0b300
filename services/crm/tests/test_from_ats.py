"""What the ATS tells, over a real Kafka: who works here, which jobs are open, who applied by themselves."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from services.crm.main import REACTIONS
from services.crm.projections.from_ats import TABLES, from_ats
from services.crm.tests.conftest import job_opened
from shared.events.ats.candidate import CandidateCreated
from shared.events.ats.job import JobClosed
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberDeactivated, TeamMemberUpdated
from shared.events.personal import Clear
from shared.kit.consumer import Consumer
from shared.kit.digest import Digest
from shared.kit.effects import Effect, Reactions
from shared.kit.rebuild import digest, rebuild_projection
from shared.kit.settings import Settings
from shared.kit.testing.api import Api
from shared.kit.testing.neighbour import Neighbour
from shared.kit.wiring import Wired

CatchUp = Callable[[], Awaitable[None]]


@pytest.fixture
def catch_up(crm: Wired, ats: Neighbour) -> CatchUp:
    """Has both consumers of the CRM read what stands on the topic."""

    async def caught_up() -> None:
        database = crm.store.database
        effects: dict[str, Effect] = {
            "crm.ats": from_ats(database),
            "crm.candidates": Reactions(crm.store, REACTIONS),
        }
        for name, effect in effects.items():
            await Consumer(name, (ats.topic.name,), ats.topic.kafka, database, effect).catch_up()
        async with database.connection() as connection:
            assert await connection.fetch("SELECT handler, last_error FROM parked") == []

    return caught_up


def added(member: UUID, *roles: str) -> TeamMemberAdded:
    return TeamMemberAdded(member_id=member, subject="new", roles=roles, name=Clear("New"), zone="UTC")


async def test_a_member_may_what_their_newest_roles_allow(admin: Api, ats: Neighbour, catch_up: CatchUp) -> None:
    member, api = uuid4(), admin.as_("new")
    await api.get("/prospects", status=403)
    await ats.tells(member, [added(member, "lead")])
    await catch_up()
    await api.get("/prospects")
    await api.post("/campaigns", {"name": "Autumn"}, status=403)
    await ats.tells(member, [TeamMemberUpdated(member_id=member, roles=("sourcer",))])
    await catch_up()
    await api.post("/campaigns", {"name": "Autumn"}, status=201)
    await ats.tells(member, [TeamMemberUpdated(member_id=member, subject="renamed")])
    await catch_up()
    await admin.as_("renamed").post("/campaigns", {"name": "Winter"}, status=201)
    await api.get("/prospects", status=403)
    await ats.tells(member, [TeamMemberDeactivated(member_id=member)])
    await catch_up()
    await admin.as_("renamed").get("/prospects", status=403)
    await ats.tells(member, [added(member, "lead")])
    await catch_up()
    await api.get("/prospects")


async def test_a_job_takes_hand_overs_while_it_is_open(sourcer: Api, ats: Neighbour, catch_up: CatchUp) -> None:
    opened = job_opened()
    job, body = opened.job_id, {"job_id": str(opened.job_id)}
    closed = JobClosed(job_id=job, requisition_id=opened.requisition_id, reason="filled")
    reopened = opened.model_copy(update={"reopened": True})
    first, second = [(await sourcer.post("/prospects", {"name": name, "channel": "event"}))["id"] for name in "AB"]
    await sourcer.post(f"/prospects/{first}/hand-over", body, status=409)
    await ats.tells(job, [opened])
    await catch_up()
    await sourcer.post(f"/prospects/{first}/hand-over", body)
    await ats.tells(job, [closed])
    await catch_up()
    await sourcer.post(f"/prospects/{second}/hand-over", body, status=409)
    await ats.tells(job, [reopened])
    await catch_up()
    await sourcer.post(f"/prospects/{second}/hand-over", body)


async def test_who_applies_by_themselves_with_a_prospect_s_address_is_linked_once(
    crm: Wired, sourcer: Api, ats: Neighbour, catch_up: CatchUp, make_settings: Callable[[str], Awaitable[Settings]]
) -> None:
    settings = await make_settings("crm")
    assert settings.digest_key is not None
    address = Clear(Digest(settings.digest_key).of_email("ada@example.com"))
    ada = (await sourcer.post("/prospects", {"name": "Ada", "channel": "social", "email": "Ada@example.com"}))["id"]
    candidate, handed_over, stranger = uuid4(), uuid4(), uuid4()
    for event in (
        CandidateCreated(person_id=candidate, name=Clear("A. E."), email_digest=address),
        CandidateCreated(person_id=handed_over, name=Clear("Ada"), email_digest=address, hand_over=uuid4()),
        CandidateCreated(person_id=stranger, name=Clear("Bo"), email_digest=Clear("another")),
        CandidateCreated(person_id=uuid4(), name=Clear("Without an address")),
    ):
        await ats.tells(event.person_id, [event])
    await catch_up()
    await catch_up()
    found = await sourcer.get(f"/prospects/{ada}")
    assert (found["linked"], found["version"]) == ([str(candidate)], 2)
    envelope, _ = (await crm.store.events(f"prospect-{ada}"))[-1]
    assert (envelope.actor, envelope.type) == ("service:crm", "crm.prospect.linked")
    assert envelope.causation is not None


async def test_a_rebuild_gives_what_the_events_gave(crm: Wired, ats: Neighbour, catch_up: CatchUp) -> None:
    database, opened, member = crm.store.database, job_opened(), uuid4()
    async with database.connection() as connection:
        await connection.execute("DELETE FROM principals")
    await ats.tells(opened.job_id, [opened])
    await ats.tells(member, [added(member, "lead"), TeamMemberUpdated(member_id=member, roles=("sourcer",))])
    await catch_up()
    live = [await digest(database, table) for table in TABLES]
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT roles FROM principals") == ["sourcer"]
        await connection.execute("TRUNCATE principals, open_jobs")
    await rebuild_projection("crm.ats", (ats.topic.name,), ats.topic.kafka, database, from_ats(database))
    assert [await digest(database, table) for table in TABLES] == live
