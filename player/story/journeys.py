"""One application's way: submitted, advanced, interviewed, perhaps offered, until it ends or the present is reached."""

from datetime import datetime, timedelta

from player.steps import Lane, Ref
from player.story.applying import apply
from player.story.benchmarks import Depth
from player.story.company import Company
from player.story.dice import Dice
from player.story.interviewing import interview
from player.story.offering import Seats, offer
from player.story.people import Applicant

STAGE_OF = {
    Depth.APPLIED: "applied", Depth.SCREENED: "screen", Depth.INTERVIEWED: "interview", Depth.ONSITE: "onsite",
    Depth.OFFER: "offer", Depth.HIRED: "offer",
}  # fmt: skip
# Of the days to hire that offer, approvals and weekends leave: how long a stage lasts.
ELSEWHERE_DAYS, AT_LEAST = 15, 0.15
SHARES = {"applied": 0.2, "screen": 0.22, "exercise": 0.1, "interview": 0.26, "onsite": 0.22}
REJECTIONS = ("not_qualified", "better_candidate", "salary_expectation", "location")
WITHDRAWALS = ("other_offer", "no_time", "salary_expectation")


class Journey:
    """Writes the lane of one applicant; `at` is the present moment of the story."""

    def __init__(self, seed: int, company: Company, applicant: Applicant, horizon: datetime) -> None:
        self.dice = Dice(seed, applicant.lane)
        self.company, self.applicant, self.job = company, applicant, applicant.job
        self.lane = Lane(applicant.lane, horizon)
        self.at = applicant.arrives
        self.by = applicant.job.recruiter.subject
        self.stages = applicant.job.stages

    def write(self, seats: Seats, person: Ref | None = None) -> Lane:
        """`person`: the prospect handed over."""
        self.application = apply(self.lane, self.dice, self.company, self.applicant, person)
        if person is not None:
            self.wait(timedelta(days=2))
            self.do("application.advance", to_stage="applied")
        self.attribute()
        last = STAGE_OF[self.applicant.depth]
        stage = self.pass_stages(last)
        if stage == "offer":
            offer(self, seats)
        else:
            self.stay(stage)
            if self.dice.chance(0.03):
                self.slip(stage, self.stages[self.stages.index(stage) + 1])
            self.end(person)
        return self.lane

    def do(self, what: str, **body: object) -> Ref:
        return self.lane.do(what, self.at, self.by, self.application, **body)

    def wait(self, about: timedelta) -> None:
        self.at = self.dice.office(self.at + self.dice.around(about / timedelta(days=1)))

    def pass_stages(self, last: str) -> str:
        """Goes on, stage by stage, until it stands in `last`; some detours on the way."""
        way = self.stages[self.stages.index("applied") : self.stages.index(last) + 1]
        stage = way[0]
        skips = last in ("interview", "onsite") and self.dice.chance(0.08)
        for next_stage in way[1:]:
            if skips and next_stage in ("screen", "exercise"):
                continue
            self.stay(stage)
            self.detour(stage, next_stage)
            self.do("application.advance", to_stage=next_stage)
            if next_stage == "screen" and self.applicant.entry is not None:
                self.wait(timedelta(days=0.5))
                self.do("application.transfer", job_id=self.job.ref, stage="screen")
            stage = next_stage
        return stage

    def stay(self, stage: str) -> None:
        """The time in a stage; on-sites and interviews are meetings with feedback."""
        to_hire = self.job.department.days_to_hire
        days = max(to_hire - ELSEWHERE_DAYS, to_hire * AT_LEAST) * SHARES[stage]
        leaves = self.dice.office(self.at + self.dice.around(days, 0.45))
        if stage in ("interview", "onsite"):
            leaves = max(leaves, interview(self, stage, leaves) + timedelta(minutes=20))
        self.at = self.dice.office(leaves)

    def detour(self, stage: str, next_stage: str) -> None:
        """What a few go through before they advance: rejected and reopened, a card dropped wrongly, a step back."""
        chosen = self.dice.weighted({"none": 0.93, "reopened": 0.03, "mistake": 0.025, "reevaluation": 0.015})
        if self.applicant.number % 97 == 5 or chosen == "reopened":
            self.do("application.reject", reason_type="we_rejected", reason="better_candidate")
            self.wait(timedelta(days=8))
            self.do("application.reopen", why="The other one has declined")
        elif chosen == "mistake":
            self.slip(stage, next_stage)
        elif chosen == "reevaluation" and stage != "applied":
            self.do("application.advance", to_stage=next_stage)
            self.wait(timedelta(days=1))
            self.do("application.move-back", to_stage=stage, reason_type="reevaluation")
        else:
            return
        self.wait(timedelta(days=1))

    def slip(self, stage: str, next_stage: str) -> None:
        """A card dropped on the wrong column, and put back."""
        self.do("application.advance", to_stage=next_stage)
        self.at += self.dice.minutes(1, 12)
        self.do("application.move-back", to_stage=stage, reason_type="mistake")

    def attribute(self) -> None:
        """Some sources are corrected by hand."""
        if self.applicant.source == "careers_site" and self.dice.chance(0.02):
            view = self.dice.one(["application", "credited"])
            who = self.dice.one(self.job.interviewers).ref
            self.wait(timedelta(days=0.3))
            self.do("application.attribute", view=view, new="referral", credited_to=who)

    def end(self, person: Ref | None) -> None:
        """Rejected or withdrawn; a few wait to this day. The best of those from the CRM go back there."""
        ending = self.dice.weighted({"reject": 0.8, "withdraw": 0.13, "wait": 0.07})
        if self.applicant.depth is Depth.ONSITE and person is not None:
            self.do("application.reject", reason_type="we_rejected", reason="better_candidate")
            self.at += self.dice.minutes(30, 90)
            sourcer = self.dice.one(self.company.with_role("sourcer")).subject
            self.lane.do("prospect.return", self.at, sourcer, person, application_id=self.application, medal="silver")
        elif ending == "reject":
            kind = self.dice.weighted({"we_rejected": 0.95, "duplicate": 0.02, "spam": 0.02, "other": 0.01})
            self.do("application.reject", reason_type=kind, reason=self.dice.one(REJECTIONS))
        elif ending == "withdraw":
            self.do("application.withdraw", reason=self.dice.one(WITHDRAWALS))
