"""The arithmetic below all reports: quantiles, Kaplan-Meier, periods, spells, stages, teams."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from shared.events.ats.job import JobUpdated
from tests.oracle.figures import kaplan_meier_median, median, p90, quantile
from tests.oracle.jobs import Jobs
from tests.oracle.periods import period, quarter
from tests.oracle.spells import union, within
from tests.oracle.telling import DAY, J1, R1, U1, U2, company, on, recruits


def test_quantiles_lie_between_the_values() -> None:
    assert median([10, 20, 30, 40]) == 25
    assert quantile([40, 10, 30, 20], Fraction(9, 10)) == 37
    assert p90(range(9)) == "too few"
    assert p90(range(10)) == Fraction(81, 10)
    assert (p90([]), median([])) == (None, None)


def test_kaplan_meier_by_hand() -> None:
    assert kaplan_meier_median([2, 4], [3]) == 4
    assert kaplan_meier_median([2], [2, 3]) is None
    assert kaplan_meier_median([2, 2], [2, 3]) == 2
    assert kaplan_meier_median([0], []) == 0
    assert kaplan_meier_median([], [5]) is None


@pytest.mark.parametrize(
    ("text", "zone", "begin", "end"),
    [
        ("2026", "UTC", "2026-01-01T00:00", "2027-01-01T00:00"),
        ("2026-Q4", "Europe/Berlin", "2026-09-30T22:00", "2026-12-31T23:00"),
        ("2026-03", "Europe/Berlin", "2026-02-28T23:00", "2026-03-31T22:00"),
        ("2026-03-29", "Europe/Berlin", "2026-03-28T23:00", "2026-03-29T22:00"),
        ("2026-12..2027-Q1", "UTC", "2026-12-01T00:00", "2027-04-01T00:00"),
    ],
)
def test_periods_are_cut_in_the_zone(text: str, zone: str, begin: str, end: str) -> None:
    cut = period(text, zone)
    assert (cut.begin.isoformat(), cut.end.isoformat()) == (f"{begin}:00+00:00", f"{end}:00+00:00")
    assert cut.begin in cut
    assert cut.end not in cut


def test_a_quarter_begins_where_people_are() -> None:
    assert quarter(datetime(2026, 3, 31, 22, tzinfo=UTC), "Europe/Berlin") == "2026-Q2"


def test_spells_that_overlap_count_once() -> None:
    spells = [(on("03-01"), on("03-05")), (on("03-04"), on("03-07")), (on("03-09"), on("03-09"))]
    assert union(spells) == [(on("03-01"), on("03-07"))]
    assert within(spells, on("03-03"), on("03-06")).days == 3


def test_a_later_word_ends_the_spell_of_a_member() -> None:
    told = company()
    told.on("01-01", recruits(J1, U1, "01-01"))
    told.on("01-05", recruits(J1, U2, "02-01"))
    told.on("03-10", recruits(J1, U2, "02-01", "03-01"))
    jobs = Jobs(told.log)
    at = [jobs.member(J1, "recruiter", on(day)) for day in ("01-31", "02-01", "03-01")]
    assert at == [str(U1), str(U2), str(U1)]
    assert jobs.member(J1, "recruiter", datetime(2025, 12, 31, tzinfo=UTC)) is None


def test_before_the_first_word_of_a_job_it_was_as_in_the_first() -> None:
    told = company()
    moved = JobUpdated(
        job_id=J1, requisition_id=R1, department="People", location="Berlin", zone="UTC", changed=("department",)
    )
    told.on("02-01", moved)
    jobs = Jobs(told.log)
    days = [datetime(2025, 1, 1, tzinfo=UTC), on("01-31"), on("02-01")]
    assert [jobs.department(J1, day) for day in days] == ["Engineering", "Engineering", "People"]
    assert jobs.department(U1, on("02-01")) is None
    assert DAY == 86_400 * 10**6
