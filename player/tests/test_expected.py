"""Expected figures on ledgers made by hand; the numbers are those of the rules' own examples."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from itertools import count

from player.expected.happened import Happened
from player.expected.hiring import funnel, time_to_hire, type_7
from player.expected.outreach import engagement
from player.ledger import Entry

DAY = 86_400_000_000
STAGES = [("lead", "lead"), ("applied", "applied"), ("screen", "screened"), ("onsite", "onsite"), ("offer", "offer")]
WHOLE = (None, None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


class Written:
    """A ledger in the making, with one job."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._numbers = count()
        plan = [{"id": stage, "milestone": milestone} for stage, milestone in STAGES]
        self.add("stage-plan.publish", "01-01", "plan", stages=plan)
        self.add("requisition.draft", "01-01", "requisition", department="Legal")
        self.add("job.open", "01-01", "job", requisition_id="requisition", plan_id="plan",
                 team=[{"role": "recruiter", "member": "U1"}])  # fmt: skip
        self.add("posting.publish", "01-01", "posting", job_id="job", board="careers_site")

    def add(self, what: str, when: str, id: str = "", of: str | None = None, **said: object) -> None:
        key = f"{what}#{next(self._numbers)}"
        self.entries.append(Entry(key, what, id or key, at(when), "U1", of, dict(said)))

    def apply(self, when: str, id: str = "A1", email: str = "a@mail.example") -> None:
        self.add("posting.apply", when, id, "posting", email=email)

    def accept(self, when: str, offer: str = "O1", application: str = "A1") -> None:
        self.add("offer.draft", when, offer, application_id=application)
        self.add("offer.accept", when, of=offer)

    def happened(self, as_of: str = "12-31") -> Happened:
        return Happened(self.entries, at(as_of))

    def reached(self, as_of: str = "12-31", by: str | None = None) -> dict[str, int]:
        return {milestone: row["reached"] for (_, milestone), row in funnel(self.happened(as_of), by).items()}


def days(found: dict[str, object]) -> Fraction:
    return Fraction(str(found["median"])) / DAY


def test_the_time_between_rejection_and_reopening_is_left_out() -> None:
    written = Written()
    written.apply("03-02 09:00")
    written.add("application.reject", "03-14 09:00", of="A1", reason="late")
    written.add("application.reopen", "03-28 09:00", of="A1")
    written.accept("04-03 21:00")
    assert days(time_to_hire(written.happened())[WHOLE]) == Fraction(37, 2)
    assert time_to_hire(written.happened("03-20")) == {}


def test_of_a_hire_reversed_and_made_again_the_last_acceptance_counts() -> None:
    written = Written()
    written.apply("01-05")
    written.accept("02-04")
    written.add("application.reverse-hire", "02-10", of="A1", cause="did_not_start")
    assert time_to_hire(written.happened()) == {}
    written.accept("03-06", "O2")
    assert days(time_to_hire(written.happened())[WHOLE]) == 60


def test_an_acceptance_that_was_reneged_or_rescinded_is_no_hire() -> None:
    for undone in ("offer.renege", "offer.rescind"):
        written = Written()
        written.apply("01-05")
        written.accept("02-04")
        written.add(undone, "02-10", of="O1")
        assert time_to_hire(written.happened()) == {}
        assert written.reached()["hired"] == 0


def test_a_lead_is_submitted_when_it_leaves_the_lead_stage() -> None:
    written = Written()
    written.add("prospect.source", "01-02", "P1", channel="linkedin", email="p@mail.example")
    written.add("application.find", "01-10", "A1", person_id="P1", job_id="job")
    assert funnel(written.happened()) == {}
    written.add("application.advance", "01-15", of="A1", to_stage="applied")
    written.accept("01-25")
    assert days(time_to_hire(written.happened())[WHOLE]) == 10
    assert time_to_hire(written.happened(), "source").keys() == {("source", "sourced")}


def test_a_mistake_takes_the_milestone_away_and_a_reevaluation_does_not() -> None:
    for reason, reached in (("mistake", 0), ("reevaluation", 1)):
        written = Written()
        written.apply("03-02")
        written.add("application.advance", "03-04", of="A1", to_stage="screen")
        written.add("application.advance", "03-06", of="A1", to_stage="onsite")
        written.add("application.move-back", "03-07", of="A1", to_stage="screen", reason_type=reason)
        assert written.reached("03-06 12:00")["onsite"] == 1
        assert written.reached() | {"onsite": reached} == written.reached()


def test_what_was_skipped_is_reached_too() -> None:
    written = Written()
    written.apply("03-02")
    written.add("application.advance", "03-04", of="A1", to_stage="onsite")
    assert written.reached() == {
        "applied": 1, "screened": 1, "interviewed": 1, "onsite": 1, "offer": 0, "hired": 0,
    }  # fmt: skip


def test_each_job_of_a_transferred_application_counts_what_it_saw() -> None:
    written = Written()
    written.add("job.open", "01-01", "job-2", requisition_id="requisition", plan_id="plan", team=[])
    written.apply("03-02")
    written.add("application.advance", "03-04", of="A1", to_stage="screen")
    written.add("application.transfer", "03-05", of="A1", job_id="job-2", stage="screen")
    written.add("application.advance", "03-06", of="A1", to_stage="onsite")
    rows = funnel(written.happened(), "job")
    reached = {(job, milestone): row["reached"] for ((_, job), milestone), row in rows.items()}
    assert (reached["job", "applied"], reached["job", "screened"], reached["job", "onsite"]) == (1, 1, 0)
    assert (reached["job-2", "applied"], reached["job-2", "screened"], reached["job-2", "onsite"]) == (0, 1, 1)
    assert rows[("job", "job"), "screened"]["pass_through"] == (None, 0)


def test_the_recruiter_is_the_one_at_the_acceptance_and_a_corrected_source_holds() -> None:
    written = Written()
    written.apply("01-05")
    written.add("job.team", "03-01", of="job", role="recruiter", member="U2")
    written.accept("03-03")
    written.add("application.attribute", "03-09", of="A1", view="application", new="referral")
    assert time_to_hire(written.happened(), "recruiter").keys() == {("recruiter", "U2")}
    assert time_to_hire(written.happened(), "source").keys() == {("source", "referral")}
    assert time_to_hire(written.happened(), "month").keys() == {("month", "2026-03")}
    assert time_to_hire(written.happened(), "department").keys() == {("department", "Legal")}


def test_percentiles_are_interpolated_and_few_hires_have_no_p90() -> None:
    assert type_7([40, 10, 30, 20], Fraction(1, 2)) == 25
    assert type_7([40, 10, 30, 20], Fraction(9, 10)) == 37
    written = Written()
    written.apply("01-05")
    written.accept("02-04")
    assert time_to_hire(written.happened())[WHOLE]["p90"] is None


def send(written: Written, people: Sequence[str], when: str, tracked: bool = True, step: int = 1) -> None:
    for person in people:
        written.add("touchpoint.add", when, f"{person}-{step}", person, kind="sent", channel="email", tracked=tracked,
                    campaign_id="G1")  # fmt: skip


def test_machines_bounces_and_automatic_replies_are_no_engagement() -> None:
    written = Written()
    send(written, ["P1", "P2", "P3", "P4"], "05-04 09:00")
    written.add("touchpoint.open", "05-04 09:01", of="P2-1", machine=True)
    written.add("touchpoint.click", "05-04 09:01", of="P2-1", machine=True, link="job")
    written.add("touchpoint.bounce", "05-04 09:01", of="P3-1", kind="hard")
    written.add("touchpoint.reply", "05-04 09:05", of="P4-1", automatic=True)
    written.add("touchpoint.open", "05-04 10:00", of="P1-1", machine=False)
    send(written, ["P2"], "05-11", tracked=False, step=2)
    written.add("touchpoint.add", "05-12", of="P2", kind="replied", channel="email", automatic=False)
    row = engagement(written.happened(), "campaign")["campaign", "G1"]
    assert (row["sent"], row["reached"]) == (5, 3)
    assert (row["opened"], row["clicked"], row["replied"], row["engaged"]) == ((1, 3), (0, 3), (1, 3), (2, 3))


def test_what_became_of_the_engaged_counts_from_their_first_reaction() -> None:
    written = Written()
    for person in ("P1", "P2"):
        written.add("prospect.source", "01-02", person, channel="event", email=f"{person}@mail.example")
        written.add("prospect.hand-over", "05-06" if person == "P1" else "05-02", of=person, job_id="job")
    send(written, ["P1", "P2"], "05-04 09:00")
    for person in ("P1", "P2"):
        written.add("touchpoint.reply", "05-05", of=f"{person}-1", automatic=False)
    written.apply("05-07", "A2", email="P2@mail.example")
    written.accept("06-01", application="A2")
    row = engagement(written.happened())[WHOLE]
    assert (row["handed_over"], row["applied"], row["hired"]) == ((1, 2), (1, 2), (1, 2))
