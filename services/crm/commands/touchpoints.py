"""Commands on touchpoints."""

from uuid import UUID

from services.crm.commands.consents import end_consent
from services.crm.domain import consent, touchpoint
from services.crm.domain.campaign import CAMPAIGN
from services.crm.domain.consent import CONSENT
from services.crm.domain.prospect import PROSPECT
from services.crm.domain.touchpoint import TOUCHPOINT, Bounce, Sentiment
from services.crm.projections.enrolments import of_person_in
from shared.events.crm.consent import ConsentEnded
from shared.events.crm.touchpoint import TouchpointLogged, TouchpointReplied, TouchpointSent
from shared.kit.unit import Unit


async def record_message(unit: Unit, facts: TouchpointSent) -> None:
    """Of a campaign it goes out in its sender's name. Raises NoBasis."""
    await unit.require(PROSPECT, facts.person_id)
    basis = await unit.get(CONSENT, facts.person_id)
    consent.require_contact(basis, unit.occurred)
    if facts.campaign is not None:
        campaign = await unit.require(CAMPAIGN, facts.campaign)
        enrolled = await unit.rows(of_person_in(facts.campaign, facts.person_id))
        enrolment = enrolled[0].id if enrolled else None
        facts = facts.model_copy(update={"sender": campaign.sender, "enrolment": enrolment})
    await unit.start(TOUCHPOINT, facts.touchpoint_id, touchpoint.begin(facts))


async def log_touchpoint(unit: Unit, facts: TouchpointLogged | TouchpointReplied) -> None:
    """A call, a meeting, a note, or an answer to no known message."""
    await unit.require(PROSPECT, facts.person_id)
    if facts.campaign is not None:
        await unit.require(CAMPAIGN, facts.campaign)
    await unit.start(TOUCHPOINT, facts.touchpoint_id, touchpoint.begin(facts))


async def open_message(unit: Unit, touchpoint_id: UUID, machine: bool) -> None:
    await unit.update(TOUCHPOINT, touchpoint_id, lambda state: touchpoint.open_message(state, machine))


async def click_link(unit: Unit, touchpoint_id: UUID, link: str, machine: bool) -> None:
    await unit.update(TOUCHPOINT, touchpoint_id, lambda state: touchpoint.click(state, link, machine))


async def reply_to_message(
    unit: Unit, touchpoint_id: UUID, automatic: bool, sentiment: Sentiment | None, text: str | None
) -> None:
    await unit.update(TOUCHPOINT, touchpoint_id, lambda state: touchpoint.reply(state, automatic, sentiment, text))


async def bounce_message(unit: Unit, touchpoint_id: UUID, kind: Bounce) -> None:
    await unit.update(TOUCHPOINT, touchpoint_id, lambda state: touchpoint.bounce(state, kind))


async def complain_of_message(unit: Unit, touchpoint_id: UUID) -> None:
    """Marked as spam: the person objects to any further message."""
    state = await unit.update(TOUCHPOINT, touchpoint_id, touchpoint.complain)
    objection = ConsentEnded(person_id=state.person_id, purpose="contact", cause="objected", channel=state.channel)
    await end_consent(unit, objection)
