"""A person's journey: every step in order with the time before it, and the moments that it is measured by."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.reporting.journeys.journey import Journey, fold
from services.reporting.journeys.steps import TOLD, UNTOLD, told
from services.reporting.metrics.clocks import Clocks, corrections
from services.reporting.metrics.figures import Duration
from services.reporting.metrics.world import World
from services.reporting.projections.facts import TYPES
from services.reporting.tests.making import make, of_name
from services.reporting.tests.telling import Telling, at
from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationSubmitted,
    ApplicationTransferred,
    CandidateHired,
    CandidateStarted,
    DidNotStart,
    HireReversed,
    StartDateChanged,
)
from shared.events.ats.interview import InterviewCompleted
from shared.events.ats.job import JobUpdated
from shared.events.ats.offer import OfferAccepted, OfferExtended
from shared.events.ats.scorecard import ScorecardSubmitted
from shared.events.crm.enrolment import CampaignEnrolled
from shared.events.crm.prospect import CandidateSourced, ProspectHandedOver, ProspectReturned
from shared.events.crm.touchpoint import TouchpointOpened, TouchpointReplied, TouchpointSent
from shared.events.event import registry
from shared.events.goldens import schema_of
from shared.events.notifier.candidate_message import CandidateMessageEvent, CandidateMessageSent
from shared.events.samples import samples

DAY = 86_400_000_000
BERLIN = ZoneInfo("Europe/Berlin")
OF: dict[str, Any] = {"person_id": "ann", "application_id": "a1"}
OFFER: dict[str, Any] = {**OF, "offer_id": "o1", "job_id": "j1", "opening_id": "s1", "version": 1}


@pytest.fixture
def tell() -> Telling:
    tell = Telling()
    tell.job("j1")
    tell.job("j2")
    return tell


def won(tell: Telling, start: date | None = date(2026, 4, 1)) -> None:
    """Sourced, written to, handed over as a lead, advanced, hired."""
    tell(0, CandidateSourced, person_id="ann", channel="linkedin")
    tell(1, CampaignEnrolled, person_id="ann", campaign_id="c1", enrolment_id="e1")
    tell(2, TouchpointSent, person_id="ann", touchpoint_id="t1", channel="email", campaign="c1", step=1)
    tell(3, TouchpointOpened, person_id="ann", touchpoint_id="t1", machine=False)
    tell(4, TouchpointReplied, person_id="ann", touchpoint_id="t1", channel="email", automatic=False)
    tell(5, ProspectHandedOver, person_id="ann", job_id="j1", hand_over_id="h1")
    tell(6, ApplicationSubmitted, **OF, job_id="j1", stage="new")
    tell(8, ApplicationAdvanced, **OF, from_stage="new", to_stage="applied")
    tell(10, InterviewCompleted, **OF, interview_id="i1")
    tell(11, ScorecardSubmitted, **OF, interview_id="i1", scorecard_id="sc1", interviewer="u1", recommendation="no")
    tell(12, OfferExtended, **OFFER)
    tell(14, OfferAccepted, **OFFER, start_date=date(2026, 3, 30))
    tell(15, CandidateHired, **OF, job_id="j1", opening_id="s1", offer_id="o1", start_date=start)
    tell(30, CandidateStarted, **OF, job_id="j1", opening_id="s1", offer_id="o1")


def folded(tell: Telling, as_of: float = 90, most: int = 1_000, zone: ZoneInfo = BERLIN) -> Journey:
    clocks = Clocks(at(as_of), at(as_of))
    return fold(World(clocks.cut(tell.facts), clocks), {of_name("ann"), of_name("ann's other id")}, zone, most)


def codes(journey: Journey) -> list[str]:
    return [step.code for step in journey.steps]


def days(number: float) -> Duration:
    return Duration.of(int(number * DAY))


def test_a_journey_goes_from_the_first_touch_to_the_first_day_in_the_order_of_the_world(tell: Telling) -> None:
    won(tell)
    tell.facts.reverse()
    assert codes(folded(tell)) == [
        "sourced", "enrolled", "message-sent", "opened", "replied", "handed-over", "lead", "applied",
        "interview-completed", "scorecard-submitted", "offer-extended", "offer-accepted", "hired", "started",
    ]  # fmt: skip


def test_each_step_tells_the_time_since_the_one_before(tell: Telling) -> None:
    won(tell)
    waited = [step.since_before for step in folded(tell).steps]
    assert waited[0] == Duration.of(None)
    assert waited[1:] == [days(n) for n in (1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 2, 1, 15)]


def test_a_summary_measures_touch_application_hire_and_start(tell: Telling) -> None:
    won(tell)
    found = folded(tell).summary
    moments = (found.sourced, found.first_touch, found.first_application, found.hire)
    assert [reached.occurred for reached in moments if reached] == [at(0), at(2), at(8), at(14)]
    assert found.start_date == date(2026, 4, 1)
    assert (found.touch_to_application, found.application_to_hire) == (days(6), days(6))
    assert (found.touch_to_hire, found.hire_to_start, found.touch_to_start) == (days(12), days(16), days(28))
    # Planned is a day, which is its noon: in Berlin, in summer, 10:00 in UTC.
    assert found.hire_to_start_date == days(17 + 1 / 24)


def test_a_planned_day_has_its_noon_where_the_job_is(tell: Telling) -> None:
    tell(-20, JobUpdated, job_id="j1", requisition_id="r1", zone="America/New_York", changed=("zone",))
    won(tell)
    assert folded(tell).summary.hire_to_start_date == days(17 + 7 / 24)


def test_the_start_date_of_the_offer_counts_until_the_hire_names_one(tell: Telling) -> None:
    won(tell, start=None)
    assert folded(tell).summary.start_date == date(2026, 3, 30)


def test_a_start_date_that_was_changed_is_the_last_one(tell: Telling) -> None:
    won(tell)
    tell(16, StartDateChanged, **OF, offer_id="o2", old=None, new=date(2027, 1, 1))
    assert folded(tell).summary.start_date == date(2026, 4, 1)
    tell(17, StartDateChanged, **OF, offer_id="o1", old=date(2026, 4, 1), new=date(2026, 4, 7))
    assert folded(tell).summary.start_date == date(2026, 4, 7)
    tell(18, StartDateChanged, **OF, offer_id="o1", old=date(2026, 4, 7), new=None)
    assert folded(tell).summary.start_date is None


def test_who_has_not_come_yet_has_a_planned_day_and_no_time_to_the_first_day(tell: Telling) -> None:
    won(tell)
    journey = folded(tell, as_of=20)
    assert codes(journey)[-1] == "hired"
    assert journey.summary.start_date == date(2026, 4, 1)
    assert (journey.summary.started, journey.summary.hire_to_start) == (None, Duration.of(None))


def test_who_did_not_come_has_not_started(tell: Telling) -> None:
    won(tell)
    tell(31, DidNotStart, **OF, job_id="j1", opening_id="s1", offer_id="o1")
    journey = folded(tell)
    assert codes(journey)[-2:] == ["started", "did-not-start"]
    assert journey.summary.started is None


def test_a_message_to_the_candidate_is_a_step(tell: Telling) -> None:
    tell(1, CandidateMessageSent, recipient_id="ann", application_id="a1", kind="received", automatic=True)
    tell(1, CandidateMessageSent, recipient_id="bob", application_id="a2", kind="received", automatic=True)
    [step] = folded(tell).steps
    assert (step.code, step.person_id) == ("candidate-message-sent", of_name("ann"))


def test_a_reversed_hire_has_no_first_day(tell: Telling) -> None:
    won(tell)
    tell(31, HireReversed, **OF, opening_id="s1", cause="mistake")
    tell(32, ProspectReturned, person_id="ann", application_id="a1")
    journey = folded(tell)
    assert codes(journey)[-3:] == ["started", "hire-reversed", "returned"]
    assert (journey.summary.hire, journey.summary.start_date) == (None, None)
    assert journey.summary.touch_to_hire == Duration.of(None)


def test_a_lead_is_no_application_until_it_leaves_the_lead_stage(tell: Telling) -> None:
    tell(1, ApplicationSubmitted, **OF, job_id="j1", stage="new")
    assert codes(folded(tell)) == ["lead"]
    assert folded(tell).summary.first_application is None
    tell(2, ApplicationTransferred, **OF, from_job="j1", to_job="j2", stage="applied")
    tell(3, ApplicationAdvanced, **OF, from_stage="applied", to_stage="onsite")
    journey = folded(tell)
    assert codes(journey) == ["lead", "applied", "advanced"]
    assert [step.job_id for step in journey.steps] == [of_name("j1"), of_name("j2"), of_name("j2")]
    assert journey.summary.first_application is not None
    assert journey.summary.first_application.occurred == at(2)


def test_a_touch_after_they_applied_by_themselves_did_not_lead_there(tell: Telling) -> None:
    tell(1, ApplicationSubmitted, **OF, job_id="j1", stage="applied")
    tell(4, TouchpointSent, person_id="ann", touchpoint_id="t1")
    found = folded(tell).summary
    assert found.first_touch is not None
    assert found.touch_to_application == Duration.of(None)


def test_an_impossible_order_is_told_and_no_negative_time(tell: Telling) -> None:
    tell(1, ApplicationSubmitted, **OF, job_id="j1", stage="applied")
    tell(5, OfferAccepted, **OFFER, start_date=date(2026, 3, 1))
    assert folded(tell).summary.hire_to_start_date == Duration.of(None, "impossible order")


def test_a_step_of_a_message_belongs_to_the_campaign_of_the_message(tell: Telling) -> None:
    won(tell)
    assert {step.campaign_id for step in folded(tell).steps[1:5]} == {of_name("c1")}


def test_steps_of_both_ids_are_one_journey_and_those_of_others_are_not(tell: Telling) -> None:
    tell(1, CandidateSourced, person_id="ann", channel="event")
    tell(2, CandidateSourced, person_id="bob", channel="event")
    tell(3, CandidateSourced, person_id="ann's other id", channel="event")
    assert [step.occurred for step in folded(tell).steps] == [at(1), at(3)]


def test_only_the_last_steps_are_listed_and_the_summary_still_knows_the_first(tell: Telling) -> None:
    won(tell)
    journey = folded(tell, most=3)
    assert (codes(journey), journey.cut) == (["offer-accepted", "hired", "started"], True)
    assert journey.steps[0].since_before == days(2)
    assert journey.summary.first_touch is not None
    assert not folded(tell, most=14).cut


def test_who_has_no_step_yet_has_a_journey_without_data(tell: Telling) -> None:
    assert folded(tell).note == "no data"


def test_every_event_about_a_person_is_told_or_left_out_on_purpose() -> None:
    models = [registry.get(wire_type).model for wire_type in sorted(TYPES)]
    theirs = {model for model in models if model.stream.key == "person_id"} - set(corrections())
    theirs |= {model for model in models if issubclass(model, CandidateMessageEvent)}
    assert theirs == TOLD.keys() | UNTOLD
    assert not TOLD.keys() & UNTOLD


@pytest.mark.parametrize("model", TOLD, ids=lambda model: model.__name__)
def test_a_sentence_holds_nothing_personal(model: type) -> None:
    for sample in samples(schema_of(model)):
        fact = Telling().keep(make(model, **sample), 0, 0)
        code, text = told(fact, {})
        assert code == code.lower().replace(" ", "-")
        assert not {"Sealed", "Clear", "{", "None"} & {
            word for word in ("Sealed", "Clear", "{", "None") if word in text
        }


def test_a_scorecard_is_told_without_what_it_said(tell: Telling) -> None:
    won(tell)
    [step] = [step for step in folded(tell).steps if step.code == "scorecard-submitted"]
    assert (step.text, "recommendation" in step.model_dump()) == ("A scorecard was submitted", False)
