"""Who is who, what is never an application, and what comes before a reaction, each worked out by hand."""

from shared.events.ats.application import SourceAttributed
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.offer import OfferAccepted, OfferExtended
from shared.events.crm.prospect import ProspectHandedOver
from shared.events.crm.touchpoint import TouchpointClicked
from shared.events.personal import Clear
from tests.oracle.telling import (
    A1,
    A2,
    DAY,
    FULL,
    J1,
    M1,
    M2,
    P1,
    P2,
    U1,
    U2,
    advanced,
    company,
    offer,
    on,
    opened,
    sent,
    submitted,
)


def test_candidates_that_were_merged_are_one_person() -> None:
    told = company()
    told.on("02-01", sent(M1, P2))
    told.on("02-11", submitted())
    told.on("02-21", offer(OfferAccepted))
    assert told.only("time-to-hire", start="first_touch")["median"] == 10 * DAY
    told.on("03-01", CandidatesMerged(person_id=U1, merged=P2, application_map={}))
    assert told.only("time-to-hire", start="first_touch")["median"] == 10 * DAY
    told.on("03-02", CandidatesMerged(person_id=U1, merged=P1, application_map={}))
    assert told.only("time-to-hire", start="first_touch")["median"] == 20 * DAY
    assert told.only("time-to-hire", start="first_touch", as_of=on("02-22"))["median"] == 20 * DAY
    assert told.only("time-to-hire", start="first_touch", known_at=on("03-02"))["median"] == 10 * DAY


def test_the_last_credit_counts_by_when_it_was_written() -> None:
    told = company()
    told.on("02-01", submitted())
    for day, new in (("02-09", "event"), ("02-03", "referral")):
        word = {"application_id": A1, "person_id": P1, "view": "credited", "old": None, "new": new}
        told.on(day, SourceAttributed.model_validate(word))
    assert told.only("source-effectiveness", view="credited")["source"] == "referral"
    assert (
        told.only("source-effectiveness", as_of=on("02-02"), known_at=on("03-01"), view="credited")["source"]
        == "referral"
    )
    assert told.only("source-effectiveness")["source"] == "careers"


def test_a_lead_that_never_left_its_stage_is_in_no_report_of_applications() -> None:
    told = company()
    told.on("01-02", opened(M1, plan=FULL))
    told.on("02-01", submitted(job=M1, stage="lead"))
    told.on("02-03", offer(OfferExtended, job=M1), offer(OfferAccepted, job=M1))
    for report in ("hires", "time-to-hire", "days-to-offer", "days-to-decision", "time-to-answer"):
        assert told.only(report)["n"] == 0
    assert told.answer("source-effectiveness") == []
    assert told.only("offer-acceptance")["accepted"] == (1, 1)
    assert [row["stage"] for row in told.answer("time-in-stage")] == ["lead"]
    assert told.answer("time-in-stage", stage="lead", by=("job",), period="2026-02-04") == []


def test_only_what_follows_the_first_reaction_comes_of_it() -> None:
    told = company()
    told.on("01-01", sent(M1), sent(M2, P2))
    told.on("01-02", handed_over(P1, U1), submitted())
    click = {"link": "job", "machine": False}
    told.on("01-03", TouchpointClicked(touchpoint_id=M1, person_id=P1, **click))
    told.on("01-03", TouchpointClicked(touchpoint_id=M2, person_id=P2, **click))
    told.on("01-04", offer(OfferAccepted))
    row = told.only("engagement", by=("channel",))
    assert [row[what] for what in ("handed_over", "applied", "hired")] == [(0, 2), (0, 2), (0, 2)]
    told.on("01-03", handed_over(P2, U2), submitted(A2, P2))
    told.on("01-05", TouchpointClicked(touchpoint_id=M2, person_id=P2, **click))
    row = told.only("engagement", by=("channel",))
    assert [row[what] for what in ("handed_over", "applied", "hired")] == [(1, 2), (1, 2), (0, 2)]


def handed_over(person: object, hand_over: object) -> ProspectHandedOver:
    told = {"person_id": person, "hand_over_id": hand_over, "job_id": J1, "source": "sourced", "channel": "email"}
    return ProspectHandedOver.model_validate({**told, "sourced": "2026-01-01T00:00:00Z", "name": Clear("N")})


def test_a_hire_by_another_person_is_not_theirs() -> None:
    told = company()
    told.on("01-01", sent(M1))
    told.on("01-02", TouchpointClicked(touchpoint_id=M1, person_id=P1, link="job", machine=False))
    told.on("01-03", submitted(A2, P2), advanced("applied", "screen", application=A2, person=P2))
    told.on("01-05", offer(OfferAccepted, application=A2))
    row = told.only("engagement", by=("channel",))
    assert (row["applied"], row["hired"]) == ((0, 1), (0, 1))
