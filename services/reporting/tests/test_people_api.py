"""Journeys over HTTP on real PostgreSQL: every id that is the same human, as known then; who may ask; by index."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.projections import persons
from services.reporting.projections.facts import TYPES
from services.reporting.tests.conftest import Tell, member
from services.reporting.tests.making import of_name
from services.reporting.tests.telling import Telling, at
from shared.events.ats.application import ApplicationSubmitted
from shared.events.ats.candidate import CandidateCreated, CandidatesMerged
from shared.events.crm.prospect import CandidateSourced, ProspectLinked
from shared.events.crm.touchpoint import TouchpointOpened, TouchpointSent
from shared.events.event import registry
from shared.events.notifier.candidate_message import CandidateMessageSent
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

Asked = Callable[..., Awaitable[list[tuple[str, str]]]]


@pytest.fixture
async def history(tell: Tell) -> Telling:
    """One human under three ids: sourced as ann, applied as anna, and once more as annie; all of it known by day 40."""
    telling = Telling()
    telling.job("j1")
    telling(0, CandidateSourced, person_id="ann", channel="event")
    telling(3, ApplicationSubmitted, person_id="anna", application_id="a1", job_id="j1", stage="new")
    telling(5, ApplicationSubmitted, person_id="annie", application_id="a2", job_id="j1", stage="applied")
    telling(9, CandidateSourced, person_id="bob", channel="event")
    telling(20, ProspectLinked, person_id="ann", candidate="anna", by="email")
    telling(40, CandidatesMerged, person_id="annie", merged="anna", application_map={})
    await tell(telling.facts)
    return telling


@pytest.fixture
def asked(lead: Api) -> Asked:
    async def asked(name: str, **parameters: Any) -> list[tuple[str, str]]:
        answer = await lead.get(f"/people/{of_name(name)}/journey", **parameters)
        return [(step["code"], step["occurred"]) for step in answer["steps"]]

    return asked


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("name", ["ann", "anna", "annie"])
async def test_any_id_of_a_human_gives_the_whole_journey(name: str, lead: Api, history: Telling) -> None:
    answer = await lead.get(f"/people/{of_name(name)}/journey")
    assert [step["code"] for step in answer["steps"]] == ["sourced", "lead", "applied"]
    assert [step["person_id"] for step in answer["steps"]] == [str(of_name(n)) for n in ("ann", "anna", "annie")]
    assert answer["person_id"] == str(of_name("annie"))
    assert set(answer["ids"]) == {str(of_name(n)) for n in ("ann", "anna", "annie")}
    assert answer["names"]["ats"] == "/v1/candidates/{person_id}"
    assert (answer["merged"] is None) == (name == "annie")
    if name != "annie":
        assert f"{of_name(name)} is the same person as {of_name('annie')}" in answer["merged"]


async def test_before_a_merge_was_known_they_are_two_people(asked: Asked, history: Telling) -> None:
    assert await asked("anna", known_at=iso(at(30))) == [("sourced", iso(at(0))), ("lead", iso(at(3)))]
    assert await asked("annie", known_at=iso(at(30))) == [("applied", iso(at(5)))]
    assert await asked("ann", known_at=iso(at(10))) == [("sourced", iso(at(0)))]


async def test_once_known_a_merge_holds_for_every_as_of(asked: Asked, lead: Api, history: Telling) -> None:
    assert await asked("annie", as_of=iso(at(4))) == [("sourced", iso(at(0))), ("lead", iso(at(3)))]
    assert await asked("annie", as_of=iso(at(-1))) == []
    assert (await lead.get(f"/people/{of_name('ann')}/journey", as_of=iso(at(4))))["person_id"] == str(of_name("annie"))


async def test_a_corrected_time_moves_a_step_once_it_is_known(asked: Asked, tell: Tell, history: Telling) -> None:
    [sourced] = [fact for fact in history.facts if fact.occurred == at(0)]
    wrong = registry.get("crm.prospect.occurrence-corrected").model
    moved: dict[str, Any] = {"event_id": sourced.id, "old": at(0), "new": at(4), "why": "wrong_day"}
    await tell([history(50, wrong, person_id="ann", **moved)])
    assert await asked("ann", as_of=iso(at(6))) == [
        ("lead", iso(at(3))), ("sourced", iso(at(4))), ("applied", iso(at(5))),
    ]  # fmt: skip
    assert (await asked("ann", known_at=iso(at(45))))[0] == ("sourced", iso(at(0)))
    assert await asked("ann", as_of=iso(at(2))) == []


async def test_a_ring_of_merges_ends(asked: Asked, tell: Tell, history: Telling) -> None:
    await tell([history(50, CandidatesMerged, person_id="anna", merged="annie", application_map={})])
    assert len(await asked("ann")) == 3


async def test_a_person_whom_nobody_knows_is_missing_with_a_next_step(lead: Api, history: Telling) -> None:
    answer = await lead.get(f"/people/{uuid4()}/journey", status=404)
    assert "GET /v1/candidates" in answer["next_step"]
    await lead.get(f"/people/{of_name('ann')}/journey", status=404, known_at=iso(at(-1)))
    await lead.get("/people/nobody/journey", status=422)


async def test_a_bad_clock_is_refused_as_a_report_refuses_it(lead: Api, history: Telling) -> None:
    answer = await lead.get(f"/people/{of_name('ann')}/journey", status=422, as_of="2026-04-02", known_at="2026-04-01")
    assert "lies after known_at" in str(answer)
    answer = await lead.get(f"/people/{of_name('ann')}/journey", status=422, period="2026")
    assert "allowed are zone, as_of, known_at" in str(answer)


@pytest.mark.parametrize(("role", "status"), [
    ("admin", 200), ("recruiter", 200), ("sourcer", 200), ("lead", 200), ("hr", 200),
    ("hiring_manager", 403), ("interviewer", 403), ("approver", 403), ("ops", 403),
])  # fmt: skip
async def test_a_whole_person_is_for_those_who_work_with_all_jobs(
    role: str, status: int, anybody: Api, tell: Tell, history: Telling
) -> None:
    await tell([member("somebody", role)])
    await anybody.as_("somebody").get(f"/people/{of_name('ann')}/journey", status=status)
    await anybody.get(f"/people/{of_name('ann')}/journey", status=401)


async def test_a_thousand_scans_hide_neither_the_first_touch_nor_that_they_were_cut(lead: Api, tell: Tell) -> None:
    telling = Telling()
    telling(0, TouchpointSent, person_id="ann", touchpoint_id="t1", channel="email")
    for scan in range(1_001):
        telling(1 + scan / 1000, TouchpointOpened, person_id="ann", touchpoint_id="t1", machine=True)
    telling(3, ApplicationSubmitted, person_id="ann", application_id="a1", job_id="j1", stage="applied")
    await tell(telling.facts)
    answer = await lead.get(f"/people/{of_name('ann')}/journey")
    assert (len(answer["steps"]), answer["cut"]) == (1_000, True)
    assert answer["steps"][-1]["code"] == "applied"
    assert answer["summary"]["touch_to_application"]["days"] == 3.0


async def test_a_person_is_read_by_index(reporting: Wired, history: Telling) -> None:
    person, times, types = uuid4(), [at(0), at(0)], ["crm.touchpoint.opened"]
    async with reporting.store.database.transaction() as connection:
        # On a handful of rows the planner would rather read them all.
        await connection.execute("SET LOCAL enable_seqscan = off")
        for statement, arguments in (
            (persons.IDS, (person, at(0))),
            (persons.THEIRS, ([person], at(0), types, types)),
            (persons.LATEST, ([person], *times, types, 5)),
            (persons.OF_STREAMS, (["job-1"], types, at(0))),
        ):
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statement}", *arguments))
            assert "Seq Scan on facts" not in plan
            indexes = {"facts_person_id_occurred_idx", "facts_alias_idx", "facts_stream_version_idx"}
            assert indexes & set(plan.split()), plan


@pytest.mark.parametrize("wire_type", sorted(TYPES))
def test_every_event_about_a_person_is_found_by_the_person(wire_type: str) -> None:
    model = registry.get(wire_type).model
    if model.stream.key == "person_id":
        assert model.model_fields["person_id"].is_required()


async def test_a_message_to_a_candidate_is_found_by_its_recipient(asked: Asked, tell: Tell, history: Telling) -> None:
    await tell([history(50, CandidateMessageSent, recipient_id="anna", application_id="a1", automatic=True)])
    assert (await asked("ann"))[-1] == ("candidate-message-sent", iso(at(50)))


async def test_a_candidate_without_a_step_is_known(lead: Api, tell: Tell) -> None:
    telling = Telling()
    telling(0, CandidateCreated, person_id="cleo", name="Cleo")
    await tell(telling.facts)
    answer = await lead.get(f"/people/{of_name('cleo')}/journey")
    assert (answer["steps"], answer["note"], answer["person_id"]) == ([], "no data", str(of_name("cleo")))
