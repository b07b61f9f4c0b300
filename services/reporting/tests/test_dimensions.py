"""Cuts of a report: the value at the counted event, in the zone asked for, unknown ones last."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.reporting.metrics.fact import Fact
from services.reporting.tests.computing import computed
from services.reporting.tests.making import make, of_name
from shared.events.ats.application import ApplicationSubmitted, SourceAttributed
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.job import JobOpened, JobTeamChanged, JobUpdated
from shared.events.ats.offer import OfferAccepted
from shared.events.crm.touchpoint import TouchpointSent
from shared.events.event import Event

MINA, THEO, VERA = of_name("Mina"), of_name("Theo"), of_name("Vera")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def history(*told: tuple[str, Event]) -> list[Fact]:
    return [Fact(uuid4(), event, n, at(when), at(when)) for n, (when, event) in enumerate(told, start=1)]


def application(name: str, job: str, submitted: str, accepted: str) -> list[tuple[str, Event]]:
    own: dict[str, Any] = {"application_id": of_name(name), "person_id": of_name(f"person {name}")}
    return [
        (submitted, make(ApplicationSubmitted, job_id=of_name(job), stage="Applied", source="agency", **own)),
        (accepted, make(OfferAccepted, offer_id=of_name(f"offer {name}"), job_id=of_name(job), **own)),
    ]


def team(job: str, member: UUID, since: str, until: str | None = None, role: str = "recruiter") -> Event:
    ends = at(until) if until else None
    return make(JobTeamChanged, job_id=of_name(job), role=role, member=member, since=at(since), until=ends)


HIRES = history(
    ("2026-01-01", make(JobOpened, job_id=of_name("J1"), department="Sales", location="Lyon")),
    ("2026-01-01", team("J1", MINA, "2026-01-01")),
    *application("A1", "J1", "2026-01-02", "2026-02-10"),
    *application("A2", "J1", "2026-01-03", "2026-02-28T23:30"),
    *application("A3", "J2", "2026-01-04", "2026-03-05"),
    ("2026-01-01", team("J1", VERA, "2026-01-01", role="hiring_manager")),
    ("2026-02-20", make(JobUpdated, job_id=of_name("J1"), department="Support", location="Graz")),
    ("2026-02-20", team("J1", THEO, "2026-02-20")),
    ("2026-04-01", team("J1", MINA, "2026-04-01")),
    (
        "2026-03-10",
        make(SourceAttributed, application_id=of_name("A2"), view="application", old="agency", new="referral"),
    ),
    (
        "2026-03-11",
        make(SourceAttributed, application_id=of_name("A3"), view="credited", old="agency", new="referral"),
    ),
)


def counted(report: str, facts: Iterable[Fact], **parameters: str) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for cell in computed(report, facts, {**parameters, "by": (parameters["by"],)}).cells:
        [(name, value)] = cell.row.group.items()
        assert name == parameters["by"]
        if getattr(cell.row, "milestone", "applied") == "applied":
            found[value] = cell.row.n if report == "time-to-hire" else cell.row.reached
    return found


@pytest.mark.parametrize(
    ("by", "hires"),
    [
        ("job", {str(of_name("J1")): 2, str(of_name("J2")): 1}),
        ("department", {"Sales": 1, "Support": 1, None: 1}),
        ("source", {"agency": 2, "referral": 1}),
        ("recruiter", {str(MINA): 1, str(THEO): 1, None: 1}),
        ("hiring_manager", {str(VERA): 2, None: 1}),
        ("location", {"Lyon": 1, "Graz": 1, None: 1}),
        ("month", {"2026-02": 2, "2026-03": 1}),
        ("quarter", {"2026-Q1": 3}),
        ("year", {"2026": 3}),
    ],
)
def test_a_hire_counts_for_what_held_when_the_offer_was_accepted(by: str, hires: dict[str | None, int]) -> None:
    assert counted("time-to-hire", HIRES, by=by) == hires
    assert sum(hires.values()) == 3


def test_of_several_sources_set_by_hand_the_last_that_was_written_holds_however_far_back_it_is_dated() -> None:
    def corrected(when: str, old: str, new: str) -> tuple[str, Event]:
        return when, make(SourceAttributed, application_id=of_name("A1"), view="application", old=old, new=new)

    told = history(
        *application("A1", "J1", "2026-01-02", "2026-02-10"),
        corrected("2026-03-10", "agency", "referral"), corrected("2026-01-20", "referral", "career_site"),
    )  # fmt: skip
    # As the store gives them: in the order in which they occurred.
    told.sort(key=lambda fact: fact.occurred)
    assert counted("time-to-hire", told, by="source") == {"career_site": 1}


@pytest.mark.parametrize(("sources", "name"), [((), "North"), (("referral",), None), (("referral", "agency"), "North")])
def test_the_name_of_a_source_goes_when_the_source_is_another_and_comes_back_with_it(
    sources: tuple[str, ...], name: str | None
) -> None:
    own: dict[str, Any] = {"application_id": of_name("A1"), "person_id": of_name("person A1")}
    told = history(
        ("2026-01-02", make(ApplicationSubmitted, stage="Applied", source="agency", source_detail="North", **own)),
        ("2026-02-10", make(OfferAccepted, offer_id=of_name("offer A1"), **own)),
        *(("2026-03-10", make(SourceAttributed, view="application", old=None, new=to, **own)) for to in sources),
    )
    assert counted("time-to-hire", told, by="source_name") == {name: 1}


def test_of_two_that_a_merge_made_one_the_name_is_that_of_the_earlier() -> None:
    def submitted(name: str, when: str, agency: str) -> tuple[str, Event]:
        own: dict[str, Any] = {"application_id": of_name(name), "person_id": of_name(f"person {name}")}
        return when, make(ApplicationSubmitted, stage="Applied", source="agency", source_detail=agency, **own)

    joined = {of_name("A1"): of_name("A2")}
    told = history(
        submitted("A1", "2026-01-02", "North"), submitted("A2", "2026-01-03", "South"),
        ("2026-01-04", make(CandidatesMerged, person_id=of_name("person A2"), merged=of_name("person A1"),
                            application_map=joined)),
    )  # fmt: skip
    assert counted("funnel", told, by="source_name") == {"North": 1}


def test_who_applied_from_within_is_told_apart_and_of_two_that_became_one_by_the_earlier() -> None:
    def submitted(name: str, when: str, internal: bool) -> tuple[str, Event]:
        own: dict[str, Any] = {"application_id": of_name(name), "person_id": of_name(f"person {name}")}
        return when, make(ApplicationSubmitted, stage="Applied", source="agency", internal=internal, **own)

    joined = {of_name("A1"): of_name("A2")}
    told = history(
        submitted("A1", "2026-01-02", True), submitted("A2", "2026-01-03", False),
        submitted("A3", "2026-01-03", False),
        ("2026-01-04", make(CandidatesMerged, person_id=of_name("person A2"), merged=of_name("person A1"),
                            application_map=joined)),
    )  # fmt: skip
    assert counted("funnel", told, by="internal") == {"false": 1, "true": 1}
    assert counted("funnel", told, by="internal", internal="true") == {"true": 1}


@pytest.mark.parametrize(
    ("by", "hires"),
    [
        ("job", {str(of_name("J1")): 2, str(of_name("J2")): 1}),
        ("department", {"Support": 2, None: 1}),
        ("location", {"Graz": 2, None: 1}),
        ("recruiter", {str(MINA): 2, None: 1}),
        ("source", {"agency": 2, "referral": 1}),
        ("month", {"2026-02": 2, "2026-03": 1}),
    ],
)
def test_or_for_what_the_job_is_now_whatever_it_was_then(by: str, hires: dict[str | None, int]) -> None:
    assert counted("time-to-hire", HIRES, by=by, dimension="current") == hires


def test_what_the_job_is_now_is_what_is_filtered_by_and_as_it_was_known() -> None:
    assert counted("time-to-hire", HIRES, by="month", dimension="current", department="Support") == {"2026-02": 2}
    assert counted("time-to-hire", HIRES, by="month", dimension="current", department="Sales") == {}
    before = {"dimension": "current", "as_of": "2026-03-31"}
    assert counted("time-to-hire", HIRES, by="recruiter", **before) == {str(THEO): 2, None: 1}


def test_two_dimensions_give_a_row_for_each_pair_that_there_is() -> None:
    cells = computed("hires", HIRES, {"by": ["month", "department"]}).cells
    assert [(list(cell.row.group.items()), cell.row.n) for cell in cells] == [
        ([("month", "2026-02"), ("department", "Sales")], 1),
        ([("month", "2026-02"), ("department", "Support")], 1),
        ([("month", "2026-03"), ("department", None)], 1),
    ]


@pytest.mark.parametrize(
    ("asked", "hires"),
    [
        ({"location": "Graz"}, 1),
        ({"hiring_manager": VERA}, 2),
        ({"hiring_manager": MINA}, 0),
        ({"source": "agency"}, 2),
    ],
)
def test_a_filter_takes_those_who_had_that_value_then(asked: dict[str, Any], hires: int) -> None:
    [cell] = computed("hires", HIRES, asked).cells
    assert cell.row.n == hires


def test_unknown_values_come_last() -> None:
    assert list(counted("time-to-hire", HIRES, by="department")) == ["Sales", "Support", None]


def test_a_month_is_cut_in_the_zone_asked_for() -> None:
    assert counted("time-to-hire", HIRES, by="month", zone="Europe/Berlin") == {"2026-02": 1, "2026-03": 2}


def test_the_funnel_is_cut_by_what_held_at_submission() -> None:
    assert counted("funnel", HIRES, by="department") == {"Sales": 2, None: 1}
    assert counted("funnel", HIRES, by="month") == {"2026-01": 3}
    assert counted("funnel", HIRES, by="recruiter", department="Sales") == {str(MINA): 2}


def test_a_recruiter_holds_a_job_until_told_otherwise() -> None:
    ended = history(
        ("2026-01-01", team("J1", MINA, "2026-01-01")),
        ("2026-02-01", team("J1", MINA, "2026-02-01", until="2026-02-05")),
        ("2026-02-01", team("J1", THEO, "2026-01-01", role="hiring_manager")),
        *application("A1", "J1", "2026-01-02", "2026-02-04"),
        *application("A2", "J1", "2026-01-02", "2026-02-06"),
    )
    assert counted("time-to-hire", ended, by="recruiter") == {str(MINA): 1, None: 1}


def test_a_person_counts_once_in_each_campaign_and_once_in_the_whole() -> None:
    def sent(campaign: UUID | None, channel: str, person: str) -> tuple[str, Event]:
        own: dict[str, Any] = {"touchpoint_id": uuid4(), "person_id": of_name(person), "message": str(uuid4())}
        return "2026-01-05", make(TouchpointSent, campaign=campaign, channel=channel, tracked=True, **own)

    one, two = of_name("G1"), of_name("G2")
    mails = history(
        sent(one, "email", "P1"), sent(one, "inmail", "P1"), sent(two, "email", "P1"), sent(None, "email", "P2")
    )
    assert counted("engagement", mails, by="campaign") == {str(one): 1, str(two): 1, None: 1}
    assert counted("engagement", mails, by="channel") == {"email": 2, "inmail": 1}
    [whole] = computed("engagement", mails, {}).cells
    assert (whole.row.reached, whole.row.sent) == (2, 4)
