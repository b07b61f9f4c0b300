"""The plan: repeatable, playable, large enough, shaped like a year of hiring."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from graphlib import TopologicalSorter
from itertools import pairwise

import pytest

from player.calls import COMMANDS, LOOKS
from player.history import UnknownSize, history
from player.steps import Command, Plan

END = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SUBMISSIONS = {"posting.apply", "application.submit", "application.find"}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return history(1, "small", END)


def test_the_same_seed_size_and_end_give_the_same_plan(plan: Plan) -> None:
    assert list(plan.steps()) == list(history(1, "small", END).steps())


def test_another_seed_gives_another_plan(plan: Plan) -> None:
    assert list(plan.steps()) != list(history(2, "small", END).steps())


def test_an_unknown_size_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnknownSize, match="'huge': choose one of small, medium, large"):
        history(1, "huge", END)


def test_every_step_has_its_own_key_and_waits_for_no_circle(plan: Plan) -> None:
    waits = dict((step.key, needs) for step, needs in plan.ordered())
    assert len(waits) == sum(1 for _ in plan.steps())
    assert {need for needs in waits.values() for need in needs} <= waits.keys()
    TopologicalSorter(waits).prepare()


def test_every_call_of_the_public_apis_is_made(plan: Plan) -> None:
    assert {step.what for step in plan.steps()} == COMMANDS.keys() | LOOKS.keys()


def test_small_has_what_was_promised(plan: Plan) -> None:
    found = Counter(step.what for step in plan.steps())
    assert found["job.open"] >= 12
    assert sum(found[what] for what in SUBMISSIONS) >= 1_000
    assert found["prospect.source"] >= 300
    assert found["application.hire"] - found["application.reverse-hire"] >= 25


def test_medium_is_five_times_small(plan: Plan) -> None:
    small, medium = (Counter(step.what for step in found.steps()) for found in (plan, history(1, "medium", END)))
    assert medium["job.open"] == 5 * small["job.open"]
    assert medium["prospect.source"] == 5 * small["prospect.source"]


def test_history_spans_a_year_and_ends_two_hours_before_today(plan: Plan) -> None:
    dates = [step.at for step in plan.steps() if step.at]
    assert END - timedelta(days=373) < min(dates) < END - timedelta(days=360)
    assert END - timedelta(days=3) < max(dates) <= END - timedelta(hours=2)


def test_each_lane_goes_on_in_time_and_only_the_epilogue_is_of_today(plan: Plan) -> None:
    for lane in plan.lanes:
        dated = [step.at for step in lane.steps if step.at]
        assert dated == sorted(dated), lane.name
        assert lane.name.startswith("epilogue") or len(dated) == len(lane.steps)


def test_today_begins_when_all_of_history_was_played(plan: Plan) -> None:
    last = {lane.steps[-1].key for lane in plan.lanes if not lane.name.startswith("epilogue")}
    for lane in plan.lanes:
        if lane.name.startswith("epilogue"):
            first = next(step for step in lane.steps if step.at is None)
            assert last <= set(first.after)


@pytest.mark.parametrize(("stage", "per_hire"), [("screen", 15), ("onsite", 4.7), ("offer", 1.5)])
def test_the_funnel_falls_off_as_published(plan: Plan, stage: str, per_hire: float) -> None:
    entered = {
        step.of for step in plan.steps()
        if isinstance(step, Command) and step.what == "application.advance" and step.body["to_stage"] == stage
    }  # fmt: skip
    hires = len({step.of for step in plan.steps() if step.what == "application.hire"})
    assert 0.7 * per_hire < len(entered) / hires < 1.3 * per_hire


def test_a_revised_offer_is_another_one(plan: Plan) -> None:
    for lane in plan.lanes:
        offered = [step.body.get("pay") for step in lane.steps if isinstance(step, Command)
                   and step.what in ("offer.draft", "offer.revise")]  # fmt: skip
        assert all(before != after for before, after in pairwise(offered)), lane.name


def test_no_seat_is_offered_to_two_people_at_once_but_on_the_over_offered_job(plan: Plan) -> None:
    letters = {step.key: step.body["opening_id"] for step in plan.steps() if isinstance(step, Command)
               and step.what == "offer.draft"}  # fmt: skip
    out: dict[object, list[tuple[datetime, datetime]]] = defaultdict(list)
    for lane in plan.lanes:
        ends = [step.at for step in lane.steps if step.at]
        for step in lane.steps:
            if step.what == "offer.extend" and step.of and step.at:
                settled = next(
                    (later.at for later in lane.steps if later.of == step.of and later.at and later.at > step.at),
                    ends[-1],
                )
                out[letters[step.of.key]].append((step.at, settled))
    overlapping = {seat for seat, spans in out.items() if _overlap(sorted(spans))}
    assert len(overlapping) == 1


def _overlap(spans: list[tuple[datetime, datetime]]) -> bool:
    return any(second[0] < first[1] for first, second in pairwise(spans))
