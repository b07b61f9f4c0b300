"""Who is who, what is never an application, and what comes before a reaction, each worked out by hand."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.events.ats.application import SourceAttributed
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.offer import OfferAccepted, OfferExtended
from shared.events.crm.prospect import ProspectHandedOver
from shared.events.crm.touchpoint import TouchpointClicked
from shared.events.event import Event
from shared.events.personal import Clear
from tests.oracle import to_come
from tests.oracle.made_up.scribe import named
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


def test_of_two_merges_in_a_row_the_first_holds_before_the_last_one_kept_came() -> None:
    told = company()
    a3, p3 = named("A3"), named("P3")
    told.on("02-01", submitted(), submitted(A2, P2))
    told.on("02-05", CandidatesMerged(person_id=P1, merged=P2, application_map={A2: A1}))
    told.on("02-07", submitted(a3, p3))
    told.on("02-09", CandidatesMerged(person_id=p3, merged=P1, application_map={A1: a3}))
    assert [told.only("response-time", as_of=on(day))["open"] for day in ("02-03", "02-10")] == [1, 1]


def test_e4() -> None:
    """Of one plan with a stage for each milestone; A3 arrives late, A1 is corrected, A2 turns out to be A1."""
    told = company()
    a3, a4 = named("A3"), named("A4")
    told.on("03-10 09:00", submitted())
    told.on("03-16 09:00", advanced("applied", "screen"))
    wrong = told.log[-1].id
    told.on("03-20 09:00", submitted(A2, P2))
    told.on("03-30 09:00", advanced("applied", "screen", application=A2, person=P2))
    told.on("03-31 22:30", submitted(a4, a4))
    told.on("03-28 14:00", submitted(a3, a3), known="04-07 08:00")
    told.on("03-30 10:00", advanced("applied", "screen", application=a3, person=a3), known="04-07 08:00")
    told.on("04-09 09:00", correction(wrong, "03-16 09:00", "04-01 09:00"))
    told.on("04-10 09:00", CandidatesMerged(person_id=P1, merged=P2, application_map={A2: A1}))

    def funnel(as_of: str, known_at: str, zone: str = "Europe/Berlin") -> tuple[int, int]:
        ends = {"as_of": end_of(as_of, zone), "known_at": end_of(known_at, zone)}
        rows = told.answer("funnel", period="2026-Q1", zone=zone, **ends)
        reached = {row["milestone"]: row["reached"] for row in rows}
        return reached["applied"], reached["screened"]

    assert funnel("03-31", "04-01") == (2, 2)
    assert funnel("03-31", "04-08") == (3, 3)
    assert funnel("03-31", "04-09") == (3, 2)
    assert funnel("04-01", "04-09") == (3, 3)
    assert funnel("03-31", "04-30") == (2, 2)
    assert funnel("03-31", "04-01", "UTC") == (3, 2)
    assert funnel("03-25", "04-01") == (2, 1)
    assert funnel("03-25", "04-30") == (1, 0)


def end_of(day: str, zone: str) -> datetime:
    local = datetime.fromisoformat(f"2026-{day}T00:00:00").replace(tzinfo=ZoneInfo(zone))
    return (local + timedelta(days=1)).astimezone(UTC)


def correction(of: UUID, old: str, new: str) -> Event:
    ids = {"application_id": A1, "person_id": P1, "event_id": of}
    words = {"old": on(old), "new": on(new), "why": "wrong_day"}
    return to_come.event("ats.application.occurrence-corrected", **ids, **words)


def test_of_several_corrections_the_last_one_holds() -> None:
    told = company()
    told.on("03-10", submitted())
    first = told.log[-1].id
    told.on("03-20", offer(OfferAccepted))
    told.on("03-21", correction(first, "03-10", "03-15"))
    told.on("03-22", correction(first, "03-10", "03-18"))
    assert told.only("time-to-hire")["median"] == 2 * DAY
    assert told.only("time-to-hire", known_at=on("03-22"))["median"] == 5 * DAY
    assert told.only("time-to-hire", known_at=on("03-21"))["median"] == 10 * DAY
