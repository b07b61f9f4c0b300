"""Made-up histories of a company that recruits: lists of what happened, and questions to ask of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from hypothesis import strategies as st

from tests.oracle.happened import Happened
from tests.oracle.made_up.applying import Application, Applying
from tests.oracle.made_up.approving import Approving
from tests.oracle.made_up.asking import questions
from tests.oracle.made_up.company import Company
from tests.oracle.made_up.meeting import Meetings
from tests.oracle.made_up.members import Members
from tests.oracle.made_up.merging import Merging
from tests.oracle.made_up.offering import Offering
from tests.oracle.made_up.people import Human, Outreach
from tests.oracle.made_up.scribe import Scribe
from tests.oracle.made_up.talking import Talking

__all__ = ["histories", "questions"]

EVERYTHING = ("applications", "offers", "acceptances", "touches", "company", "postings", "corrections")
ABOUT: Mapping[str, Sequence[str]] = {
    "approvals": ("approvals", "company"),
    "feedback-sla": ("applications", "meetings", "meetings", "meetings", "members", "company"),
    "feedback-overdue": ("applications", "meetings", "meetings", "meetings", "members", "company"),
    "response-time": ("applications", "meetings", "messages", "messages", "offers", "company", "corrections"),
    "recruiter-work": ("applications", "meetings", "messages", "offers", "acceptances", "company", "corrections"),
    "hire-chance": ("applications", "offers", "acceptances", "company", "corrections", "pauses"),
    "pipeline-health": ("applications", "meetings", "offers", "acceptances", "company", "corrections", "pauses"),
    "adverse-impact": ("applications", "offers", "offers", "crowds", "crowds", "crowds", "company", "corrections"),
    "time-to-schedule": ("applications", "meetings", "meetings", "meetings", "company", "corrections"),
    "interviews-per-hire": (
        "applications", *("meetings",) * 3, "offers", "offers", "acceptances", "company", "corrections",
    ),
    "source-effectiveness": (
        "applications", "meetings", "meetings", "offers", "acceptances", "touches", "company", "corrections",
    ),
    "engagement": ("applications", "offers", "acceptances", *("touches",) * 4, "corrections"),
    "time-to-start": ("applications", "offers", "offers", *("acceptances",) * 6, "company", "corrections"),
}  # fmt: skip
"""What a history should tell of to ask this report about it; the others are asked about everything."""
FEWEST, MOST = 20, 145
MOVES = ("advance",) * 6 + ("back", "transfer", "close", "twice", "back", "reopen", "close", "back")
FATES = {
    "blue": ("offer", "offer", "offer", "reject", "close"),
    "others": ("reject", "reject", "reject", "close", "advance", "offer"),
}


class History:
    """One company and a few people, a step at a time."""

    def __init__(self, draw: st.DrawFn, about: Sequence[str]) -> None:
        self.scribe = Scribe(draw)
        self.company = Company(self.scribe)
        self.outreach = Outreach(self.scribe)
        self.applying = Applying(self.scribe, self.company, self.outreach)
        self.offering = Offering(self.scribe, self.company)
        self.merging = Merging(self.scribe, self.applying)
        self.approving = Approving(self.scribe, self.company)
        self.meetings = Meetings(self.scribe)
        self.members = Members(self.scribe)
        self.talking = Talking(self.scribe, self.applying)
        self.humans = [Human(number) for number in range(3 + self.scribe.up_to(2))]
        self.company.found()
        if "members" in about:
            self.members.arrive()

    def step(self, about: Sequence[str]) -> None:
        self.scribe.wait()
        moves: Mapping[str, Sequence[Callable[[], None]]] = {
            "applications": [*[self._move_somebody] * 8, *[self._submit] * 4],
            "offers": [self._offer] * 8,
            "acceptances": [self._after_acceptance] * 3,
            "touches": [self._touch] * 5,
            "company": [self._company] * 3,
            "postings": [self._post],
            "corrections": [self._correct] * 3,
            "approvals": [self.approving.go_on] * 12,
            "meetings": [self._meet] * 6,
            "members": [self.members.change],
            "messages": [self._write] * 3,
            "crowds": [self._crowd] * 2,
            "pauses": [self._pause],
        }
        self.scribe.one_of([move for topic in about for move in moves[topic]])()

    def afterwards(self) -> None:
        """Jobs change, and change hands, when things have been counted for them."""
        for job in self.company.jobs:
            if self.scribe.one_in(2):
                self.scribe.wait()
                self.company.update(job)
                self.company.change_team(job, self.scribe.one_of(("recruiter", "hiring_manager")))

    def _submit(self) -> None:
        self.applying.submit(self.scribe.one_of(self.humans))

    def _somebody(self) -> Application | None:
        active = self.applying.active()
        return self.scribe.one_of(active) if active else None

    def _move_somebody(self) -> None:
        application = self._somebody()
        if application is None or self.scribe.one_in(6):
            if not self._reopen():
                self._submit()
            return
        match self.scribe.one_of(MOVES):
            case "advance":
                self.applying.advance(application)
            case "back":
                self.applying.move_back(application)
            case "transfer":
                self.applying.transfer(application)
            case "close":
                self._close(application)
            case "twice":
                self.applying.advance(application)
                self.applying.advance(application)
            case _:
                self._reopen()

    def _close(self, application: Application) -> None:
        closing = self.applying.close(application)
        offer = self.offering.take_back(application, withdrawn="withdrawn" in closing.wire_type)
        self.scribe.tell(*offer, closing)

    def _reopen(self) -> bool:
        closed = [a for a in self.applying.applications if a.state == "closed" and not a.left_out]
        if closed:
            self.applying.reopen(self.scribe.one_of(closed))
        return bool(closed)

    def _offer(self) -> None:
        out = [application for application in self.applying.active() if application.offer_out]
        application = self.scribe.one_of(out) if out and not self.scribe.one_in(4) else self._somebody()
        if application:
            self.offering.go_on(application)

    def _after_acceptance(self) -> None:
        accepted = [a for a in self.applying.applications if a.state in ("accepted", "hired")]
        if not accepted:
            return self._offer()
        application = self.scribe.one_of(accepted)
        if application.state == "accepted" and not self.scribe.one_in(3):
            return self.offering.hire(application)
        if application.state == "hired" and not self.scribe.one_in(3):
            return self.offering.first_day(application)
        return self.offering.undo(application)

    def _touch(self) -> None:
        human = self.scribe.one_of(self.humans)
        outreach = self.outreach
        what = (outreach.send, *(outreach.react,) * 3, outreach.meet, outreach.refuse)
        self.scribe.one_of(what)(human)

    def _meet(self) -> None:
        self.meetings.go_on(self._somebody())

    def _write(self) -> None:
        if application := self._somebody():
            self.talking.write(application)

    def _crowd(self) -> None:
        """Some are rejected or made an offer at once, not all by one measure; or somebody has a word to add."""
        if self.applying.applications and self.scribe.one_in(2):
            return self.talking.tell_of_themselves(self.scribe.one_of(self.applying.applications[::-1]))
        for application, what in self.talking.crowd():
            match self.scribe.one_of(FATES["blue" if what == "blue" else "others"]):
                case "reject":
                    self.applying.reject(application)
                case "close":
                    self._close(application)
                case "offer":
                    self.offering.go_on(application)
                case "advance":
                    self.applying.advance(application)
        return None

    def _pause(self) -> None:
        self.scribe.now += timedelta(days=40 + self.scribe.up_to(90))

    def _post(self) -> None:
        """The first jobs have most of the postings, and the last may have none."""
        self.company.post(self.scribe.one_of((*self.company.jobs[:2], *self.company.jobs)))

    def _company(self) -> None:
        job = self.scribe.one_of(self.company.jobs)
        match self.scribe.one_of(
            ("hold", "team", "update", "hold", "plan", "hold", "seat", "manager", "close seat", "reopen")
        ):
            case "hold":
                held = [other.requisition for other in self.company.jobs if other.requisition.state == "held"]
                self.company.hold_or_go_on(self.scribe.one_of((*held, job.requisition)))
            case "team":
                self.company.change_team(job, "recruiter")
            case "manager":
                self.company.change_team(job, "hiring_manager")
            case "update":
                self.company.update(job)
            case "plan":
                self.applying.switch_plan(job)
            case "seat":
                self.company.open_seat(job)
            case "close seat":
                self.company.close_seat(self.scribe.one_of(self.company.seats))
            case _:
                self.company.reopen(job)

    def _correct(self) -> None:
        """What we learn about the world without its having changed."""
        human = self.scribe.one_of(self.humans)
        match self.scribe.one_of(("source", "link", "merge", "link", "merge", "time", "time")):
            case "time":
                self.scribe.correct()
            case "link":
                self.outreach.link(human)
            case "merge":
                self.merging.merge(human, self.scribe.one_of(self._likely_the_same(human)))
            case _:
                kept = [application for application in self.applying.applications if not application.left_out]
                if kept:
                    self.applying.attribute(self.scribe.one_of(kept[:2]))

    def _likely_the_same(self, human: Human) -> list[Human]:
        """Those who applied to the same jobs, if there are any."""
        jobs = {a.job.id for a in self.applying.applications if a.human is human and not a.left_out}
        alike = [a.human for a in self.applying.applications if a.job.id in jobs and not a.left_out]
        return [other for other in alike if other is not human] or self.humans


@st.composite
def histories(draw: st.DrawFn, about: Sequence[str] = EVERYTHING) -> list[Happened]:
    """20 to 155 events in the order in which they were written; `about` fewer topics tells more of each."""
    history = History(draw, about)
    # Asked before each step, so that a failing history shrinks to the steps that it needs.
    while len(history.scribe) < MOST and (draw(st.integers(0, 79)) or len(history.scribe) < FEWEST):
        history.step(about)
    history.afterwards()
    return history.scribe.log()
