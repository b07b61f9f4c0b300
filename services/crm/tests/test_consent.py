"""May this person be written to? There must be a live basis, and an objection beats all but a consent given later."""

from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

import pytest

from services.crm.domain.consent import (
    AssessmentMissing,
    Consent,
    NoBasis,
    PersonObjected,
    end,
    evolve,
    grant,
    require_contact,
)
from shared.events.crm.consent import ConsentEnded, ConsentGranted
from shared.kit.refusals import Invalid
from shared.kit.testing.scenario import Scenario

PERSON = uuid4()
Basis = Literal["consent", "legitimate_interest", "soft_opt_in"]


def day(month: int, of_month: int) -> datetime:
    return datetime(2026, month, of_month, tzinfo=UTC)


def granted(basis: Basis = "consent", until: datetime | None = None) -> ConsentGranted:
    assessment = "LIA-7" if basis == "legitimate_interest" else None
    return ConsentGranted(
        person_id=PERSON, purpose="contact", basis=basis, until=until, channel="form", assessment=assessment
    )


def ended(cause: Literal["objected", "withdrawn", "expired"]) -> ConsentEnded:
    return ConsentEnded(person_id=PERSON, purpose="contact", cause=cause, channel="email")


def after(*history: ConsentGranted | ConsentEnded) -> Scenario[Consent]:
    return Scenario(evolve, history)


@pytest.mark.parametrize("basis", ["consent", "legitimate_interest", "soft_opt_in"])
def test_each_basis_allows_contact(basis: Basis) -> None:
    require_contact(after(granted(basis)).state, day(1, 2))


def test_nobody_is_written_to_without_a_basis() -> None:
    with pytest.raises(NoBasis):
        require_contact(None, day(1, 2))


def test_a_basis_for_storing_is_none_for_contact() -> None:
    store = granted().model_copy(update={"purpose": "store"})
    with pytest.raises(NoBasis):
        require_contact(after(store).state, day(1, 2))


def test_a_basis_lives_until_its_end_and_not_at_it() -> None:
    state = after(granted(until=day(3, 1))).state
    require_contact(state, day(2, 28))
    with pytest.raises(NoBasis):
        require_contact(state, day(3, 1))


def test_a_withdrawn_consent_is_no_basis_and_another_may_follow() -> None:
    scenario = after(granted())
    assert scenario.when(end, ended("withdrawn")) == [ended("withdrawn")]
    with pytest.raises(NoBasis):
        require_contact(scenario.state, day(3, 1))
    scenario.when(grant, granted("legitimate_interest"), day(3, 1))
    require_contact(scenario.state, day(3, 1))


def test_an_objection_stands_until_the_person_consents_again() -> None:
    """Consent on 1 January, objected on 5 March, the form ticked again on 9 April."""
    scenario = after(granted())
    scenario.when(end, ended("objected"))
    with pytest.raises(NoBasis, match="objected"):
        require_contact(scenario.state, day(3, 6))
    scenario.when(grant, granted(), day(4, 9))
    require_contact(scenario.state, day(4, 10))


@pytest.mark.parametrize("basis", ["legitimate_interest", "soft_opt_in"])
def test_no_basis_of_ours_is_taken_against_an_objection(basis: Basis) -> None:
    scenario = after(granted(), ended("objected"))
    with pytest.raises(PersonObjected):
        scenario.when(grant, granted(basis), day(4, 9))
    # Even where one stands in the log.
    state = after(ended("objected"), granted(basis)).state
    assert state.basis("contact", day(4, 10)) is None
    with pytest.raises(NoBasis):
        require_contact(state, day(4, 10))


def test_somebody_can_object_before_there_is_any_basis_and_once_is_enough() -> None:
    assert end(None, ended("objected")) == [ended("objected")]
    assert after(ended("objected")).when(end, ended("objected")) == []


def test_what_does_not_stand_does_not_end() -> None:
    assert end(None, ended("withdrawn")) == []
    assert after(granted(), ended("expired")).when(end, ended("withdrawn")) == []


def test_the_same_basis_again_changes_nothing() -> None:
    assert after(granted()).when(grant, granted(), day(2, 1)) == []


def test_a_legitimate_interest_names_its_assessment() -> None:
    with pytest.raises(AssessmentMissing):
        grant(None, granted("legitimate_interest").model_copy(update={"assessment": None}), day(1, 1))


def test_a_basis_does_not_end_before_it_begins() -> None:
    with pytest.raises(Invalid):
        grant(None, granted(until=day(1, 1)), day(1, 1))
