"""Candidates: a later application completes the record and never overwrites it."""

from typing import Any
from uuid import uuid4

import pytest

from services.ats.domain import candidate
from services.ats.domain.candidate import Candidate, evolve
from shared.events.ats.candidate import CandidateCreated, CandidatesMerged, CandidateUpdated
from shared.events.personal import Clear, Erased, reveal
from shared.kit.refusals import CorruptStream
from shared.kit.testing.scenario import Scenario

PERSON = uuid4()


def told(**more: Any) -> CandidateCreated:
    return CandidateCreated(person_id=PERSON, name=Clear("Sam Example"), email=Clear("sam@example.com"), **more)


def known(**more: Any) -> Scenario[Candidate]:
    return Scenario(evolve, candidate.create(told(**more)))


def test_what_the_record_lacks_is_added() -> None:
    [event] = known().when(candidate.complete, told(phone=Clear("123"), links=Clear(("https://a.example",))))
    assert event == CandidateUpdated(person_id=PERSON, phone=Clear("123"), links=Clear(("https://a.example",)))


def test_links_are_gathered() -> None:
    scenario = known(links=Clear(("https://a.example",)))
    scenario.when(candidate.complete, told(links=Clear(("https://a.example", "https://b.example"))))
    assert reveal(scenario.state.links) == ("https://a.example", "https://b.example")


def test_what_is_there_is_not_overwritten() -> None:
    other = told(phone=Clear("456")).model_copy(update={"name": Clear("Somebody Else")})
    assert known(phone=Clear("123")).when(candidate.complete, other) == []


def test_what_was_erased_counts_as_there() -> None:
    scenario = Scenario(evolve, [told().model_copy(update={"phone": Erased("1.x.y")})])
    assert scenario.when(candidate.complete, told(phone=Clear("123"))) == []


def test_an_update_changes_what_it_names_and_empties_what_it_clears() -> None:
    scenario = known(phone=Clear("123"))
    state = evolve(scenario.state, CandidateUpdated(person_id=PERSON, name=Clear("Sam E."), cleared=("phone",)))
    assert (reveal(state.name), state.phone, reveal(state.email)) == ("Sam E.", None, "sam@example.com")


def test_a_merge_is_folded() -> None:
    state = known().state
    assert evolve(state, CandidatesMerged(person_id=PERSON, merged=uuid4(), application_map={})) == state


def test_an_impossible_history_is_for_an_operator() -> None:
    with pytest.raises(CorruptStream):
        evolve(None, CandidateUpdated(person_id=PERSON))
