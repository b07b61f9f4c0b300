"""How a member is reached, as their events are folded here."""

from uuid import UUID

from services.notifier.domain.member import Member, evolve
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberDeactivated, TeamMemberEvent, TeamMemberUpdated
from shared.events.personal import Clear, Erased

OF = UUID(int=1)
ADDED = TeamMemberAdded(
    member_id=OF, subject="u-1", roles=("recruiter",), name=Clear("Ada"), email=Clear("ada@example.com"), zone="UTC"
)


def folded(*events: TeamMemberEvent) -> Member:
    state: Member | None = None
    for event in events:
        state = evolve(state, event)
    assert state is not None
    return state


def test_what_an_update_leaves_out_stays_as_it_was() -> None:
    member = folded(ADDED, TeamMemberUpdated(member_id=OF, zone="Europe/Berlin", slack_id=Clear("U1")))
    assert (member.zone, member.slack_user, member.email_address) == ("Europe/Berlin", "U1", "ada@example.com")


def test_what_is_cleared_is_gone() -> None:
    assert folded(ADDED, TeamMemberUpdated(member_id=OF, cleared=("email",))).email_address is None


def test_who_has_left_has_no_address_until_they_are_back() -> None:
    left = (ADDED, TeamMemberDeactivated(member_id=OF))
    assert folded(*left).email_address is None
    assert folded(*left, ADDED).email_address == "ada@example.com"


def test_an_erased_address_is_none() -> None:
    erased = ADDED.model_copy(update={"email": Erased("1.x.y")})
    assert folded(erased).email_address is None
