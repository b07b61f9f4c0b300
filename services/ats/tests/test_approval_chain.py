"""Chains: which groups are asked, and which chains can't be used."""

from uuid import uuid4

import pytest

from services.ats.domain import approval_chain
from services.ats.domain.approval_chain import ApprovalChain, ChainNotUsable, evolve
from shared.events.ats.approval_chain import ApprovalChainDefined, ChainGroup, Condition
from shared.kit.testing.scenario import Scenario

U1, U2, CHAIN = uuid4(), uuid4(), uuid4()


def chain_of(*groups: ChainGroup) -> ApprovalChainDefined:
    return ApprovalChainDefined(chain_id=CHAIN, version=1, name="offers", subject="offer", groups=groups)


def group(name: str, when: Condition | None = None) -> ChainGroup:
    return ChainGroup(n=1, members=(U1, U2), name=name, when=when)


CONDITIONAL = chain_of(
    group("always"),
    group("research", Condition(departments=("Research",))),
    group("senior", Condition(levels=("L6", "L7"))),
    group("finance", Condition(above_band=True)),
    group("senior research", Condition(departments=("Research",), levels=("L6",))),
)


@pytest.mark.parametrize(
    ("department", "level", "above_band", "asked"),
    [
        ("Sales", "L3", False, ["always"]),
        ("Sales", None, True, ["always", "finance"]),
        ("Research", "L3", False, ["always", "research"]),
        ("Research", "L6", True, ["always", "research", "senior", "finance", "senior research"]),
        ("Sales", "L7", False, ["always", "senior"]),
    ],
)
def test_groups_are_asked_where_everything_that_their_condition_names_holds(
    department: str, level: str | None, above_band: bool, asked: list[str]
) -> None:
    groups = Scenario(evolve, [CONDITIONAL]).state.groups_for(department, level, above_band)
    assert [chosen.name for chosen in groups] == asked


def test_each_definition_is_a_version() -> None:
    scenario: Scenario[ApprovalChain] = Scenario(evolve, [CONDITIONAL])
    [second] = scenario.when(approval_chain.define, chain_of(group("always")))
    assert isinstance(second, ApprovalChainDefined)
    assert second.version == scenario.state.version == 2
    assert [kept.name for kept in scenario.state.groups] == ["always"]


@pytest.mark.parametrize(
    "groups",
    [
        (),
        (ChainGroup(n=0, members=(U1,)),),
        (ChainGroup(n=2, members=(U1,)),),
        (ChainGroup(n=2, members=(U1, U1)),),
        (group("fine"), ChainGroup(n=1, members=())),
    ],
)
def test_a_chain_that_can_not_come_to_a_decision_is_refused(groups: tuple[ChainGroup, ...]) -> None:
    with pytest.raises(ChainNotUsable):
        approval_chain.define(None, chain_of(*groups))
