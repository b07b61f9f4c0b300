"""Applications imported into a stage in which they stand since nobody knows when, worked out by hand (D11, D21)."""

from datetime import timedelta
from fractions import Fraction

from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.job import StagePlanChanged
from shared.events.ats.offer import OfferAccepted
from tests.oracle.telling import (
    A1,
    A2,
    DAY,
    J1,
    J2,
    M1,
    P1,
    P2,
    R1,
    RENAMED,
    SHORT,
    Told,
    advanced,
    company,
    moved_back,
    offer,
    on,
    rejected,
    reopened,
    submitted,
    transferred,
)

UNKNOWN = {"imported: since when it stands in the stage is not known": 1}


def imported(stage: str = "screen") -> Told:
    """A1 on 1 February."""
    told = company()
    told.on("02-01", submitted(stage=stage, entry_unknown=True))
    return told


def stages(told: Told, **asked: object) -> dict[str, tuple[int, object, int]]:
    return {row["stage"]: (row["n"], row["median"], row["open"]) for row in told.answer("time-in-stage", **asked)}


def test_nobody_knows_how_long_they_stood_there() -> None:
    told = imported()
    assert stages(told) == {}
    told.on("02-05", advanced("screen", "onsite"))
    told.on("02-08", advanced("onsite", "offer"))
    for unit in ("application", "visit"):
        assert stages(told, unit=unit) == {"onsite": (1, 3 * DAY, 0), "offer": (0, None, 1)}
        for report in ("time-in-stage", "time-in-stage-curve"):
            assert told.left_out(report, unit=unit) == UNKNOWN
            assert told.left_out(report, unit=unit, days="working") == UNKNOWN
    assert [row["stage"] for row in told.answer("time-in-stage-curve")] == ["offer", "onsite"]
    assert told.left_out("time-in-stage", stage="screen") == UNKNOWN
    assert told.left_out("time-in-stage", stage="onsite") == {}


def test_it_is_left_out_where_it_would_have_been_counted() -> None:
    told = imported()
    told.on("02-05", advanced("screen", "onsite"))
    periods = ("2026-01", "2026-02-01", "2026-02-04", "2026-02-05", "2026-02-06", "2026-02", "2026-03")
    told_of = [told.left_out("time-in-stage", period=period) for period in periods]
    assert told_of == [{}, UNKNOWN, UNKNOWN, UNKNOWN, {}, UNKNOWN, {}]
    assert told.left_out("time-in-stage", as_of=on("02-04")) == UNKNOWN
    assert [told.left_out("time-in-stage", job=str(job)) for job in (J1, J2)] == [UNKNOWN, {}]


def test_one_stay_of_no_known_length_leaves_none_of_the_stage() -> None:
    told = imported()
    told.on("02-03", advanced("screen", "onsite"))
    told.on("02-06", moved_back("onsite", "screen"))
    told.on("02-10", advanced("screen", "onsite"))
    told.on("02-11", rejected("onsite"))
    assert stages(told) == {"onsite": (1, 4 * DAY, 0)}
    assert stages(told, unit="visit") == {"screen": (1, 4 * DAY, 0), "onsite": (2, 2 * DAY, 0)}
    for unit in ("application", "visit"):
        assert told.left_out("time-in-stage", unit=unit) == UNKNOWN
    # The stage was left for good on the tenth, the stay that nobody knows of on the third.
    assert [told.left_out("time-in-stage", period="2026-02-07", unit=unit) for unit in ("application", "visit")] == [
        UNKNOWN,
        {},
    ]


def test_a_mistake_after_it_goes_on_with_what_nobody_knows() -> None:
    told = imported()
    told.on("02-03", advanced("screen", "onsite"))
    told.on("02-04", moved_back("onsite", "screen", mistake=True))
    assert stages(told) == {}
    assert told.left_out("time-in-stage") == UNKNOWN
    told.on("02-05", advanced("screen", "onsite"))
    told.on("02-06", moved_back("onsite", "applied", mistake=True))
    assert stages(told) == {"applied": (0, None, 1)}
    assert told.left_out("time-in-stage") == UNKNOWN


def test_an_import_into_the_wrong_stage_tells_no_more_of_the_right_one() -> None:
    told = imported("onsite")
    told.on("02-01 00:05", moved_back("onsite", "screen", mistake=True))
    assert stages(told) == {}
    assert told.left_out("time-in-stage", stage="screen") == UNKNOWN
    assert told.left_out("hire-chance") == UNKNOWN


def test_when_it_was_opened_again_is_known() -> None:
    told = imported()
    told.on("02-03", rejected("screen"))
    told.on("02-05", reopened("screen"))
    told.on("02-06", advanced("screen", "onsite"))
    assert stages(told) == {"onsite": (0, None, 1)}
    assert stages(told, unit="visit") == {"screen": (1, DAY, 0), "onsite": (0, None, 1)}
    assert told.left_out("time-in-stage") == told.left_out("time-in-stage", unit="visit") == UNKNOWN


def test_what_they_waited_in_another_job_is_known() -> None:
    told = imported()
    told.on("02-03", transferred("screen"))
    told.on("02-06", advanced("screen", "onsite"))
    assert set(stages(told)) == {"onsite"}
    rows = {row["group"]["job"]: row["median"] for row in told.answer("time-in-stage", by=("job",), stage="screen")}
    assert rows == {str(J2): 3 * DAY}
    assert told.left_out("time-in-stage", job=str(J2)) == {}
    assert told.left_out("time-in-stage", job=str(J1)) == told.left_out("time-in-stage", by=("job",)) == UNKNOWN
    # Of both jobs together it is a stage of the job of the last stay.
    assert told.left_out("time-in-stage", department="Sales") == UNKNOWN
    assert told.left_out("time-in-stage", department="Engineering") == {}


def test_a_switch_of_plans_tells_no_more_of_it() -> None:
    told = imported()
    ids = {"job_id": J1, "requisition_id": R1, "from_plan": SHORT.id, "from_version": 1}
    now = {"plan_id": RENAMED.id, "plan_version": 1, "stage_map": {"screen": "call"}}
    told.on("02-03", StagePlanChanged.model_validate({**ids, **now}))
    told.on("02-04", advanced("call", "panel"))
    assert set(stages(told)) == {"panel"}
    assert told.left_out("time-in-stage", stage="call") == UNKNOWN


def test_the_record_that_is_kept_tells_of_stays() -> None:
    told = imported()
    told.on("02-02", submitted(A2, P2))
    told.on("02-04", advanced("applied", "screen", application=A2, person=P2))
    told.on("02-05", rejected("screen"))
    assert told.left_out("time-in-stage") == UNKNOWN
    told.on("02-07", CandidatesMerged(person_id=P2, merged=P1, application_map={A1: A2}))
    assert stages(told) == {"applied": (1, 2 * DAY, 0), "screen": (0, None, 1)}
    assert told.left_out("time-in-stage") == {}
    # Who was imported came to the screen before the other record did.
    assert told.left_out("hire-chance") == UNKNOWN


def test_what_an_import_brought_them_to_was_reached_at_no_known_time() -> None:
    told = imported("onsite")
    told.on("02-05", advanced("onsite", "offer"))
    told.on("02-08", offer(OfferAccepted))
    told.on("02-09", submitted(A2, P2, entry_unknown=True))
    rows = told.answer("hire-chance", as_of=on("08-01"))
    assert [(row["milestone"], row["hired"]) for row in rows] == [("applied", (1, 2)), ("offer", (1, 1))]
    # To the screen and to the onsite.
    for asked in ({}, {"period": "2025"}, {"period": "2026-02"}, {"job": str(J1)}, {"by": ("month",)}):
        assert told.left_out("hire-chance", **asked) == {"imported: since when it stands in the stage is not known": 2}
    assert told.left_out("hire-chance", job=str(J2)) == told.left_out("hire-chance", as_of=on("02-01")) == {}
    funnel = {row["milestone"]: row["reached"] for row in told.answer("funnel")}
    assert funnel == {"applied": 2, "screened": 1, "interviewed": 0, "onsite": 1, "offer": 1, "hired": 1}


def test_what_they_had_reached_before_the_import_is_known() -> None:
    told = company()
    told.on("01-10", submitted(A2, P2))
    told.on("01-20", advanced("applied", "screen", application=A2, person=P2))
    told.on("01-25", rejected("screen", A2, P2))
    told.on("02-01", submitted(stage="onsite", entry_unknown=True))
    told.on("02-02", CandidatesMerged(person_id=P1, merged=P2, application_map={A2: A1}))
    rows = told.answer("hire-chance", period="2026-01")
    assert [row["milestone"] for row in rows] == ["applied", "screened"]
    assert told.left_out("hire-chance") == UNKNOWN


def test_who_was_imported_does_not_wait_but_may_be_forgotten() -> None:
    told = imported()
    row = told.only("pipeline-health", as_of=on("06-01"))
    assert [row[name] for name in ("active", "untouched", "waiting", "stale")] == [1, 1, 0, 1]
    told.on("05-30", advanced("screen", "onsite"))
    row = told.only("pipeline-health", as_of=on("06-01"))
    assert [row[name] for name in ("untouched", "waiting", "stale")] == [0, 0, 0]
    row = told.only("pipeline-health", as_of=on("05-30") + timedelta(days=91))
    assert [row[name] for name in ("untouched", "waiting", "stale")] == [1, 1, 1]


def test_chances_are_those_of_people_who_came_as_far_at_a_known_time() -> None:
    told = imported()
    told.on("02-02", submitted(A2, P2, stage="screen"))
    told.on("02-03", offer(OfferAccepted), rejected("screen", A2, P2))
    told.on("08-01", submitted(M1, M1, stage="screen", entry_unknown=True))
    row = told.only("pipeline-health", as_of=on("08-02"))
    assert (row["active"], row["expected"], row["unknown"]) == (1, 0, 0)
    told.on("08-01", submitted(P2, P2, stage="applied"))
    row = told.only("pipeline-health", as_of=on("08-02"))
    # Both applied; of those who came to the screen only the one who was rejected did so on a day that is known.
    assert (row["active"], row["expected"]) == (2, Fraction(1, 2))
