"""How many of a source's applications came to an interview that was held, each worked out by hand."""

from fractions import Fraction
from typing import Any

import pytest

from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.interview import InterviewCancelled, InterviewCompleted, InterviewNoShowRecorded
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import (
    A1,
    A2,
    FULL,
    M1,
    P1,
    P2,
    U1,
    U2,
    Told,
    advanced,
    company,
    interview,
    meeting,
    moved,
    on,
    opened,
    sent,
    submitted,
)

I1, I2 = named("I1"), named("I2")


def interviewed(told: Told, **asked: Any) -> dict[str, tuple[Any, Any]]:
    return {row["source"]: row["interviewed"] for row in told.answer("source-effectiveness", **asked)}


def arranged() -> Told:
    """One from an agency has an interview on 10 February with two members, one from the careers page has none."""
    told = company()
    told.on("02-01", submitted(source="agency"), submitted(A2, P2))
    told.on("02-02", interview(I1, U1, U2, end="02-10 12:00"))
    return told


def missed(party: str, version: int = 1, who: Any = None) -> Any:
    return meeting(InterviewNoShowRecorded, I1, version=version, party=party, interviewer=who)


def test_it_counts_once_it_was_held() -> None:
    told = arranged()
    assert interviewed(told) == {"agency": (0, 1), "careers": (0, 1)}
    told.on("02-10 12:00", meeting(InterviewCompleted, I1))
    assert interviewed(told) == {"agency": (1, 1), "careers": (0, 1)}
    assert interviewed(told, as_of=on("02-10 12:00"))["agency"] == (0, 1)


def test_two_interviews_are_one_who_was_interviewed() -> None:
    told = arranged()
    told.on("02-10 12:00", meeting(InterviewCompleted, I1))
    told.on("02-11", interview(I2, U1, end="02-12 12:00"))
    assert interviewed(told)["agency"] == (1, 1)
    told.on("02-12 12:00", meeting(InterviewCompleted, I2))
    assert interviewed(told)["agency"] == (1, 1)


@pytest.mark.parametrize(("version", "held"), [(1, 0), (2, 1)])
def test_it_is_held_as_it_was_last_arranged(version: int, held: int) -> None:
    told = arranged()
    told.on("02-03", moved(I1, U1, end="02-20 12:00"))
    told.on("02-20 12:00", meeting(InterviewCompleted, I1, version=version))
    assert interviewed(told)["agency"] == (held, 1)


@pytest.mark.parametrize("told_first", [True, False])
@pytest.mark.parametrize(("party", "who"), [("candidate", None), ("interviewer", U2), ("interviewer", None)])
def test_one_whom_somebody_missed_is_none(party: str, who: Any, told_first: bool) -> None:
    told = arranged()
    events = [missed(party, who=who), meeting(InterviewCompleted, I1)]
    told.on("02-10 12:00", *(events if told_first else events[::-1]))
    assert interviewed(told)["agency"] == (0, 1)


def test_who_missed_the_version_before_missed_nothing() -> None:
    told = arranged()
    told.on("02-10 12:00", missed("candidate"))
    told.on("02-11", moved(I1, U1, end="02-20 12:00"))
    told.on("02-20 12:00", meeting(InterviewCompleted, I1, version=2))
    assert interviewed(told)["agency"] == (1, 1)


def test_one_that_was_called_off_is_none_and_another_may_be() -> None:
    told = arranged()
    told.on("02-03", meeting(InterviewCancelled, I1, cause="company"))
    assert interviewed(told)["agency"] == (0, 1)
    told.on("02-04", interview(I1, U1, end="02-12 12:00", version=2))
    told.on("02-12 12:00", meeting(InterviewCompleted, I1, version=2))
    assert interviewed(told)["agency"] == (1, 1)


def test_each_source_has_its_share_of_it() -> None:
    told = arranged()
    told.on("01-20", sent(M1, source="linkedin"))
    told.on("01-21", sent(named("M4"), P2, source="agency"))
    told.on("02-10 12:00", meeting(InterviewCompleted, I1))
    half = Fraction(1, 2)
    assert interviewed(told, view="linear") == {"agency": (half, 1), "careers": (0, half), "linkedin": (half, half)}
    assert interviewed(told, view="first_touch") == {"agency": (0, 1), "linkedin": (1, 1)}


def test_that_of_a_record_that_was_left_out_counts_for_the_one_kept() -> None:
    told = company()
    told.on("02-01", submitted(A2, P2, source="agency"))
    told.on("02-02", interview(I1, U1, end="02-10 12:00", application=A2))
    told.on("02-03", submitted())
    told.on("02-10 12:00", meeting(InterviewCompleted, I1, A2))
    assert interviewed(told) == {"agency": (1, 1), "careers": (0, 1)}
    told.on("02-20", CandidatesMerged(person_id=P1, merged=P2, application_map={A2: A1}))
    # The earliest of the two says where they came from.
    assert interviewed(told) == {"agency": (1, 1)}


def test_whoever_was_interviewed_as_a_lead_was_interviewed() -> None:
    told = company()
    told.on("01-02", opened(M1, plan=FULL))
    told.on("02-01", submitted(job=M1, stage="lead"))
    told.on("02-02", interview(I1, U1, end="02-10 12:00"))
    told.on("02-10 12:00", meeting(InterviewCompleted, I1))
    assert interviewed(told) == {}
    told.on("02-20", advanced("lead", "applied"))
    assert interviewed(told) == {"careers": (1, 1)}
    assert interviewed(told, period="2026-02-20") == {"careers": (1, 1)}


def test_the_first_version_tells_of_hires_alone() -> None:
    told = arranged()
    told.on("02-10 12:00", meeting(InterviewCompleted, I1))
    assert told.answer("source-effectiveness", source="agency", version=1) == [
        {"group": {}, "source": "agency", "hires": (0, 1)}
    ]
    assert told.only("source-effectiveness", source="agency", version=2) == {
        "group": {}, "source": "agency", "hires": (0, 1), "interviewed": (1, 1),
    }  # fmt: skip
