"""Made-up members of the team: where they live, on which days they work, which holidays they have."""

from dataclasses import dataclass
from typing import Any

from shared.events.ats.team_member import TeamMemberAdded, TeamMemberDeactivated, TeamMemberUpdated
from shared.events.personal import Clear
from tests.oracle.made_up.company import MEMBERS
from tests.oracle.made_up.scribe import Scribe

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LIVES: tuple[dict[str, Any], ...] = (
    {"zone": "Europe/Berlin", "week": DAYS[:5], "holiday_calendar": "DE-BE"},
    {"zone": "America/New_York", "week": DAYS[:5], "holiday_calendar": "US"},
    {"zone": "Asia/Riyadh", "week": (DAYS[6], *DAYS[:4]), "holiday_calendar": "SA"},
    {"zone": "Europe/Berlin", "week": DAYS, "holiday_calendar": None},
    {"zone": "America/New_York", "week": (DAYS[1], DAYS[6]), "holiday_calendar": None},
)


@dataclass
class Members:
    """The last of them may be heard of late, or never."""

    scribe: Scribe
    heard_of: int = 0

    def arrive(self) -> None:
        for _ in MEMBERS[:2]:
            self._add(self.heard_of)

    def change(self) -> None:
        number = self.scribe.one_of(range(len(MEMBERS)))
        life = self.scribe.one_of(LIVES)
        if number >= self.heard_of:
            return self._add(self.heard_of)
        match self.scribe.one_of(("moved", "week", "holidays", "no holidays", "gone", "back")):
            case "moved":
                self._update(number, **life)
            case "week":
                self._update(number, week=life["week"])
            case "holidays":
                self._update(number, holiday_calendar=life["holiday_calendar"])
            case "no holidays":
                self._update(number, cleared=("holiday_calendar",))
            case "gone":
                self.scribe.tell(TeamMemberDeactivated(member_id=MEMBERS[number]))
            case _:
                self._add(number)

    def _add(self, number: int) -> None:
        self.heard_of = max(self.heard_of, number + 1)
        words = {"member_id": MEMBERS[number], "subject": f"m{number}", "roles": (), "name": Clear("N")}
        self.scribe.tell(TeamMemberAdded.model_validate({**words, **self.scribe.one_of(LIVES)}))

    def _update(self, number: int, **changed: Any) -> None:
        self.scribe.tell(TeamMemberUpdated.model_validate({"member_id": MEMBERS[number], **changed}))
