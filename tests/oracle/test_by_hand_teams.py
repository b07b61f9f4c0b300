"""Who recruits for a job when the same member is told of again, each worked out by hand."""

import pytest

from shared.events.ats.job import JobTeamChanged
from tests.oracle.telling import A2, J1, P2, R1, U1, U2, Told, company, on, recruits, rejected, submitted


def recruiters(told: Told, *days: str) -> list[str | None]:
    """Of applications that come on these days: U1, U2 or nobody."""
    names = {str(U1): "U1", str(U2): "U2", None: None}
    found = []
    for day in days:
        alone = Told()
        alone.log = list(told.log)
        alone.on(day, submitted(A2, P2), known="12-01")
        found.append(names[alone.only("response-time", by=("recruiter",))["group"]["recruiter"]])
    return found


def team(*changes: JobTeamChanged) -> Told:
    """Told of on 1 January, one after the other."""
    told = company()
    told.on("01-01", *changes)
    return told


def test_one_who_stands_open_has_been_there_since_the_earliest_day_that_is_told() -> None:
    later = team(recruits(J1, U1, "02-01"), recruits(J1, U1, "02-10"))
    assert recruiters(later, "02-01", "02-09 23:59", "02-10", "08-01") == ["U1", "U1", "U1", "U1"]
    earlier = team(recruits(J1, U1, "02-10"), recruits(J1, U1, "02-01"))
    assert recruiters(earlier, "01-31", "02-01", "02-10", "08-01") == [None, "U1", "U1", "U1"]


@pytest.mark.parametrize(("before", "since"), [("01-31", "02-01"), ("01-19", "01-20")])
def test_an_end_is_told_of_the_spell_that_stands_open(before: str, since: str) -> None:
    told = team(recruits(J1, U1, "02-01"), recruits(J1, U1, since, "03-01"))
    assert recruiters(told, before, since, "02-28", "03-01") == [None, "U1", "U1", None]


def test_a_spell_that_has_ended_stays() -> None:
    told = team(recruits(J1, U1, "02-01", "03-01"), recruits(J1, U1, "04-01"))
    assert recruiters(told, "02-01", "02-28", "03-01", "04-01") == ["U1", "U1", None, "U1"]
    told.on("01-02", recruits(J1, U1, "05-01", "06-01"))
    assert recruiters(told, "02-28", "04-01", "05-01", "06-01") == ["U1", "U1", "U1", None]
    told.on("01-03", recruits(J1, U1, "05-10", "05-20"))
    assert recruiters(told, "02-28", "05-01", "05-25") == ["U1", "U1", "U1"]


def test_the_same_again_changes_nothing() -> None:
    told = team(recruits(J1, U1, "02-01"), recruits(J1, U1, "02-01"), recruits(J1, U1, "02-01", "03-01"))
    assert recruiters(told, "01-31", "02-01", "02-28", "03-01") == [None, "U1", "U1", None]


def test_others_and_other_roles_are_left_as_they_are() -> None:
    told = team(recruits(J1, U2, "02-01"), recruits(J1, U1, "02-10"), recruits(J1, U1, "02-20"))
    assert recruiters(told, "02-05", "02-15", "02-20") == ["U2", "U1", "U1"]
    manages = {"job_id": J1, "requisition_id": R1, "role": "hiring_manager", "member": U1, "since": on("06-01")}
    told.on("01-02", JobTeamChanged.model_validate({**manages, "until": on("07-01")}))
    assert recruiters(told, "02-15", "02-20", "08-01") == ["U1", "U1", "U1"]


def test_the_one_who_came_last_is_found_by_the_day_that_holds() -> None:
    told = team(recruits(J1, U1, "02-10"), recruits(J1, U2, "02-05"))
    assert recruiters(told, "02-07", "02-10") == ["U2", "U1"]
    told.on("01-02", recruits(J1, U1, "02-01"))
    assert recruiters(told, "02-03", "02-07", "02-10") == ["U1", "U2", "U1"]


def test_who_comes_back_takes_over_again_and_nothing_back() -> None:
    told = team(recruits(J1, U1, "02-01"), recruits(J1, U2, "02-10"), recruits(J1, U1, "03-01"))
    assert recruiters(told, "02-05", "02-15", "03-01") == ["U1", "U2", "U1"]


def test_of_two_since_the_same_day_the_one_told_of_last_recruits() -> None:
    told = team(recruits(J1, U1, "02-01"), recruits(J1, U2, "02-01"))
    assert recruiters(told, "02-01") == ["U2"]
    told.on("01-02", recruits(J1, U1, "02-01"))
    assert recruiters(told, "02-01") == ["U1"]


def test_what_happened_first_was_told_first_whenever_it_was_heard() -> None:
    """Who hears of the end before the beginning knows both when both have been heard."""
    told = company()
    told.on("03-01", recruits(J1, U1, "02-01", "03-01"))
    told.on("02-01", recruits(J1, U1, "02-01"), known="05-01")
    assert recruiters(told, "02-01", "02-28", "03-01") == ["U1", "U1", None]


def test_it_counts_for_what_was_told_by_the_moment_of_looking() -> None:
    told = team(recruits(J1, U1, "02-10"))
    told.on("02-05", submitted())
    told.on("02-06", rejected("applied"))
    told.on("03-01", recruits(J1, U1, "02-01"))

    def of(day: str) -> list[str | None]:
        rows = told.answer("response-time", by=("recruiter",), as_of=on(day), known_at=on(day))
        return [row["group"]["recruiter"] for row in rows]

    assert of("03-01") == [None]
    assert of("03-02") == [str(U1)]


def test_the_end_of_a_spell_is_said_better() -> None:
    told = team(recruits(J1, U1, "02-01"), recruits(J1, U1, "02-01", "05-01"), recruits(J1, U1, "02-01", "03-15"))
    assert recruiters(told, "03-14", "03-15", "04-30") == ["U1", None, None]
    told.on("01-02", recruits(J1, U1, "02-01", "06-01"))
    assert recruiters(told, "03-15", "05-31", "06-01") == ["U1", "U1", None]
