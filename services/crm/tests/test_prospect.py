"""What may be said of a prospect, and when."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.crm.domain.prospect import (
    AlreadyHandedOver,
    AlreadySourced,
    ContactErased,
    JobNotOpen,
    Prospect,
    evolve,
    hand_over,
    link,
    source,
    take_back,
    update,
)
from shared.events.crm.prospect import (
    CandidateSourced,
    ProspectHandedOver,
    ProspectLinked,
    ProspectReturned,
    ProspectUpdated,
)
from shared.events.personal import Clear, Erased
from shared.events.values import Touch
from shared.kit.testing.scenario import Scenario

PERSON, JOB, SOURCER = uuid4(), uuid4(), uuid4()
SOURCED_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def sourced(channel: str = "linkedin") -> CandidateSourced:
    return CandidateSourced(
        person_id=PERSON, channel=channel, sourcer=SOURCER, name=Clear("Ada"), email=Clear("ada@example.com"),
        email_digest=Clear("d1"), tags=Clear(("python",)),
    )  # fmt: skip


def prospect(channel: str = "linkedin") -> Scenario[Prospect]:
    return Scenario(evolve, [sourced(channel)])


def handed(scenario: Scenario[Prospect], job: UUID = JOB, job_open: bool = True) -> ProspectHandedOver:
    touch = Touch(touchpoint_id=uuid4(), occurred=SOURCED_AT, kind="call", channel="call", source_type="sourced")
    [event] = scenario.when(hand_over, uuid4(), job, job_open, SOURCED_AT, [touch], "Wants to move")
    assert isinstance(event, ProspectHandedOver)
    return event


def test_somebody_new_is_sourced() -> None:
    assert source(sourced(), known=None) == [sourced()]


def test_somebody_who_is_known_is_not_sourced_again_and_the_refusal_names_them() -> None:
    known = uuid4()
    with pytest.raises(AlreadySourced) as refused:
        source(sourced(), known)
    assert refused.value.extra == {"prospect_id": str(known)}


def test_only_what_differs_is_an_update() -> None:
    scenario = prospect()
    [event] = scenario.when(update, {"name": Clear("Ada"), "tags": Clear(("python", "berlin"))}, ["phone"])
    assert event == ProspectUpdated(person_id=PERSON, tags=Clear(("python", "berlin")))
    assert scenario.state.tags == Clear(("python", "berlin"))
    assert scenario.when(update, {"tags": Clear(("python", "berlin"))}) == []


def test_a_cleared_field_is_empty_afterwards() -> None:
    scenario = prospect()
    scenario.when(update, {}, ["email", "email_digest"])
    assert (scenario.state.email, scenario.state.email_digest) == (None, None)
    assert scenario.state.name == Clear("Ada")


def test_the_address_of_somebody_else_is_refused() -> None:
    with pytest.raises(AlreadySourced):
        prospect().when(update, {"email_digest": Clear("d2")}, known=uuid4())


def test_a_hand_over_carries_contact_source_and_history() -> None:
    event = handed(prospect())
    assert (event.name, event.email, event.email_digest) == (Clear("Ada"), Clear("ada@example.com"), Clear("d1"))
    assert (event.source, event.sourcer, event.sourced) == ("sourced", SOURCER, SOURCED_AT)
    assert event.note == Clear("Wants to move")
    assert [touch.kind for touch in event.history] == ["call"]


@pytest.mark.parametrize(
    ("channel", "expected"),
    [("linkedin", "sourced"), ("event", "sourced"), ("referral", "referral"), ("agency", "agency")],
)
def test_the_source_follows_from_the_channel(channel: str, expected: str) -> None:
    assert handed(prospect(channel)).source == expected


def test_whoever_came_back_counts_as_rediscovered() -> None:
    scenario = prospect("referral")
    scenario.when(take_back, uuid4(), "silver")
    assert handed(scenario).source == "rediscovered"


def test_nobody_is_handed_over_twice_to_one_job() -> None:
    scenario = prospect()
    first = handed(scenario)
    with pytest.raises(AlreadyHandedOver) as refused:
        handed(scenario, job_open=False)
    assert refused.value.extra == {"hand_over_id": str(first.hand_over_id)}
    assert handed(scenario, job=uuid4()).job_id != JOB


def test_a_job_that_is_not_known_as_open_takes_nobody() -> None:
    with pytest.raises(JobNotOpen):
        handed(prospect(), job_open=False)


def test_an_erased_person_is_not_handed_over() -> None:
    scenario = prospect()
    scenario.state = replace(scenario.state, name=Erased("1.x.y"))
    with pytest.raises(ContactErased):
        handed(scenario)


def test_what_was_erased_of_somebody_who_came_back_is_left_out() -> None:
    scenario = prospect()
    scenario.state = replace(scenario.state, email=Erased("1.x.y"))
    assert handed(scenario).email is None


def test_a_return_is_recorded_once() -> None:
    scenario, application = prospect(), uuid4()
    [event] = scenario.when(take_back, application, "silver")
    assert event == ProspectReturned(person_id=PERSON, application_id=application, medal="silver")
    assert scenario.when(take_back, application, "silver") == []


def test_a_candidate_is_linked_once_and_never_to_themselves() -> None:
    scenario, candidate = prospect(), uuid4()
    [event] = scenario.when(link, candidate)
    assert event == ProspectLinked(person_id=PERSON, candidate=candidate, by="email")
    assert scenario.when(link, candidate) == []
    assert scenario.when(link, PERSON) == []
