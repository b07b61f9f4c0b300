"""An offer's way over HTTP: drafted, approved, extended and answered, and the hire that follows."""

import asyncio
from typing import Any

import pytest

from services.ats.tests.hiring import Hiring, in_days, pay
from shared.kit.rebuild import digest, rebuild_read_models
from shared.kit.testing.api import Api
from shared.kit.timers import fire_due


async def test_from_a_draft_to_a_hire(hiring: Hiring) -> None:
    application, other = await hiring.applicant(), await hiring.applicant()
    [seat] = await hiring.seats()
    offer = await hiring.drafted(application, start_date="2027-02-01")
    approval = await hiring.submitted(offer)
    await hiring.vote("finance", approval)
    assert (await hiring.offer(offer))["state"] == "approved"
    await hiring.do(offer, "extend", {"expires": in_days(7)})
    await hiring.do(offer, "accept")
    assert (await hiring.application(application))["state"] == "accepted"
    receipt = await hiring.recruiter.post(f"/applications/{application}/hire")
    assert receipt["id"] == application
    assert (await hiring.application(application))["state"] == "hired"
    assert (await hiring.application(other))["state"] == "active"
    assert await hiring.happened(f"offer-{offer}", f"opening-{seat}", f"application-{application}") == [
        "OpeningOpened", "ApplicationSubmitted", "OfferDrafted", "OfferSubmitted", "OfferApproved", "OfferExtended",
        "OpeningReserved", "OfferAccepted", "OpeningFilled", "CandidateHired",
    ]  # fmt: skip
    hired = (await hiring.ats.store.events(f"application-{application}"))[-1][1]
    assert (str(getattr(hired, "opening_id")), str(getattr(hired, "offer_id"))) == (seat, offer)  # noqa: B009
    assert str(getattr(hired, "start_date")) == "2027-02-01"  # noqa: B009


async def test_new_pay_during_the_approval_voids_it_and_needs_a_new_round(hiring: Hiring) -> None:
    offer = await hiring.drafted()
    first = await hiring.submitted(offer)
    await hiring.do(offer, "revise", {"pay": pay(7_500_000)})
    assert (await hiring.recruiter.get(f"/approvals/{first}"))["outcome"] == "voided"
    await hiring.vote("finance", first, status=409)
    assert (await hiring.offer(offer))["state"] == "draft"
    second = await hiring.submitted(offer)
    round_ = await hiring.recruiter.get(f"/approvals/{second}")
    assert (round_["round"], round_["subject_version"]) == (2, 2)
    await hiring.vote("finance", second)
    assert (await hiring.offer(offer))["state"] == "approved"


async def test_a_new_start_date_leaves_the_round_open(hiring: Hiring) -> None:
    offer = await hiring.drafted()
    approval = await hiring.submitted(offer)
    await hiring.do(offer, "revise", {"start_date": "2027-03-01"})
    await hiring.vote("finance", approval)
    shown = await hiring.offer(offer)
    assert (shown["state"], shown["offer_version"], shown["start_date"]) == ("approved", 2, "2027-03-01")


async def test_pay_above_the_band_asks_one_group_more(hiring: Hiring) -> None:
    offer = await hiring.drafted(pay=pay(8_500_000))
    approval = await hiring.submitted(offer)
    await hiring.vote("finance", approval)
    assert (await hiring.offer(offer))["state"] == "in_approval"
    await hiring.vote("head", approval)
    assert (await hiring.offer(offer))["state"] == "approved"


async def test_a_rejected_approval_leads_back_to_the_draft(hiring: Hiring) -> None:
    offer = await hiring.drafted()
    await hiring.vote("finance", await hiring.submitted(offer), "rejected")
    assert (await hiring.offer(offer))["state"] == "draft"
    assert (await hiring.happened(f"offer-{offer}"))[-1] == "OfferApprovalRejected"


async def test_revising_what_is_out_frees_the_seat(hiring: Hiring) -> None:
    offer = await hiring.extended()
    [seat] = await hiring.seats("reserved")
    await hiring.do(offer, "revise", {"pay": pay(7_500_000)})
    assert (await hiring.seat(seat))["state"] == "open"
    await hiring.do(offer, "accept", status=409)
    assert await hiring.timers() == []


@pytest.mark.parametrize(
    ("verb", "body", "state"),
    [("decline", {"reason": "salary_expectation"}, "declined"), ("rescind", {"reason": "budget"}, "rescinded")],
)
async def test_an_offer_that_comes_to_nothing_frees_its_seat(
    hiring: Hiring, verb: str, body: dict[str, Any], state: str
) -> None:
    offer = await hiring.extended()
    [seat] = await hiring.seats("reserved")
    await hiring.do(offer, verb, body)
    assert ((await hiring.offer(offer))["state"], (await hiring.seat(seat))["state"]) == (state, "open")
    assert await hiring.timers() == []


async def test_after_a_no_the_same_process_goes_on_with_its_next_version(hiring: Hiring) -> None:
    application = await hiring.applicant()
    offer = await hiring.extended(application)
    await hiring.do(offer, "decline", {"reason": "salary_expectation"})
    refused = await hiring.recruiter.post("/offers", {"application_id": application}, status=409)
    assert refused["type"] == "urn:hirelog:problem:offer-under-way"
    await hiring.do(offer, "revise", {"pay": pay(7_900_000)})
    await hiring.vote("finance", await hiring.submitted(offer))
    await hiring.do(offer, "extend")
    await hiring.do(offer, "accept")
    assert (await hiring.offer(offer))["offer_version"] == 2


async def test_two_drafts_at_once_are_one_process(hiring: Hiring) -> None:
    body: dict[str, Any] = {"application_id": await hiring.applicant()}

    async def draft() -> int:
        try:
            await hiring.recruiter.post("/offers", body, status=201)
        except AssertionError:
            return 409
        return 201

    answers = await asyncio.gather(draft(), draft(), draft())
    assert sorted(answers) == [201, 409, 409]
    assert len((await hiring.recruiter.get("/offers", **body))["items"]) == 1


async def test_a_deadline_fires_once_and_frees_the_seat(hiring: Hiring) -> None:
    offer = await hiring.approved()
    await hiring.do(offer, "extend", {"expires": in_days(-0.01)}, occurred_at=in_days(-0.02))
    assert await hiring.timers() == ["offer-expires"]
    store = hiring.ats.store
    assert sum(await asyncio.gather(fire_due(store), fire_due(store))) >= 1
    assert await fire_due(store) == 0
    assert (await hiring.happened(f"offer-{offer}")).count("OfferExpired") == 1
    assert await hiring.seats("open") == await hiring.seats()


async def test_history_sets_no_deadline(hiring: Hiring) -> None:
    offer = await hiring.approved()
    await hiring.do(offer, "extend", {"expires": in_days(5)}, occurred_at=in_days(-2))
    assert await hiring.timers() == []


async def test_an_acceptance_after_the_deadline_counts_while_no_expiry_is_told(hiring: Hiring) -> None:
    offer = await hiring.approved()
    await hiring.do(offer, "extend", {"expires": in_days(-0.01)}, occurred_at=in_days(-0.02))
    await hiring.do(offer, "accept")
    assert await fire_due(hiring.ats.store) == 0
    assert (await hiring.offer(offer))["state"] == "accepted"


async def test_nothing_is_extended_while_the_requisition_is_held_but_answers_go_on(
    ats: Any, admin: Api, members: dict[str, str]
) -> None:
    hiring = await Hiring.start(ats, admin, members, seats=2)
    out, waiting = await hiring.extended(), await hiring.approved()
    await hiring.recruiter.post(f"/requisitions/{hiring.requisition}/hold", {"reason": "budget"})
    refused = await hiring.do(waiting, "extend", status=409)
    assert refused["type"] == "urn:hirelog:problem:requisition-held"
    await hiring.do(out, "accept")
    assert (await hiring.offer(out))["state"] == "accepted"


async def test_reneging_after_the_hire_takes_it_back_and_reopens_the_seat_at_once(hiring: Hiring) -> None:
    application = await hiring.applicant()
    offer = await hiring.accepted(application)
    [seat] = await hiring.seats("filled")
    await hiring.recruiter.post(f"/applications/{application}/hire")
    await hiring.do(offer, "renege", {"reason": "other_offer"})
    assert (await hiring.application(application))["state"] == "active"
    assert (await hiring.seat(seat))["state"] == "open"
    events = await hiring.ats.store.events(f"offer-{offer}", f"application-{application}", f"opening-{seat}")
    last = sorted((envelope for envelope, _ in events), key=lambda envelope: envelope.position)[-3:]
    assert [envelope.type.rpartition(".")[2] for envelope in last] == ["reneged", "hire-reversed", "reopened"]
    assert len({envelope.correlation for envelope in last}) == 1


@pytest.mark.parametrize(
    ("cause", "state"),
    [("reneged", "reneged"), ("did_not_start", "reneged"), ("rescinded", "rescinded"), ("mistake", "rescinded")],
)
async def test_after_a_reversed_hire_a_new_offer_can_follow(hiring: Hiring, cause: str, state: str) -> None:
    application = await hiring.applicant()
    offer = await hiring.accepted(application)
    await hiring.recruiter.post(f"/applications/{application}/hire")
    receipt = await hiring.recruiter.post(f"/applications/{application}/reverse-hire", {"cause": cause})
    assert (receipt["id"], (await hiring.offer(offer))["state"]) == (application, state)
    again = await hiring.accepted(application)
    await hiring.recruiter.post(f"/applications/{application}/hire")
    assert (await hiring.application(application))["state"] == "hired"
    assert await hiring.seats("filled") == [(await hiring.offer(again))["opening_id"]]


async def test_withdrawing_declines_the_offer_that_is_out_and_first(hiring: Hiring) -> None:
    application = await hiring.applicant()
    offer = await hiring.extended(application)
    receipt = await hiring.recruiter.post(f"/applications/{application}/withdraw", {"reason": "other_offer"})
    assert receipt["id"] == application
    happened = await hiring.happened(f"offer-{offer}", f"application-{application}")
    assert happened[-2:] == ["OfferDeclined", "ApplicationWithdrawn"]
    assert getattr((await hiring.ats.store.events(f"offer-{offer}"))[-1][1], "cause") == "withdrawn"  # noqa: B009
    assert await hiring.seats("open") == await hiring.seats()


@pytest.mark.parametrize("verb", ["extend", "accept", "decline", "expire", "renege"])
async def test_a_draft_can_not_be_answered_and_nothing_is_written(hiring: Hiring, verb: str) -> None:
    offer = await hiring.drafted()
    refused = await hiring.do(offer, verb, status=409)
    assert refused["type"] == "urn:hirelog:problem:offer-state"
    assert refused["next_step"]
    assert await hiring.happened(f"offer-{offer}") == ["OfferDrafted"]


async def test_nobody_is_hired_without_an_accepted_offer(hiring: Hiring) -> None:
    application = await hiring.applicant()
    await hiring.extended(application)
    refused = await hiring.recruiter.post(f"/applications/{application}/hire", status=409)
    assert refused["type"] == "urn:hirelog:problem:no-accepted-offer"
    await hiring.recruiter.post(f"/applications/{application}/reverse-hire", {"cause": "mistake"}, status=409)


async def test_a_rejected_application_gets_no_offer(hiring: Hiring) -> None:
    application = await hiring.applicant()
    approved = await hiring.approved(application)
    rejection = {"reason_type": "we_rejected", "reason": "not_qualified"}
    await hiring.recruiter.post(f"/applications/{application}/reject", rejection)
    refused = await hiring.do(approved, "extend", status=409)
    assert refused["type"] == "urn:hirelog:problem:application-closed"
    await hiring.recruiter.post("/offers", {"application_id": application}, status=409)


async def test_nobody_approves_twice(hiring: Hiring) -> None:
    approval = await hiring.submitted(await hiring.drafted())
    await hiring.vote("finance", approval)
    await hiring.vote("finance", approval, status=409)


async def test_a_chain_for_requisitions_decides_no_offer(hiring: Hiring, admin: Api) -> None:
    chains = (await admin.get("/approval-chains"))["items"]
    [wrong] = [chain["id"] for chain in chains if chain["subject"] == "requisition"]
    await hiring.do(await hiring.drafted(), "submit", {"chain_id": wrong}, status=422)


async def test_pay_is_for_those_who_may_see_it_and_stands_encrypted(hiring: Hiring, admin: Api) -> None:
    offer = await hiring.drafted(pay=pay(7_654_321))
    await admin.as_("finance").get(f"/offers/{offer}", status=404)
    await hiring.submitted(offer)
    await admin.post("/team-members", {"subject": "lead", "roles": ["lead"], "name": "Lead"})
    assert (await admin.as_("finance").get(f"/offers/{offer}"))["pay"]["base"]["amount"] == 7_654_321
    assert (await admin.as_("lead").get(f"/offers/{offer}"))["pay"] is None
    await admin.as_("interviewer").get(f"/offers/{offer}", status=403)
    assert "pay" not in (await admin.as_("lead").get("/offers"))["items"][0]
    async with hiring.ats.store.database.connection() as connection:
        stored = await connection.fetch("SELECT data::text FROM events WHERE category = 'offer'")
    assert stored
    assert all("7654321" not in row[0] for row in stored)


async def test_a_hiring_manager_sees_the_offers_of_their_jobs_and_those_they_decide_on(
    hiring: Hiring, admin: Api
) -> None:
    body = {"subject": "other", "roles": ["hiring_manager"], "name": "Other"}
    stranger = (await admin.post("/team-members", body))["id"]
    offer = await hiring.drafted()
    assert len((await admin.as_("manager").get("/offers"))["items"]) == 1
    assert (await admin.as_("other").get("/offers"))["items"] == []
    await admin.as_("other").get(f"/offers/{offer}", status=404)
    groups = [{"n": 1, "members": [stranger]}]
    chain = await admin.post("/approval-chains", {"name": "other", "subject": "offer", "groups": groups})
    await hiring.do(offer, "submit", {"chain_id": chain["id"]})
    assert (await admin.as_("other").get(f"/offers/{offer}"))["pay"] is not None


@pytest.mark.parametrize(
    "body",
    [
        {"pay": {"base": {"amount": -1, "currency": "EUR"}}},
        {"pay": {"base": {"amount": 1, "currency": "euro"}}},
        {"pay": {"base": {"amount": 1, "currency": "EUR"}, "secret": 1}},
        {"level": "L4\x00"},
        {"start_date": "soon"},
        {"state": "approved"},
    ],
)
async def test_what_makes_no_sense_is_refused(hiring: Hiring, body: dict[str, Any]) -> None:
    await hiring.recruiter.post("/offers", {"application_id": await hiring.applicant(), **body}, status=422)
    assert (await hiring.recruiter.get("/offers"))["items"] == []


async def test_only_who_recruits_writes_offers(hiring: Hiring, admin: Api) -> None:
    offer = await hiring.extended()
    for subject in ("manager", "finance", "interviewer"):
        await admin.as_(subject).post(f"/offers/{offer}/accept", status=403)


async def test_rebuilt_read_models_equal_the_live_ones_after_a_hire(hiring: Hiring) -> None:
    application = await hiring.applicant()
    await hiring.do(await hiring.accepted(application), "renege")
    await hiring.accepted(application)
    await hiring.recruiter.post(f"/applications/{application}/hire")
    store = hiring.ats.store
    tables = [model.table.name for model in store.all_read_models()]
    live = {table: await digest(store.database, table) for table in tables}
    await rebuild_read_models(store)
    assert {table: await digest(store.database, table) for table in tables} == live
