"""Whose calendar is which, and since when: as they were added, changed, left and came back."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from services.reporting.metrics.fact import Fact
from services.reporting.metrics.members import Members
from services.reporting.metrics.working_time import MON_FRI, Calendar
from services.reporting.tests.making import make, of_name
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberDeactivated, TeamMemberUpdated
from shared.events.event import Event

MINA = of_name("Mina")
SUN_THU = ("sun", "mon", "tue", "wed", "thu")
BERLINER = Calendar("Europe/Berlin", MON_FRI, "DE-BE")

Told = tuple[str, Event]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def added(when: str, **given: Any) -> Told:
    own = {"zone": "Europe/Berlin", "holiday_calendar": "DE-BE", **given}
    return when, make(TeamMemberAdded, member_id=MINA, **own)


def updated(when: str, **given: Any) -> Told:
    return when, make(TeamMemberUpdated, member_id=MINA, **given)


def calendar(when: str, *told: Told) -> Calendar:
    facts = [Fact(uuid4(), event, n, at(day), at(day)) for n, (day, event) in enumerate(told, start=1)]
    return Members(facts).works(MINA, at(when)).calendar


def test_a_change_holds_from_when_it_occurred() -> None:
    moved = added("2026-01-01"), updated("2026-03-01T09:00", zone="Asia/Riyadh", week=SUN_THU, holiday_calendar="SA")
    assert calendar("2026-03-01T08:59", *moved) == BERLINER
    assert calendar("2026-03-01T09:00", *moved) == Calendar("Asia/Riyadh", SUN_THU, "SA")


def test_what_a_change_does_not_name_stays_and_what_it_cleared_is_gone() -> None:
    assert calendar("2026-04-01", added("2026-01-01"), updated("2026-03-01", roles=("hr",))) == BERLINER
    moved = updated("2026-03-01", zone="Europe/Paris")
    assert calendar("2026-04-01", added("2026-01-01"), moved) == Calendar("Europe/Paris", MON_FRI, "DE-BE")
    without = updated("2026-03-01", cleared=("holiday_calendar",))
    assert calendar("2026-04-01", added("2026-01-01"), without) == Calendar("Europe/Berlin")


def test_somebody_who_left_keeps_their_calendar_until_they_are_added_again() -> None:
    left = "2026-02-01", make(TeamMemberDeactivated, member_id=MINA)
    back = added("2026-03-01", zone="Europe/Paris", holiday_calendar=None)
    assert calendar("2026-02-02", added("2026-01-01"), left, back) == BERLINER
    assert calendar("2026-03-02", added("2026-01-01"), left, back) == Calendar("Europe/Paris")


def test_before_somebody_was_added_they_have_the_calendar_that_they_were_added_with() -> None:
    assert calendar("2025-12-01", added("2026-01-01"), updated("2026-01-02", holiday_calendar="US")) == BERLINER


def test_a_week_without_days_says_nothing() -> None:
    assert calendar("2026-02-01", added("2026-01-01", week=())) == BERLINER
    assert calendar("2026-02-01", added("2026-01-01"), updated("2026-01-02", week=())) == BERLINER


def test_a_calendar_names_the_events_that_made_it() -> None:
    told = [added("2026-01-01"), updated("2026-02-01", roles=("hr",)), updated("2026-03-01", zone="Europe/Paris")]
    facts = [Fact(uuid4(), event, n, at(day), at(day)) for n, (day, event) in enumerate(told, start=1)]
    assert Members(facts).works(MINA, at("2026-04-01")).told == (facts[0], facts[2])
    assert Members(facts).works(MINA, at("2026-02-15")).told == (facts[0],)
