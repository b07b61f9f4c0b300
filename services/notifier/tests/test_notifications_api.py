"""What became of notifications, over HTTP: everybody sees their own, few see all."""

from uuid import UUID, uuid4

import pytest

from services.notifier import notices
from services.notifier.tests import facts
from services.notifier.tests.desk import Desk
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import Issuer
from shared.kit.wiring import Wired


@pytest.fixture
async def people(desk: Desk) -> dict[str, UUID]:
    """Member id by token subject; the last is of ops."""
    made = [(await desk.person(roles=(role,)))[0] for role in ("interviewer", "approver", "ops")]
    return {f"u-{member}": member for member in made}


@pytest.fixture
def anybody(notifier: Wired, issuer: Issuer) -> Api:
    return Api(notifier.app, issuer, subject="")


async def asked(desk: Desk, member: UUID) -> None:
    event = facts.scorecard_requested(member, await desk.log.job())
    await desk.log.happened(event.scorecard_id, event)


async def test_a_notification_is_shown_from_queued_to_sent(desk: Desk, anybody: Api, people: dict[str, UUID]) -> None:
    subject, member = next(iter(people.items()))
    await asked(desk, member)
    await notices.address(desk.store.database)
    api = anybody.as_(subject)
    [queued] = (await api.get("/notifications"))["items"]
    assert (queued["state"], queued["attempts"], queued["channel"]) == ("queued", 0, None)
    assert (queued["event_type"], queued["recipient_id"]) == ("ats.scorecard.requested", str(member))
    await desk.work()
    sent = await api.get(f"/notifications/{queued['id']}")
    assert (sent["state"], sent["attempts"], sent["channel"], sent["outcome"]) == ("sent", 1, "slack", "accepted")


async def test_one_sees_ones_own_and_ops_see_all(desk: Desk, anybody: Api, people: dict[str, UUID]) -> None:
    for member in people.values():
        await asked(desk, member)
    await notices.address(desk.store.database)
    (first, member), (_, other), (ops, _) = people.items()
    assert len((await anybody.as_(ops).get("/notifications"))["items"]) == 3
    [theirs] = (await anybody.as_(ops).get("/notifications", recipient_id=str(other)))["items"]
    own = (await anybody.as_(first).get("/notifications"))["items"]
    assert [item["recipient_id"] for item in own] == [str(member)]
    assert (await anybody.as_(first).get("/notifications", recipient_id=str(other)))["items"] == []
    await anybody.as_(first).get(f"/notifications/{theirs['id']}", status=404)
    await anybody.as_(ops).get(f"/notifications/{theirs['id']}")


async def test_the_list_is_filtered_by_state_and_paged(desk: Desk, anybody: Api, people: dict[str, UUID]) -> None:
    for member in people.values():
        await asked(desk, member)
    await desk.work()
    api = anybody.as_(list(people)[-1])
    assert (await api.get("/notifications", state="failed"))["items"] == []
    first = await api.get("/notifications", state="sent", limit=2)
    after = api.last.headers["Link"].split("after=")[1].split("&")[0].split(">")[0]
    second = await api.get("/notifications", state="sent", limit=2, after=after)
    assert len({item["id"] for item in first["items"] + second["items"]}) == 3


async def test_what_is_asked_wrongly_is_refused(anybody: Api, people: dict[str, UUID]) -> None:
    api = anybody.as_(next(iter(people)))
    await api.get(f"/notifications/{uuid4()}", status=404)
    await api.get("/notifications/nonsense", status=422)
    await api.get("/notifications", status=422, state="lost")
    await anybody.get("/notifications", status=401)
    await anybody.as_("stranger").get("/notifications", status=403)
