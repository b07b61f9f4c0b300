"""The oracle against itself: what holds for every history and every question (rules D22)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events.ats.application import (
    ApplicationMovedBack,
    ApplicationSubmitted,
    ApplicationTransferred,
    HireReversed,
)
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.job import JobOpened, StagePlanChanged
from shared.events.ats.offer import OfferReneged, OfferRescinded
from shared.events.ats.opening import OpeningClosed, OpeningOpened
from shared.events.ats.stage_plan import StagePlanPublished
from tests.oracle.answers import REPORTS, answer
from tests.oracle.clocks import is_knowledge, world
from tests.oracle.happened import Happened, of_type
from tests.oracle.histories import ABOUT, EVERYTHING, histories, questions
from tests.oracle.made_up.asking import DIMENSIONS, OF_APPLICATIONS, OF_JOBS, OPTIONS, TIMES

# The same in every run: what is made up differs in `make oracle`.
few = settings(max_examples=15, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))

LEADS = ("lead", "interest")
UNDOING = (HireReversed, OfferReneged, OfferRescinded)
PLANS = (StagePlanPublished, JobOpened, StagePlanChanged)


def after_all(log: Sequence[Happened]) -> datetime:
    return max(happened.known for happened in log) + timedelta(days=1)


def in_any_order(rows: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)


def straight(log: Sequence[Happened], application: UUID) -> bool:
    """Never reversed, merged or transferred, nor a lead again, nor a lead under a plan that changed or is unknown.

    Nor imported into a stage since nobody knows when.
    """
    its_own = [event for event in (h.event for h in log) if getattr(event, "application_id", None) == application]
    lead = any(isinstance(event, ApplicationSubmitted) and event.stage in LEADS for event in its_own)
    jobs = {event.job_id for event in its_own if isinstance(event, ApplicationSubmitted)}
    merged = [event.application_map for _, event in of_type(log, CandidatesMerged)]
    return not (
        any(isinstance(event, (*UNDOING, ApplicationTransferred)) for event in its_own)
        or any(isinstance(event, ApplicationSubmitted) and event.entry_unknown for event in its_own)
        or any(isinstance(event, ApplicationMovedBack) and event.to_stage in LEADS for event in its_own)
        or any(application in {*by.keys(), *by.values()} for by in merged)
        or (lead and of_type(log, StagePlanChanged))
        or not jobs <= {event.job_id for _, event in of_type(log, JobOpened)}
    )


@few
@given(histories(("applications", "offers")))
def test_times_in_stages_sum_to_the_time_to_hire(log: list[Happened]) -> None:
    now = after_all(log)
    for _, application in of_type(log, ApplicationSubmitted):
        if straight(log, application.application_id):
            alone = [
                happened
                for happened in log
                if isinstance(happened.event, PLANS)
                or getattr(happened.event, "application_id", None) == application.application_id
            ]
            (hire,) = answer("time-to-hire", {}, alone, now)
            visits = answer("time-in-stage", {"unit": "visit"}, alone, now)
            if hire["n"]:
                assert sum(row["n"] * row["mean"] for row in visits if row["stage"] not in LEADS) == hire["median"]
                assert not any(row["open"] for row in visits)


@few
@given(st.data())
def test_shares_of_sources_sum_to_applications_and_hires(data: st.DataObject) -> None:
    log = data.draw(histories())
    asked = data.draw(questions("source-effectiveness", log))
    asked = {name: value for name, value in asked.items() if name not in (*OF_JOBS, "by", "view")}
    for of_whom in ({}, asked):
        funnel = {row["milestone"]: row["reached"] or 0 for row in answer("funnel", of_whom, log, after_all(log))}
        for view in OPTIONS["source-effectiveness"]["view"]:
            rows = answer("source-effectiveness", {**of_whom, "view": view}, log, after_all(log))
            assert sum((Fraction(row["hires"][1]) for row in rows), Fraction(0)) == funnel["applied"]
            assert sum((Fraction(row["hires"][0]) for row in rows), Fraction(0)) == funnel["hired"]


@few
@given(st.data())
def test_net_is_never_more_than_gross(data: st.DataObject) -> None:
    log = data.draw(histories(("applications", "offers", "acceptances", "company", "company")))
    asked = data.draw(questions("time-to-fill", log))
    for parameters in ({}, {"start": "requisition"}, asked):
        for row in answer("time-to-fill", parameters, log, after_all(log)):
            assert (row["net"] is None) == (row["gross"] is None) == (row["n"] == 0)
            assert row["net"] is None or 0 <= row["net"] <= row["gross"]


@few
@given(histories(("applications", "offers", "acceptances", "company")))
def test_every_seat_is_filled_or_open_or_closed(log: list[Happened]) -> None:
    (row,) = answer("time-to-fill", {}, log, after_all(log))
    seats = {event.opening_id for _, event in of_type(log, OpeningOpened) if not event.evergreen}
    closed = {event.opening_id for _, event in of_type(log, OpeningClosed)}
    assert row["n"] + row["open"] == len(seats - closed)


@pytest.mark.parametrize("report", REPORTS)
@settings(few, max_examples=4)
@given(st.data())
def test_order_and_repetition_of_the_log_change_nothing(report: str, data: st.DataObject) -> None:
    log = data.draw(histories(ABOUT.get(report, EVERYTHING)))
    asked, now = data.draw(questions(report, log)), after_all(log)
    twice = data.draw(st.randoms(use_true_random=False)).sample([*log, *log[::3]], len(log) + len(log[::3]))
    for parameters in (asked, {"by": DIMENSIONS.get(report, ("source",))[:1]}):
        assert in_any_order(answer(report, parameters, twice, now)) == in_any_order(
            answer(report, parameters, log, now)
        )


@pytest.mark.parametrize("report", REPORTS)
@settings(few, max_examples=4)
@given(st.data())
def test_what_the_clocks_do_not_show_might_as_well_not_be_there(report: str, data: st.DataObject) -> None:
    log = data.draw(histories(ABOUT.get(report, EVERYTHING)))
    asked, now = data.draw(questions(report, log)), after_all(log)
    by: dict[str, Any] = {"by": DIMENSIONS.get(report, ("source",))[:1]}
    midway: dict[str, Any] = {"known_at": log[len(log) * 3 // 4].known, "as_of": log[len(log) // 2].occurred}
    for parameters in (asked, by | midway, by | {"known_at": midway["known_at"]}):
        known_at = parameters.get("known_at", now)
        as_of = parameters.get("as_of", known_at)
        # A correction may bring into sight what was told of a later day.
        seen = {happened.id for happened in world(log, as_of, known_at)}
        shown = [h for h in log if h.id in seen or (h.known < known_at and is_knowledge(h.event))]
        assert in_any_order(answer(report, parameters, shown, now)) == in_any_order(
            answer(report, parameters, log, now)
        )


SUMMED = (
    "hires", "entered", "time-to-hire", "days-to-offer", "offer-acceptance", "funnel", "time-to-schedule",
    "interviews-per-hire", "time-to-start",
)  # fmt: skip


@pytest.mark.parametrize("report", SUMMED)
@settings(few, max_examples=4)
@given(st.data())
def test_groups_sum_to_the_whole(report: str, data: st.DataObject) -> None:
    log = data.draw(histories(ABOUT.get(report, EVERYTHING)))
    dimensions = DIMENSIONS.get(report, (*OF_APPLICATIONS, *TIMES))
    dimension = data.draw(st.sampled_from([name for name in dimensions if (report, name) != ("funnel", "job")]))
    for figure in (
        "n",
        "open",
        "pending",
        "not_extended",
        "reached",
        "waiting",
        "hires",
        "interviews",
        "interviewer_time",
    ):
        whole = answer(report, {}, log, after_all(log))
        groups = answer(report, {"by": (dimension,)}, log, after_all(log))
        assert sum(row.get(figure) or 0 for row in groups) == sum(row.get(figure) or 0 for row in whole)


@settings(few, max_examples=4)
@given(histories())
def test_months_sum_to_the_year(log: list[Happened]) -> None:
    now, zone = after_all(log), {"zone": "Europe/Berlin"}
    for report in ("hires", "entered", "days-to-decision"):
        months = [answer(report, {**zone, "period": f"2026-{month:02}"}, log, now)[0]["n"] for month in range(1, 13)]
        assert sum(months) == answer(report, {**zone, "period": "2026"}, log, now)[0]["n"]


@few
@given(st.data())
def test_who_engaged_opened_clicked_or_replied(data: st.DataObject) -> None:
    log = data.draw(histories(("applications", "offers", "touches", "touches", "corrections")))
    for unit in ("person", "message"):
        for row in answer("engagement", {"by": ("campaign", "step"), "unit": unit}, log, after_all(log)):
            reacted = [row[how][0] for how in ("opened", "clicked", "replied")]
            assert max(reacted) <= row["engaged"][0] <= sum(reacted)
            assert row["hired"][0] <= row["applied"][0]


@few
@given(st.data())
def test_a_share_is_never_more_than_the_whole(data: st.DataObject) -> None:
    log = data.draw(histories())
    for report in ("engagement", "offer-acceptance", "funnel"):
        for row in answer(report, data.draw(questions(report, log)), log, after_all(log)):
            for count, of in (share for share in row.values() if isinstance(share, tuple)):
                assert 0 <= count <= of
