"""Seats and the offers that hold them: reserved by one, filled by the first acceptance, no reason to refuse one."""

import asyncio

from services.ats.tests.hiring import Hiring, in_days
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired


async def test_a_reserved_seat_is_refused_to_a_second_offer_until_it_is_free(hiring: Hiring) -> None:
    [seat] = await hiring.seats()
    first, second = await hiring.approved(), await hiring.approved(opening_id=seat)
    await _extend_until_yesterday(hiring, first)
    assert (await hiring.seat(seat))["state"] == "reserved"
    refused = await hiring.do(second, "extend", status=409)
    assert refused["type"] == "urn:hirelog:problem:seat-reserved"
    assert refused["next_step"] == f"open a seat, rescind offer {first}, or allow over-offering"
    assert (await hiring.offer(second))["state"] == "approved"
    await hiring.do(first, "expire")
    assert (await hiring.seat(seat))["state"] == "open"
    await hiring.do(second, "extend", status=200)
    refused = await hiring.do(first, "extend", {"expires": in_days(9)}, status=409)
    assert refused["type"] == "urn:hirelog:problem:seat-reserved"
    assert (await hiring.offer(first))["state"] == "expired"


async def test_an_expired_offer_goes_out_again_where_its_seat_is_free(hiring: Hiring) -> None:
    first = await hiring.approved()
    await _extend_until_yesterday(hiring, first)
    await hiring.do(first, "expire")
    await hiring.do(first, "extend", {"expires": in_days(9)})
    assert (await hiring.happened(f"offer-{first}"))[-3:] == ["OfferExtended", "OfferExpired", "OfferDeadlineExtended"]
    assert await hiring.seats("reserved") == await hiring.seats()


async def test_with_over_offering_both_acceptances_stand_and_one_has_the_seat(
    ats: Wired, admin: Api, members: dict[str, str]
) -> None:
    hiring = await Hiring.start(ats, admin, members, over_offering=True)
    [seat] = await hiring.seats()
    offers = [await hiring.extended(opening_id=seat) for _ in range(2)]
    await asyncio.gather(*(hiring.do(offer, "accept", status=200) for offer in offers))
    assert [(await hiring.offer(offer))["state"] for offer in offers] == ["accepted", "accepted"]
    seated = {offer: (await hiring.offer(offer))["seated"] for offer in offers}
    assert sorted(seated.values()) == [False, True]
    [winner] = [offer for offer, has in seated.items() if has]
    [other] = [offer for offer, has in seated.items() if not has]
    filled = await hiring.seat(seat)
    assert (filled["state"], filled["offer_id"]) == ("filled", winner)
    assert (await hiring.happened(f"offer-{other}"))[-2:] == ["OfferAccepted", "AcceptedWithoutSeat"]
    order = await ats.store.events(f"offer-{winner}", f"offer-{other}")
    first = min((e for e in order if type(e[1]).__name__ == "OfferAccepted"), key=lambda pair: pair[0].position)
    assert first[0].stream == f"offer-{winner}"


async def test_an_acceptance_without_a_seat_is_hired_once_there_is_one(
    ats: Wired, admin: Api, members: dict[str, str]
) -> None:
    hiring = await Hiring.start(ats, admin, members, seats=2, over_offering=True, openings=1)
    [seat] = await hiring.seats()
    application = await hiring.applicant()
    first, late = await hiring.extended(opening_id=seat), await hiring.extended(application, opening_id=seat)
    await hiring.do(first, "accept")
    await hiring.do(late, "accept")
    refused = await hiring.recruiter.post(f"/applications/{application}/hire", status=409)
    assert refused["type"] == "urn:hirelog:problem:no-free-seat"
    await hiring.recruiter.post(f"/jobs/{hiring.job}/openings", {"kind": "new"})
    await hiring.recruiter.post(f"/applications/{application}/hire")
    [added] = [of for of in await hiring.seats("filled") if of != seat]
    assert (await hiring.seat(added))["offer_id"] == late
    await hiring.do(late, "renege")
    assert ((await hiring.seat(added))["state"], (await hiring.seat(seat))["state"]) == ("open", "filled")


async def test_rescinding_an_acceptance_without_a_seat_reopens_none(
    ats: Wired, admin: Api, members: dict[str, str]
) -> None:
    hiring = await Hiring.start(ats, admin, members, over_offering=True)
    [seat] = await hiring.seats()
    first, second = [await hiring.extended(opening_id=seat) for _ in range(2)]
    await hiring.do(first, "accept")
    await hiring.do(second, "accept")
    await hiring.do(second, "rescind", {"reason": "no_seat"})
    assert (await hiring.seat(seat))["offer_id"] == first
    assert "OpeningReopened" not in await hiring.happened(f"opening-{seat}")


async def test_offers_name_different_seats_where_there_are_several(
    ats: Wired, admin: Api, members: dict[str, str]
) -> None:
    hiring = await Hiring.start(ats, admin, members, seats=2)
    named = {(await hiring.offer(await hiring.drafted()))["opening_id"] for _ in range(2)}
    assert named == set(await hiring.seats())


async def test_no_offer_is_drafted_where_every_seat_is_held(hiring: Hiring) -> None:
    await hiring.accepted()
    refused = await hiring.recruiter.post("/offers", {"application_id": await hiring.applicant()}, status=409)
    assert refused["type"] == "urn:hirelog:problem:no-free-seat"


async def test_a_seat_of_another_job_is_refused(ats: Wired, admin: Api, members: dict[str, str]) -> None:
    here, there = [await Hiring.start(ats, admin, members) for _ in range(2)]
    [foreign] = await there.seats()
    body = {"application_id": await here.applicant(), "opening_id": foreign}
    await here.recruiter.post("/offers", body, status=422)


async def _extend_until_yesterday(hiring: Hiring, offer: str) -> None:
    await hiring.do(offer, "extend", {"expires": in_days(-1)}, occurred_at=in_days(-2))
