"""Requests that are each right and not right together: whatever their order, what is left makes sense."""

import asyncio
from typing import Any

import pytest

from services.ats.tests.hiring import Hiring

ROUNDS = range(6)


async def attempt(hiring: Hiring, path: str, body: dict[str, Any]) -> int:
    """Each request comes from a client of its own. None is ever a fault."""
    status = await hiring.recruiter.as_("recruiter").attempt(path, body)
    assert status < 500
    return status


@pytest.mark.parametrize("round_", ROUNDS)
async def test_nobody_is_rejected_with_an_offer_out(hiring: Hiring, round_: int) -> None:
    application = await hiring.applicant()
    offer = await hiring.approved(application)
    await asyncio.gather(
        attempt(hiring, f"/offers/{offer}/extend", {}),
        attempt(hiring, f"/applications/{application}/reject", {"reason_type": "we_rejected", "reason": "skills"}),
    )
    left = ((await hiring.application(application))["state"], (await hiring.offer(offer))["state"])
    assert left in {("rejected", "approved"), ("active", "extended")}


@pytest.mark.parametrize("round_", ROUNDS)
async def test_nobody_is_left_waiting_on_a_closed_job(hiring: Hiring, round_: int) -> None:
    applying = {"job_id": hiring.job, "name": "Late Comer", "source": "referral"}
    closing = {"reason": "filled", "disposition": {"reason_type": "other", "reason": "filled"}}
    await asyncio.gather(
        attempt(hiring, "/applications", applying), attempt(hiring, f"/jobs/{hiring.job}/close", closing)
    )
    assert (await hiring.recruiter.get(f"/jobs/{hiring.job}"))["state"] == "closed"
    assert (await hiring.recruiter.get("/applications", job_id=hiring.job, state="active"))["items"] == []
