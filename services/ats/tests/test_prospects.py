"""Hand-overs of the CRM, over a real Kafka: each becomes one application, whatever is delivered how often."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from services.ats.main import REACTIONS
from services.ats.tests.hiring import applied, open_job, published
from shared.events.crm.prospect import ProspectHandedOver
from shared.events.personal import Clear
from shared.kit.consumer import Consumer
from shared.kit.context import new_id
from shared.kit.digest import Digest
from shared.kit.effects import Reactions
from shared.kit.keyring.postgres import PostgresKeyring
from shared.kit.settings import Settings
from shared.kit.testing.api import Api
from shared.kit.testing.neighbour import Neighbour
from shared.kit.testing.topic import Topic
from shared.kit.wiring import Wired

CatchUp = Callable[[], Awaitable[None]]
SOURCED = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def crm(topic: Topic, ats: Wired) -> Neighbour:
    return Neighbour(topic, ats.store.codec)


@pytest.fixture
def catch_up(ats: Wired, crm: Neighbour) -> CatchUp:
    """Has the ATS react to all that stands on the topic."""

    async def caught_up() -> None:
        reactions = Reactions(ats.store, REACTIONS)
        await Consumer("ats.prospects", (crm.topic.name,), crm.topic.kafka, ats.store.database, reactions).catch_up()

    return caught_up


def handed_over(job: dict[str, Any], email_digest: str | None = None, **more: Any) -> ProspectHandedOver:
    facts: dict[str, Any] = {
        "person_id": new_id(), "hand_over_id": uuid4(), "job_id": job["id"], "source": "sourced",
        "channel": "linkedin", "sourced": SOURCED, "name": Clear("Ada Example"), "email": Clear("ada@example.com"),
        "email_digest": Clear(email_digest) if email_digest else None, "phone": Clear("123"),
        "profile_url": Clear("https://profiles.example/ada"),
    }  # fmt: skip
    return ProspectHandedOver(**{**facts, **more})


def application_of(event: ProspectHandedOver) -> UUID:
    return uuid5(event.hand_over_id, "application")


async def parked(ats: Wired) -> list[tuple[str, str]]:
    """Each with the person that it is about, and why."""
    async with ats.store.database.connection() as connection:
        rows = await connection.fetch("SELECT key, first_error FROM parked")
    return sorted((row["key"].decode(), row["first_error"].split(":")[0]) for row in rows)


async def test_a_prospect_becomes_candidate_and_application_with_source_and_contact_data(
    ats: Wired, recruiter: Api, crm: Neighbour, catch_up: CatchUp, job: dict[str, Any]
) -> None:
    event = handed_over(job)
    await crm.tells(event.person_id, [event])
    await catch_up()
    [found] = (await recruiter.get("/applications", person_id=str(event.person_id)))["items"]
    assert (found["id"], found["hand_over"]) == (str(application_of(event)), str(event.hand_over_id))
    assert (found["stage"], found["source"], found["prior_application"]) == ("lead", "sourced", None)
    shown = await recruiter.get(f"/candidates/{event.person_id}")
    assert (shown["name"], shown["email"], shown["phone"]) == ("Ada Example", "ada@example.com", "123")
    assert shown["links"] == ["https://profiles.example/ada"]
    [(envelope, _)] = await ats.store.events(f"application-{application_of(event)}")
    assert envelope.actor == "service:ats"
    assert envelope.causation is not None


async def test_a_hand_over_told_again_makes_nothing_new(
    recruiter: Api, crm: Neighbour, catch_up: CatchUp, job: dict[str, Any]
) -> None:
    event = handed_over(job)
    await crm.tells(event.person_id, [event])
    await catch_up()
    await crm.tells(event.person_id, [event])
    await catch_up()
    await catch_up()
    assert len((await recruiter.get("/applications"))["items"]) == 1
    assert len((await recruiter.get("/candidates"))["items"]) == 1


async def test_history_keeps_its_own_time(
    recruiter: Api, crm: Neighbour, catch_up: CatchUp, job: dict[str, Any]
) -> None:
    event = handed_over(job)
    await crm.tells(event.person_id, [event], occurred=SOURCED)
    await catch_up()
    found = await recruiter.get(f"/applications/{application_of(event)}")
    assert found["submitted_at"] == "2026-01-05T00:00:00Z"


@pytest.mark.parametrize("job_is_internal", [False, True])
async def test_who_is_handed_over_works_elsewhere_whoever_the_job_is_for(
    recruiter: Api, crm: Neighbour, catch_up: CatchUp, members: dict[str, str], job_is_internal: bool
) -> None:
    event = handed_over(await open_job(recruiter, members, internal=job_is_internal))
    await crm.tells(event.person_id, [event])
    await catch_up()
    assert (await recruiter.get(f"/applications/{application_of(event)}"))["internal"] is False


async def test_whose_address_is_known_stays_one_candidate(
    anybody: Api, recruiter: Api, crm: Neighbour, catch_up: CatchUp, job: dict[str, Any],
    make_settings: Callable[[str], Awaitable[Settings]],
) -> None:  # fmt: skip
    settings = await make_settings("ats")
    assert settings.digest_key is not None
    digest = Digest(settings.digest_key).of_email("ada@example.com")
    posting = await published(recruiter, job)
    first = await applied(anybody, posting, "Ada Example", email="ada@example.com")
    await crm.tells(uuid4(), [ada := handed_over(job, digest)])
    await catch_up()
    assert [one["id"] for one in (await recruiter.get("/applications"))["items"]] == [first]

    await recruiter.post(f"/applications/{first}/withdraw", {"reason": "x"})
    await crm.tells(uuid4(), [again := handed_over(job, digest, person_id=ada.person_id)])
    await catch_up()
    found = await recruiter.get(f"/applications/{application_of(again)}")
    assert found["prior_application"] == first
    assert found["person_id"] == (await recruiter.get(f"/applications/{first}"))["person_id"] != str(ada.person_id)
    assert len((await recruiter.get("/candidates"))["items"]) == 1


async def test_a_hand_over_to_a_job_that_is_closed_or_unknown_waits_for_an_operator(
    ats: Wired, recruiter: Api, crm: Neighbour, catch_up: CatchUp, job: dict[str, Any]
) -> None:
    await recruiter.post(f"/jobs/{job['id']}/close", {"reason": "filled"})
    closed, unknown = handed_over(job), handed_over({"id": uuid4()})
    await crm.tells(closed.person_id, [closed])
    await crm.tells(unknown.person_id, [unknown])
    await catch_up()
    refused = [(str(closed.person_id), "JobNotOpen"), (str(unknown.person_id), "Missing")]
    assert await parked(ats) == sorted(refused)
    assert (await recruiter.get("/candidates"))["items"] == []


async def test_of_a_person_who_was_erased_nothing_is_made(
    ats: Wired, recruiter: Api, crm: Neighbour, catch_up: CatchUp, job: dict[str, Any]
) -> None:
    event = handed_over(job)
    await crm.tells(event.person_id, [event])
    keyring = ats.store.codec._keyring
    assert isinstance(keyring, PostgresKeyring)
    await keyring.destroy(str(event.person_id), "prospect")
    await catch_up()
    assert (await recruiter.get("/applications"))["items"] == []
    assert await parked(ats) == []
