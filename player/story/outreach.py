"""What is sent to one prospect and what comes back: opens (some by machines), clicks, replies, bounces, objections."""

from datetime import datetime, timedelta

from player.steps import Lane, Ref
from player.story.campaigns import Campaign
from player.story.company import Member
from player.story.dice import Dice

DAYS_BETWEEN = (0, 4, 5)
ASSESSMENT = "LIA-sourcing-1"


class Outreach:
    """Writes into a prospect's lane; nothing happens after `end`."""

    def __init__(self, lane: Lane, dice: Dice, person: Ref, sender: Member, at: datetime, end: datetime) -> None:
        self.lane, self.dice, self.person, self.sender = lane, dice, person, sender
        self.at, self.end = at, end
        self.spoken = False

    def begin(self, at: datetime) -> None:
        """The basis on which they may be written to."""
        basis = self.dice.weighted({"legitimate_interest": 0.7, "consent": 0.2, "soft_opt_in": 0.1})
        assessment = ASSESSMENT if basis == "legitimate_interest" else None
        until = (at + timedelta(days=730)).isoformat() if basis == "consent" else None
        self._grant(at, purpose="contact", basis=basis, channel="form", assessment=assessment, until=until)
        if self.dice.chance(0.2):
            self._grant(at + timedelta(minutes=1), purpose="store", basis="consent", channel="form")

    def campaign(self, campaign: Campaign, answers: bool) -> None:
        """Up to three messages; stops at an answer, a hard bounce, an objection."""
        self.lane.do(
            "campaign.enrol", self.at, self.sender.subject, campaign.ref, person_id=self.person,
            variant=self.dice.one(["a", "b"]),
        )  # fmt: skip
        answered_at = self.dice.weighted({1: 0.5, 2: 0.3, 3: 0.2}) if answers else None
        room = (self.end - self.at) / timedelta(days=14)
        for step, days in enumerate(DAYS_BETWEEN, start=1):
            at = self.at + timedelta(hours=2, days=days * min(1, room))
            if at >= self.end or not self._message(campaign, step, at, answers=answered_at == step):
                return

    def meet(self) -> None:
        """Without a campaign: a note, a call or a meeting, and sometimes a message of one's own."""
        if self.dice.chance(0.4):
            sent = self._sent(self.at, "email", tracked=True)
            if self.dice.chance(0.5):
                self._on(sent, "touchpoint.open", self.dice.minutes(30, 600), machine=False)
        kind = self.dice.one(["call", "meeting", "note", "event"])
        self._add(self.at + self.dice.minutes(60, 600), kind=kind, channel="phone", source_type="sourced", note="Met.")
        self.spoken = kind in ("call", "meeting")

    def call(self) -> None:
        self._add(
            min(self.at + timedelta(hours=5), self.end), kind="call", channel="phone", source_type="sourced",
            note="Open to a talk.",
        )  # fmt: skip
        self.spoken = True

    def _message(self, campaign: Campaign, step: int, at: datetime, answers: bool) -> bool:
        """Whether there will be another one."""
        dice, tracked = self.dice, step < len(DAYS_BETWEEN)
        channel = "email" if tracked else "linkedin"
        sent = self._sent(at, channel, tracked, campaign_id=campaign.ref, step=step)
        if not answers and dice.chance(0.05):
            kind = "hard" if dice.chance(0.6) else "soft"
            self._on(sent, "touchpoint.bounce", dice.minutes(0.1, 20), kind=kind)
            return kind == "soft"
        if tracked:
            self._traces(sent, answers)
        if answers:
            self._answer(sent, channel)
            return False
        if dice.chance(0.05):
            self._on(sent, "touchpoint.reply", dice.minutes(1, 5), automatic=True)
        if dice.chance(0.01):
            self._on(sent, "touchpoint.complain", dice.minutes(60, 900))
            return False
        if dice.chance(0.02):
            self._do("consent.end", self.at + dice.minutes(5, 50), purpose="contact", cause="objected", channel="email")
            return False
        return True

    def _traces(self, sent: Ref, answers: bool) -> None:
        dice = self.dice
        if dice.chance(0.3):
            self._on(sent, "touchpoint.open", dice.minutes(0.02, 0.2), machine=True)
            if dice.chance(0.25):
                self._on(sent, "touchpoint.click", dice.minutes(0.02, 0.1), link="job", machine=True)
        if dice.chance(0.85 if answers else 0.42):
            self._on(sent, "touchpoint.open", dice.minutes(20, 1500), machine=False)
            if dice.chance(0.35 if answers else 0.15):
                self._on(sent, "touchpoint.click", dice.minutes(0.3, 8), link="job", machine=False)

    def _answer(self, sent: Ref, channel: str) -> None:
        dice = self.dice
        said = {"sentiment": dice.weighted({"positive": 0.6, "neutral": 0.3, "negative": 0.1}), "text": "Tell me more."}
        if channel == "email":
            self._on(sent, "touchpoint.reply", dice.minutes(30, 2000), automatic=False, **said)
        else:
            # The channel does not tell which message is answered.
            self._add(
                self.at + dice.minutes(30, 2000), kind="replied", channel=channel, source_type="sourced",
                automatic=False, **said,
            )  # fmt: skip
        if dice.chance(0.6):
            self.call()

    def _grant(self, at: datetime, **body: object) -> None:
        self.lane.do("consent.grant", at, self.sender.subject, self.person, **body)

    def _sent(self, at: datetime, channel: str, tracked: bool, **more: object) -> Ref:
        return self._add(at, kind="sent", channel=channel, source_type="sourced", tracked=tracked, **more)

    def _add(self, at: datetime, **body: object) -> Ref:
        return self._do("touchpoint.add", at, **body)

    def _on(self, sent: Ref, what: str, after: timedelta, **body: object) -> None:
        self.at = min(self.at + after, self.end)
        self.lane.do(what, self.at, self.sender.subject, sent, **body)

    def _do(self, what: str, at: datetime, **body: object) -> Ref:
        self.at = min(at, self.end)
        return self.lane.do(what, self.at, self.sender.subject, self.person, **body)
