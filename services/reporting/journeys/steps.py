"""What an event about a person is called in their journey: a code that stays, and a sentence for people."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple
from uuid import UUID

from services.reporting.metrics.fact import Fact
from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationMovedBack,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
    CandidateHired,
    CandidateStarted,
    DidNotStart,
    HireReversed,
    SourceAttributed,
    StartDateChanged,
)
from shared.events.ats.candidate import CandidateCreated, CandidatesMerged, CandidateUpdated
from shared.events.ats.interview import (
    InterviewCancelled,
    InterviewCompleted,
    InterviewNoShowRecorded,
    InterviewRequested,
    InterviewRescheduled,
    InterviewResponseRecorded,
    InterviewScheduled,
)
from shared.events.ats.offer import (
    AcceptedWithoutSeat,
    OfferAccepted,
    OfferApprovalRejected,
    OfferApproved,
    OfferDeadlineExtended,
    OfferDeclined,
    OfferDrafted,
    OfferExpired,
    OfferExtended,
    OfferReneged,
    OfferRescinded,
    OfferRevised,
    OfferSubmitted,
)
from shared.events.ats.scorecard import (
    ScorecardRequested,
    ScorecardRescheduled,
    ScorecardRevised,
    ScorecardSubmitted,
    ScorecardWaived,
)
from shared.events.crm.consent import ConsentEnded, ConsentGranted
from shared.events.crm.enrolment import CampaignEnrolled
from shared.events.crm.prospect import (
    CandidateSourced,
    ProspectHandedOver,
    ProspectLinked,
    ProspectReturned,
    ProspectUpdated,
)
from shared.events.crm.touchpoint import (
    TouchpointBounced,
    TouchpointClicked,
    TouchpointComplained,
    TouchpointLogged,
    TouchpointOpened,
    TouchpointReplied,
    TouchpointSent,
)
from shared.events.event import Event
from shared.events.notifier.candidate_message import CandidateMessageFailed, CandidateMessageSent

Became = Mapping[UUID, Literal["lead", "applied"]]
"""By event id: what made somebody a lead, and what made them an applicant."""


class Told(NamedTuple):
    code: str
    text: str


def _message(of: TouchpointSent) -> Told:
    step = "" if of.campaign is None else f", step {of.step or '?'} of a campaign"
    return Told("message-sent", f"A message was sent ({of.channel}){step}")


def _opened(of: TouchpointOpened) -> Told:
    by = Told("opened-by-machine", "A machine opened the message"), Told("opened", "The message was opened")
    return by[not of.machine]


def _clicked(of: TouchpointClicked) -> Told:
    by = Told("clicked-by-machine", "A machine followed a link"), Told("clicked", "A link in the message was followed")
    return by[not of.machine]


def _replied(of: TouchpointReplied) -> Told:
    by = (
        Told("replied-by-machine", f"An automatic reply came ({of.channel})"),
        Told("replied", f"A reply came ({of.channel})"),
    )
    return by[not of.automatic]


def _no_show(of: InterviewNoShowRecorded) -> Told:
    who = "The candidate" if of.party == "candidate" else "An interviewer"
    return Told("interview-no-show", f"{who} did not come to the interview")


def _start_date(of: StartDateChanged) -> Told:
    to = f"set to {of.new}" if of.new else "taken back"
    return Told("start-date-changed", f"The start date was {to}")


# Never what a scorecard said, what was paid, or why in somebody's words; of offers what left the house.
TOLD: Mapping[type[Event], Told | Callable[[Any], Told]] = {
    CandidateSourced: Told("sourced", "Sourced ({channel})"),
    CampaignEnrolled: Told("enrolled", "Enrolled in a campaign"),
    TouchpointSent: _message,
    TouchpointBounced: Told("message-bounced", "The message bounced ({kind})"),
    TouchpointOpened: _opened,
    TouchpointClicked: _clicked,
    TouchpointReplied: _replied,
    TouchpointComplained: Told("complained", "The message was marked as spam"),
    TouchpointLogged: Told("contact-logged", "A contact was written down ({kind})"),
    ProspectHandedOver: Told("handed-over", "Handed over to a job"),
    ProspectReturned: Told("returned", "Returned to the pool"),
    ApplicationSubmitted: Told("applied", "Applied, and stands in {stage}"),
    ApplicationAdvanced: Told("advanced", "Advanced from {from_stage} to {to_stage}"),
    ApplicationMovedBack: Told("moved-back", "Moved back from {from_stage} to {to_stage} ({reason_type})"),
    ApplicationTransferred: Told("transferred", "Transferred to another job, and stands in {stage}"),
    ApplicationRejected: Told("rejected", "Rejected in {stage} ({reason_type})"),
    ApplicationWithdrawn: Told("withdrawn", "Withdrew in {stage}"),
    ApplicationReopened: Told("reopened", "Reopened in {stage}"),
    InterviewRequested: Told("interview-requested", "An interview was asked for ({kind})"),
    InterviewScheduled: Told("interview-scheduled", "An interview was scheduled ({kind})"),
    InterviewRescheduled: Told("interview-rescheduled", "The interview was moved (by the {cause})"),
    InterviewCancelled: Told("interview-cancelled", "The interview was cancelled (by the {cause})"),
    InterviewCompleted: Told("interview-completed", "The interview took place"),
    InterviewNoShowRecorded: _no_show,
    ScorecardSubmitted: Told("scorecard-submitted", "A scorecard was submitted"),
    ScorecardRevised: Told("scorecard-revised", "A scorecard was revised"),
    OfferExtended: Told("offer-extended", "An offer was extended"),
    OfferDeadlineExtended: Told("offer-prolonged", "The offer's deadline was put off"),
    OfferAccepted: Told("offer-accepted", "The offer was accepted"),
    OfferDeclined: Told("offer-declined", "The offer was declined ({cause})"),
    OfferExpired: Told("offer-expired", "The offer ran out"),
    OfferRescinded: Told("offer-rescinded", "We took the offer back"),
    OfferReneged: Told("offer-reneged", "They took their acceptance back"),
    CandidateHired: Told("hired", "Hired"),
    HireReversed: Told("hire-reversed", "The hire was reversed ({cause})"),
    StartDateChanged: _start_date,
    CandidateStarted: Told("started", "Came to work: the first day"),
    DidNotStart: Told("did-not-start", "Did not come to work on the first day"),
    CandidateMessageSent: Told("candidate-message-sent", "A message about the application was sent ({kind})"),
}

# Knowledge, what staff does among itself, drafts, and what changes a record and not a way.
UNTOLD: frozenset[type[Event]] = frozenset({
    CandidatesMerged, ProspectLinked, SourceAttributed, CandidateCreated, CandidateUpdated, ProspectUpdated,
    ConsentGranted, ConsentEnded, InterviewResponseRecorded, ScorecardRequested, ScorecardRescheduled, ScorecardWaived,
    OfferDrafted, OfferRevised, OfferSubmitted, OfferApproved, OfferApprovalRejected, AcceptedWithoutSeat,
    CandidateMessageFailed,
})  # fmt: skip


def told(fact: Fact, became: Became) -> Told:
    """Of an event whose type is in TOLD."""
    match became.get(fact.id), fact.event:
        case "lead", ApplicationSubmitted(stage=stage):
            return Told("lead", f"Came in as a lead, and stands in {stage}")
        case "applied", ApplicationAdvanced(from_stage=left, to_stage=entered):
            return Told("applied", f"No lead any more: applied by moving from {left} to {entered}")
        case "applied", ApplicationTransferred(stage=entered):
            return Told("applied", f"No lead any more: applied by a transfer, and stands in {entered}")
    say = TOLD[type(fact.event)]
    if isinstance(say, Told):
        return Told(say.code, say.text.format_map(dict(fact.event)))
    return say(fact.event)
